/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which agents there are, by looking into their directories; what each standard says of itself. */
#include "crm/commands/agents.h"

#include "lib/array.h"
#include "stonith/library/library.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OCF_AGENTS "/usr/lib/ocf/resource.d"
#define LSB_SCRIPTS "/etc/init.d"
#define LEGACY_SCRIPTS HB_HADIR "/resource.d"
#define NAMES_MAX 100000 /* of one list; the rest is left out */

/* Names. */

static void
name_add(struct agent_names *names, const char *name, size_t len)
{
	if (names->count == names->room) {
		size_t room = names->room ? names->room * 2 : 64;
		char **more = realloc(names->name, room * sizeof(*more));

		if (!more)
			abort();
		names->name = more;
		names->room = room;
	}
	names->name[names->count] = strndup(name, len);
	if (!names->name[names->count++])
		abort();
}

static int
name_compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Sorted, each once. */
static void
names_tidy(struct agent_names *names)
{
	size_t kept = 0;

	if (names->count)
		qsort(names->name, names->count, sizeof(*names->name), name_compare);
	for (size_t i = 0; i < names->count; i++)
		if (kept && strcmp(names->name[kept - 1], names->name[i]) == 0)
			free(names->name[i]);
		else
			names->name[kept++] = names->name[i];
	names->count = kept;
}

void
agents_free(struct agent_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct agent_names){ 0 };
}

/* Directories. */

enum kind { DIRECTORIES, PROGRAMS, UNITS };

static void
folder_read(const char *folder, enum kind kind, struct agent_names *names)
{
	DIR *dir = opendir(folder);
	const struct dirent *d;

	while (dir && names->count < NAMES_MAX && (d = readdir(dir))) {
		size_t len = strlen(d->d_name);
		struct stat st;

		if (d->d_name[0] == '.')
			continue;
		if (kind == UNITS) {
			if (len > 8 && strcmp(d->d_name + len - 8, ".service") == 0)
				name_add(names, d->d_name, len - 8);
			continue;
		}
		if (fstatat(dirfd(dir), d->d_name, &st, 0) != 0)
			continue;
		if (kind == DIRECTORIES ? S_ISDIR(st.st_mode)
		                        : S_ISREG(st.st_mode) && st.st_mode & 0111)
			name_add(names, d->d_name, len);
	}
	if (dir)
		closedir(dir);
}

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool
has_systemd(void)
{
	return is_there("/run/systemd/system");
}

void
agents_standards(struct agent_names *names)
{
	struct agent_names legacy = { 0 };

	*names = (struct agent_names){ 0 };
	name_add(names, "ocf", 3);
	name_add(names, "lsb", 3);
	name_add(names, "service", 7);
	if (has_systemd())
		name_add(names, "systemd", 7);
	name_add(names, "stonith", 7);
	folder_read(LEGACY_SCRIPTS, PROGRAMS, &legacy);
	if (legacy.count)
		name_add(names, "heartbeat", 9);
	agents_free(&legacy);
}

void
agents_providers(const char *agent, struct agent_names *names)
{
	struct agent_names all = { 0 };

	*names = (struct agent_names){ 0 };
	folder_read(OCF_AGENTS, DIRECTORIES, &all);
	for (size_t i = 0; i < all.count; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s/%s", OCF_AGENTS, all.name[i],
		    agent ? agent : ".");
		if (!agent || (!strchr(agent, '/') && access(path, X_OK) == 0))
			name_add(names, all.name[i], strlen(all.name[i]));
	}
	agents_free(&all);
	names_tidy(names);
}

