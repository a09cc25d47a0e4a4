/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that the daemon starts, and programs that may talk to it (spec/config.md 8):
 * respawn, failfast and apiauth.
 *
 * Files in the field name programs in the directories of older packages.  A program that
 * is not where the line says, but among ours, is taken from there.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define API_CLIENT_MAX 31
#define USER_NAME_MAX 63
#define BLANKS " \t\r\f"

static const char apiauth_syntax[] =
    "Syntax: apiauth client [uid=uidlist] [gid=gidlist]\n"
    "Where uidlist is a comma-separated list of uids,\n"
    "and gidlist is a comma-separated list of gids\n"
    "One or the other must be specified.";

/* ---- apiauth ----------------------------------------------------------------- */

static bool
is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0' && strlen(text) < 10;
}

static bool
user_find(const char *name, uid_t *uid)
{
	const struct passwd *user;

	if (is_number(name)) {
		*uid = (uid_t)strtoul(name, NULL, 10);
		return true;
	}
	user = getpwnam(name);
	if (user)
		*uid = user->pw_uid;
	return user != NULL;
}

static bool
group_find(const char *name, gid_t *gid)
{
	const struct group *group;

	if (is_number(name)) {
		*gid = (gid_t)strtoul(name, NULL, 10);
		return true;
	}
	group = getgrnam(name);
	if (group)
		*gid = group->gr_gid;
	return group != NULL;
}

static struct conf_auth *
auth_find(struct conf *conf, const char *client)
{
	for (size_t i = 0; i < conf->auth_count; i++)
		if (strcmp(conf->auth[i].client, client) == 0)
			return &conf->auth[i];
	return NULL;
}

static void
auth_uid_add(struct conf_reader *r, struct conf_auth *auth, uid_t uid)
{
	auth->uid = arena_grow(r->arena, auth->uid, auth->uid_count, sizeof(*auth->uid));
	auth->uid[auth->uid_count++] = uid;
}

static void
auth_gid_add(struct conf_reader *r, struct conf_auth *auth, gid_t gid)
{
	auth->gid = arena_grow(r->arena, auth->gid, auth->gid_count, sizeof(*auth->gid));
	auth->gid[auth->gid_count++] = gid;
}

static struct conf_auth *
auth_add(struct conf_reader *r, const char *client)
{
	struct conf *conf = r->conf;

	conf->auth =
	    arena_grow(r->arena, conf->auth, conf->auth_count, sizeof(*conf->auth));
	conf->auth[conf->auth_count] = (struct conf_auth){ .client = client };
	return &conf->auth[conf->auth_count++];
}

/* Entries that nobody wrote.  A user who does not exist lets nobody in. */
static void
auth_builtin_add(struct conf_reader *r, const char *client, const char *user,
    const char *group)
{
	struct conf_auth *auth;
	uid_t uid;
	gid_t gid;

	if (auth_find(r->conf, client))
		return;
	auth = auth_add(r, client);
	if (user && user_find(user, &uid))
		auth_uid_add(r, auth, uid);
	if (group && group_find(group, &gid))
		auth_gid_add(r, auth, gid);
}

void
auth_defaults_add(struct conf_reader *r)
{
	auth_builtin_add(r, "ipfail", "hacluster", NULL);
	auth_builtin_add(r, "ccm", "hacluster", NULL);
	auth_builtin_add(r, "ping", NULL, "haclient");
	auth_builtin_add(r, "lha-snmpagent", "root", NULL);
	auth_builtin_add(r, "anon", "root", "haclient");
}

/* LEGACY in two parts: what, and the lines that end every refusal of the directive. */
static int
auth_refuse(struct conf_reader *r, const char *line, const char *legacy, const char *text)
{
	problem_add(r->problems, CONF_ERROR,
	    (struct place){ r->file, r->line, r->column },
	    &(struct legacy){ LOG_ERR,
	        old(r, "%s%sInvalid apiauth directive [%s]", legacy, *legacy ? "\n" : "",
	            line),
	        apiauth_syntax },
	    "apiauth: %s; allowed is: apiauth CLIENT [uid=USER,...] [gid=GROUP,...]",
	    text);
	return -EINVAL;
}