static void
ocf_list(const char *provider, struct agent_names *names)
{
	struct agent_names providers = { 0 };

	folder_read(OCF_AGENTS, DIRECTORIES, &providers);
	for (size_t i = 0; i < providers.count; i++) {
		char path[4096];

		if (provider && strcmp(provider, providers.name[i]) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", OCF_AGENTS, providers.name[i]);
		folder_read(path, PROGRAMS, names);
	}
	agents_free(&providers);
}

static void
systemd_list(struct agent_names *names)
{
	static const char *const folders[] = { "/etc/systemd/system",
		"/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system" };

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		folder_read(folders[i], UNITS, names);
}

/* Types of our library; then fence agents, which it runs as rhcs/NAME, under the names that they have in a CIB. */
static void
stonith_list(struct agent_names *names)
{
	char **types = stn_types_list(NULL, NULL);
	struct agent_names fence = { 0 };

	for (size_t i = 0; types && types[i]; i++)
		if (strncmp(types[i], "rhcs/", 5) != 0)
			name_add(names, types[i], strlen(types[i]));
	stn_strings_free(types);
	names_tidy(names);
	folder_read("/usr/sbin", PROGRAMS, &fence);
	names_tidy(&fence);
	for (size_t i = 0; i < fence.count; i++)
		if (strncmp(fence.name[i], "fence_", 6) == 0)
			name_add(names, fence.name[i], strlen(fence.name[i]));
	agents_free(&fence);
}

bool
agents_list(const char *standard, const char *provider, struct agent_names *names)
{
	*names = (struct agent_names){ 0 };
	if (strcmp(standard, "stonith") == 0) {
		stonith_list(names);
		return true;
	}
	if (strcmp(standard, "ocf") == 0)
		ocf_list(provider, names);
	else if (strcmp(standard, "lsb") == 0)
		folder_read(LSB_SCRIPTS, PROGRAMS, names);
	else if (strcmp(standard, "heartbeat") == 0)
		folder_read(LEGACY_SCRIPTS, PROGRAMS, names);
	else if (strcmp(standard, "systemd") == 0)
		systemd_list(names);
	else if (strcmp(standard, "service") == 0) {
		folder_read(LSB_SCRIPTS, PROGRAMS, names);
		if (has_systemd())
			systemd_list(names);
	} else
		return false;
	names_tidy(names);
	return true;
}

/* Meta-data. */

static char *
text_close(FILE *out, char **text)
{
	if (fclose(out) != 0)
		abort();
	return *text;
}

static FILE *
text_open(char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);

	if (!out)
		abort();
	return out;
}

static void
escape(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		switch (text[i]) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		default:
			if ((unsigned char)text[i] >= ' ' || text[i] == '\t' ||
			    text[i] == '\n')
				fputc(text[i], out);
		}
}

static void
begin(FILE *out, const char *name)
{
	fputs("<?xml version='1.0'?>\n<!DOCTYPE resource-agent SYSTEM 'ra-api-1.dtd'>\n"
	      "<resource-agent name='",
	    out);
	escape(out, name, strlen(name));
	fputs("' version='0.1'>\n  <version>1.0</version>\n", out);
}

static void
script_actions(FILE *out)
{
	static const char *const actions[] = { "meta-data'    timeout='5' />",
		"start'        timeout='15' />", "stop'         timeout='15' />",
		"status'       timeout='15' />", "restart'      timeout='15' />",
		"force-reload' timeout='15' />",
		"monitor'      timeout='15' interval='15' />" };

	fputs("  <parameters>\n  </parameters>\n  <actions>\n", out);
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		fprintf(out, "    <action name='%s\n", actions[i]);
	fputs("  </actions>\n", out);
}

/* The header between "### BEGIN INIT INFO" and "### END INIT INFO". */

static const char *const lsb_keys[] = { "Provides", "Required-Start", "Required-Stop",
	"Should-Start", "Should-Stop", "Default-Start", "Default-Stop" };
#define LSB_KEYS ARRAY_LEN(lsb_keys)

struct lsb {
	char *value[LSB_KEYS], *summary, *description;
};

static void
lsb_line(struct lsb *lsb, const char *line)
{
	const char *colon = strchr(line, ':');
	size_t len;

	if (!colon)
		return;
	len = (size_t)(colon - line);
	for (size_t i = 0; i < LSB_KEYS; i++)
		if (strlen(lsb_keys[i]) == len && strncmp(line, lsb_keys[i], len) == 0 &&
		    !lsb->value[i])
			lsb->value[i] = strdup(colon + 1);
	if (len == 17 && strncmp(line, "Short-Description", 17) == 0 && !lsb->summary)
		lsb->summary = strdup(colon + 1);
	if (len == 11 && strncmp(line, "Description", 11) == 0 && !lsb->description)
		lsb->description = strdup(colon + 1);
}