int
auth_crm_add(struct conf_reader *r, bool manual)
{
	/* clang-format off */
	static const struct { const char *client, *user; bool manual; } clients[] = {
		{ "cib",        "hacluster", true },
		{ "crmd",       "hacluster", true },
		{ "stonithd",   "root",      false },
		{ "stonith-ng", "root",      false },
		{ "attrd",      "hacluster", false },
		{ "pingd",      "root",      false },
	};
	/* clang-format on */
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
		const char *client = clients[i].client;

		if (manual && !clients[i].manual)
			continue;
		if (auth_find(r->conf, client)) {
			const char *line = old(r, "%s uid=%s", client, clients[i].user);

			result = auth_refuse(r, line,
			    old(r, "Duplicate apiauth directive for API client %s: [%s]",
			        client, line),
			    old(r, "%s brings its own line for client '%s': remove yours",
			        r->directive, client));
			continue;
		}
		auth_builtin_add(r, client, clients[i].user, NULL);
	}
	return result;
}

/* One "uid=a,b" or "gid=a,b". */
static int
auth_list_parse(struct conf_reader *r, struct conf_auth *auth, const char *line,
    char *list, bool users)
{
	const char *kind = users ? "uid" : "gid";
	char *save = NULL, *name;

	if (users ? auth->uid_count > 0 : auth->gid_count > 0)
		return auth_refuse(r, line, old(r, "Duplicate %s list in apiauth", kind),
		    old(r, "there are two lists '%s='", kind));
	if (list[strspn(list, ",")] == '\0')
		return auth_refuse(r, line, "", old(r, "the list '%s=' is empty", kind));
	for (name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		uid_t uid;
		gid_t gid;

		if (users && user_find(name, &uid))
			auth_uid_add(r, auth, uid);
		else if (!users && group_find(name, &gid))
			auth_gid_add(r, auth, gid);
		else if (r->options.on_this_machine)
			return auth_refuse(r, line,
			    old(r, "Invalid %s [%s]\nBad %s list [%s]",
			        users ? "user id name" : "group name", name, kind, name),
			    old(r, "there is no %s '%s' on this machine",
			        users ? "user" : "group", name));
		else
			note(r, r->column, NULL,
			    "apiauth: there is no %s '%s' on this machine",
			    users ? "user" : "group", name);
	}
	return 0;
}

int
parse_apiauth(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	char *words = arena_str(r->arena, w->text), *save = NULL, *client, *word;
	struct conf_auth auth = { 0 };
	bool any = false;

	(void)d;
	client = strtok_r(words, BLANKS, &save);
	if (!client)
		return auth_refuse(r, w->text, "", "the client is missing");
	if (strlen(client) > API_CLIENT_MAX)
		return auth_refuse(r, w->text,
		    old(r, "client name [%s] too long", w->text),
		    old(r, "the name of the client is longer than %d bytes",
		        API_CLIENT_MAX));
	if (auth_find(r->conf, client))
		return auth_refuse(r, w->text,
		    old(r, "Duplicate apiauth directive for API client %s: [%s]", client,
		        w->text),
		    old(r, "client '%s' has its line already, here or by the crm line",
		        client));
	auth.client = client;
	while ((word = strtok_r(NULL, BLANKS, &save))) {
		bool users = strncmp(word, "uid=", 4) == 0;

		any = true;
		if (!users && strncmp(word, "gid=", 4) != 0)
			return auth_refuse(r, w->text, "Missing uid or gid in apiauth",
			    old(r, "'%s' begins with neither uid= nor gid=", word));
		if (auth_list_parse(r, &auth, w->text, word + 4, users) < 0)
			return -EINVAL;
	}
	if (!any)
		return auth_refuse(r, w->text, "", "neither uid= nor gid= is there");
	*auth_add(r, client) = auth;
	return 0;
}

/* ---- respawn, failfast ------------------------------------------------------- */

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* "ipfail" of ".../heartbeat/ipfail"; NULL for a program of somewhere else. */
static const char *
old_package_name(const char *path)
{
	static const char dir[] = "/heartbeat/";
	const char *name = strrchr(path, '/') + 1;
	size_t before = (size_t)(name - path);

	if (*name == '\0' || before < sizeof(dir) - 1)
		return NULL;
	return strncmp(name - (sizeof(dir) - 1), dir, sizeof(dir) - 1) == 0 ? name : NULL;
}

/* Programs of ours that may not be there yet: their lines are harmless. */
static bool
is_coming(const char *name)
{
	static const char *const programs[] = { "hbagent", "apphbd" };

	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (strcmp(programs[i], name) == 0)
			return true;
	return false;
}

/* Checks PROGRAM, and takes it from where ours are when it is one of theirs.  0 to start
 * *PROGRAM, 1 to leave the client out, or -EINVAL. */
static int
program_find(struct conf_reader *r, const struct directive *d, const char **program)
{
	const char *name = old_package_name(*program), *ours;

	if (is_program(*program))
		return 0;
	if (name) {
		ours = arena_format(r->arena, "%s/%s", HB_LIBEXECDIR, name);
		if (is_program(ours)) {
			*program = ours;
			return 0;
		}
		if (r->options.on_this_machine && is_coming(name)) {
			idle_add(r, arena_format(r->arena, "%s %s", d->name, name));
			return 1;
		}
	}
	return refuse_here(r, r->column,
	    old(r, "Client child command [%s] is not executable", *program),
	    "%s: '%s' is not an executable file on this machine", d->name, *program);
}

static int
client_user_find(struct conf_reader *r, const struct directive *d, const char *name,
    struct conf_client *client)
{
	const char *legacy = old(r, "Invalid uid [%s] specified for client child", name);
	const struct passwd *user;

	if (strlen(name) > USER_NAME_MAX)
		return refuse(r, r->column, "UID specified for client child is too long",
		    "%s: the user name is longer than %d bytes", d->name, USER_NAME_MAX);
	if (*name == '\0')
		return refuse(r, r->column, legacy,
		    "%s: user and command are missing, as in '%s hacluster "
		    "/usr/libexec/heartbeat/ipfail'",
		    d->name, d->name);
	if (is_number(name))
		return refuse(r, r->column, legacy,
		    "%s: '%s' is a number; a user name is needed", d->name, name);
	client->uid = (uid_t)-1;
	client->gid = (gid_t)-1;
	user = getpwnam(name);
	if (!user)
		return refuse_here(r, r->column, legacy,
		    "%s: there is no user '%s' on this machine", d->name, name);
	client->uid = user->pw_uid;
	client->gid = user->pw_gid;
	return 0;
}

int
parse_client(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	const char *text = w->text + strspn(w->text, BLANKS), *program, *args;
	size_t user_len = strcspn(text, BLANKS);
	struct conf *conf = r->conf;
	struct conf_client client = { .failfast = d->name[0] == 'f', .line = r->line };
	int left_out;

	client.user = arena_strn(r->arena, text, user_len);
	if (client_user_find(r, d, client.user, &client) < 0)
		return -EINVAL;
	text += user_len + strspn(text + user_len, BLANKS);
	args = text + strcspn(text, BLANKS);
	program = arena_strn(r->arena, text, (size_t)(args - text));
	if (*program != '/')
		return refuse(r, r->column,
		    old(r, "Client child command [%s] is not full pathname", program),
		    "%s: '%s' is not an absolute path of a program", d->name, program);
	if (strcmp(strrchr(program, '/'), "/ipfail") == 0) {
		r->ipfail_line = r->line;
		if (strcmp(client.user, "root") == 0)
			warn(r, r->column, NULL,
			    "%s: ipfail as root is more than it needs; 'hacluster' is "
			    "its user",
			    d->name);
	}
	left_out = program_find(r, d, &program);
	if (left_out != 0)
		return left_out < 0 ? left_out : 0;
	client.command = arena_format(r->arena, "%s%s", program, args);
	conf->client =
	    arena_grow(r->arena, conf->client, conf->client_count, sizeof(*conf->client));
	conf->client[conf->client_count++] = client;
	return 0;
}

/* ---- The daemons of a CRM ---------------------------------------------------- */