static bool
lsb_read(const char *path, struct lsb *lsb)
{
	FILE *in = fopen(path, "re");
	char line[1024];
	bool inside = false;

	*lsb = (struct lsb){ 0 };
	for (int n = 0; in && n < 1000 && fgets(line, sizeof(line), in); n++) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "### BEGIN INIT INFO", 19) == 0)
			inside = true;
		else if (strncmp(line, "### END INIT INFO", 17) == 0)
			break;
		else if (inside && line[0] == '#')
			lsb_line(lsb, line + 1 + strspn(line + 1, " \t"));
	}
	if (in)
		fclose(in);
	return in;
}

static void
lsb_texts(FILE *out, const struct lsb *lsb)
{
	const char *text = lsb->description ? lsb->description : lsb->summary;

	text = text ? text + strspn(text, " \t") : "";
	fputs("  <longdesc lang='en'>", out);
	escape(out, text, strlen(text));
	text = lsb->summary ? lsb->summary + strspn(lsb->summary, " \t") : "";
	fputs("</longdesc>\n  <shortdesc lang='en'>", out);
	escape(out, text, strlen(text));
	fputs("</shortdesc>\n", out);
}

static void
lsb_special(FILE *out, const struct lsb *lsb)
{
	fputs("  <special tag='LSB'>\n", out);
	for (size_t i = 0; i < LSB_KEYS; i++) {
		const char *value = lsb->value[i] ? lsb->value[i] : "";

		fprintf(out, "    <%s>", lsb_keys[i]);
		escape(out, value, strlen(value));
		/* The first three end with their line, as they stand in the script. */
		fprintf(out, "%s</%s>\n", i < 3 && *value ? "\n" : "", lsb_keys[i]);
	}
	fputs("  </special>\n", out);
}

static char *
script_metadata(const char *folder, const char *type, struct err *err)
{
	char path[4096], *text = NULL;
	size_t len;
	struct lsb lsb;
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, type);
	if (strchr(type, '/') || !lsb_read(path, &lsb)) {
		err_set(err, 0, "%s", strerror(ENXIO));
		return NULL;
	}
	out = text_open(&text, &len);
	begin(out, type);
	lsb_texts(out, &lsb);
	script_actions(out);
	lsb_special(out, &lsb);
	fputs("</resource-agent>\n", out);
	for (size_t i = 0; i < LSB_KEYS; i++)
		free(lsb.value[i]);
	free(lsb.summary);
	free(lsb.description);
	return text_close(out, &text);
}

static char *
unit_metadata(const char *type, struct err *err)
{
	struct agent_names units = { 0 };
	char *text = NULL;
	bool there = false;
	size_t len;
	FILE *out;

	systemd_list(&units);
	for (size_t i = 0; i < units.count; i++)
		there |= strcmp(units.name[i], type) == 0;
	agents_free(&units);
	if (!there) {
		err_set(err, 0, "%s", strerror(ENXIO));
		return NULL;
	}
	out = text_open(&text, &len);
	begin(out, type);
	fputs("  <longdesc lang='en'>systemd unit file for ", out);
	escape(out, type, strlen(type));
	fputs("</longdesc>\n  <shortdesc lang='en'>systemd unit</shortdesc>\n"
	      "  <parameters/>\n  <actions>\n"
	      "    <action name='start'     timeout='100' />\n"
	      "    <action name='stop'      timeout='100' />\n"
	      "    <action name='status'    timeout='100' />\n"
	      "    <action name='monitor'   timeout='100' interval='60'/>\n"
	      "    <action name='meta-data' timeout='5'   />\n  </actions>\n"
	      "  <special tag='systemd'/>\n</resource-agent>\n",
	    out);
	return text_close(out, &text);
}

/* Fencing. */