/* How each is started, by the value of the directive (spec/config.md 9). */
enum crm_how { NOT, RESPAWN, FAILFAST };
/* clang-format off */
static const struct crm_daemon {
	const char *name, *user;
	enum crm_how how[CRM_CCM_ONLY + 1]; /* [CRM_OFF] is not looked at */
} crm_daemons[] = {
	/* in the order of their start     off  on        respawn  manual    valgrind ccm-only */
	{ "ccm",      "hacluster", { NOT, FAILFAST, RESPAWN, FAILFAST, RESPAWN, RESPAWN } },
	{ "cib",      "hacluster", { NOT, FAILFAST, RESPAWN, FAILFAST, RESPAWN, NOT } },
	{ "stonithd", "root",      { NOT, RESPAWN,  RESPAWN, NOT,      RESPAWN, NOT } },
	{ "lrmd",     "root",      { NOT, RESPAWN,  RESPAWN, RESPAWN,  RESPAWN, NOT } },
	{ "attrd",    "hacluster", { NOT, RESPAWN,  RESPAWN, NOT,      RESPAWN, NOT } },
	{ "pengine",  "hacluster", { NOT, FAILFAST, RESPAWN, NOT,      RESPAWN, NOT } },
	{ "crmd",     "hacluster", { NOT, FAILFAST, RESPAWN, FAILFAST, RESPAWN, NOT } },
};
/* clang-format on */

/* Where it is; where it would be when it is nowhere. */
static const char *
crm_daemon_find(struct conf_reader *r, const char *name, bool *found)
{
	const char *const dirs[] = { r->conf->crm_daemon_dir, "/usr/libexec/pacemaker",
		HB_LIBEXECDIR, "/usr/libexec/heartbeat", "/usr/lib/heartbeat" };
	const char *path;

	*found = true;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		if (!dirs[i])
			continue;
		path = arena_format(r->arena, "%s/%s", dirs[i], name);
		if (is_program(path))
			return path;
	}
	*found = false;
	return arena_format(r->arena, "%s/%s", HB_LIBEXECDIR, name);
}

static int
crm_daemon_add(struct conf_reader *r, const struct directive *d,
    const struct crm_daemon *daemon, enum crm_how how)
{
	const char *legacy =
	    old(r, "Failed to add pacemaker client child \"%s\"", daemon->name);
	struct conf_client client = { .user = daemon->user,
		.failfast = how == FAILFAST,
		.line = r->line };
	struct conf *conf = r->conf;
	bool found;

	client.command = crm_daemon_find(r, daemon->name, &found);
	if (!found && r->options.on_this_machine)
		return refuse(r, r->column, legacy,
		    "%s: it needs the program '%s', which is not installed; "
		    "crm_daemon_dir "
		    "DIRECTORY, above this line, says where it is",
		    d->name, daemon->name);
	if (r->options.on_this_machine &&
	    client_user_find(r, d, daemon->user, &client) < 0)
		return -EINVAL;
	if (conf->crm == CRM_VALGRIND)
		client.command =
		    arena_format(r->arena, "/usr/bin/valgrind %s", client.command);
	conf->client =
	    arena_grow(r->arena, conf->client, conf->client_count, sizeof(*conf->client));
	conf->client[conf->client_count++] = client;
	return 0;
}

int
clients_crm_add(struct conf_reader *r, const struct directive *d)
{
	const char *spawns =
	    r->value[directive_find("crmd_spawns_pengine") - conf_directives];
	bool crmd_spawns_pengine = true;

	if (spawns)
		value_bool_parse(spawns, &crmd_spawns_pengine);
	for (size_t i = 0; i < ARRAY_LEN(crm_daemons); i++) {
		const struct crm_daemon *daemon = &crm_daemons[i];
		enum crm_how how = daemon->how[r->conf->crm];

		if (how == NOT ||
		    (crmd_spawns_pengine && strcmp(daemon->name, "pengine") == 0))
			continue;
		if (crm_daemon_add(r, d, daemon, how) < 0)
			return -EINVAL; /* the first one missing says it */
	}
	return 0;
}