static char *
fence_metadata(const char *type, struct err *err)
{
	char name[STN_TYPE_MAX + 1], *text = NULL;
	const char *descr;
	struct stn_device *device;
	size_t len;
	FILE *out;

	/* "fence_apc" of a CIB is the library's "rhcs/apc". */
	snprintf(name, sizeof(name), "%s%s",
	    strncmp(type, "fence_", 6) == 0 ? "rhcs/" : "",
	    strncmp(type, "fence_", 6) == 0 ? type + 6 : type);
	device = strlen(type) < STN_TYPE_MAX - 8 && stn_type_exists(name)
	             ? stn_device_new(name, NULL, NULL, err)
	             : NULL;
	if (!device ||
	    stn_step_run(device,
	        &(struct stn_step){ .step = STEP_DESCRIBE,
	            .about = BIT(ABOUT_DESCR) | BIT(ABOUT_ID) | BIT(ABOUT_XML) }) != 0 ||
	    !*stn_device_about(device, ABOUT_XML)) {
		stn_device_free(device);
		err_set(err, 0, "%s", strerror(ENXIO));
		return NULL;
	}
	descr = stn_device_about(device, ABOUT_DESCR);
	out = text_open(&text, &len);
	fputs("<?xml version=\"1.0\"?>\n"
	      "<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n"
	      "<resource-agent name=\"",
	    out);
	escape(out, type, strlen(type));
	fputs("\">\n  <version>1.0</version>\n  <longdesc lang=\"en\">\n", out);
	escape(out, descr, strlen(descr));
	fputs("\n  </longdesc>\n  <shortdesc lang=\"en\">", out);
	descr = stn_device_about(device, ABOUT_ID);
	escape(out, descr, strlen(descr));
	fputs("</shortdesc>\n", out);
	fputs(stn_device_about(device, ABOUT_XML), out);
	fputs("\n  <actions>\n    <action name=\"start\"   timeout=\"20\" />\n"
	      "    <action name=\"stop\"    timeout=\"15\" />\n"
	      "    <action name=\"status\"  timeout=\"20\" />\n"
	      "    <action name=\"monitor\" timeout=\"20\" interval=\"3600\"/>\n"
	      "    <action name=\"meta-data\"  timeout=\"15\" />\n  </actions>\n"
	      "  <special tag=\"heartbeat\">\n    <version>2.0</version>\n"
	      "  </special>\n</resource-agent>\n",
	    out);
	stn_device_free(device);
	return text_close(out, &text);
}

static char *
ocf_metadata(const struct agent *agent, struct err *err)
{
	struct agent_result result;
	int code = agent_run(agent,
	    &(struct agent_call){ .action = "meta-data", .limit_ms = AGENT_META_MS },
	    &result, err);

	if (code == -ENOENT)
		err_set(err, 0, "%s", strerror(ENXIO));
	if (code < 0)
		return NULL;
	free(result.err);
	if (!result.timed_out && result.rc == 0 && *result.out)
		return result.out;
	if (result.timed_out)
		err_set(err, 0, "it did not answer within %d s", AGENT_META_MS / 1000);
	else
		err_set(err, 0, "%s", result.rc ? strerror(EIO) : "it has no meta-data");
	free(result.out);
	return NULL;
}

char *
agent_metadata(const struct agent *agent, struct err *err)
{
	char *text;

	if (strcmp(agent->standard, "ocf") == 0)
		return ocf_metadata(agent, err);
	if (strcmp(agent->standard, "stonith") == 0)
		return fence_metadata(agent->type, err);
	if (strcmp(agent->standard, "lsb") == 0)
		return script_metadata(LSB_SCRIPTS, agent->type, err);
	if (strcmp(agent->standard, "heartbeat") == 0)
		return script_metadata(LEGACY_SCRIPTS, agent->type, err);
	if (strcmp(agent->standard, "systemd") == 0)
		return unit_metadata(agent->type, err);
	if (strcmp(agent->standard, "service") == 0) {
		text = script_metadata(LSB_SCRIPTS, agent->type, err);
		return text ? text : unit_metadata(agent->type, err);
	}
	err_set(err, 0, "%s", strerror(ENXIO));
	return NULL;
}
