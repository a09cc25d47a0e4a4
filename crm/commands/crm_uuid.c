/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_uuid: shows or sets the uuid by which the cluster knows this machine (spec/crm-tools.md 7). */
#include "crm/commands/kit.h"
#include "crm/common/exits.h"
#include "lib/file.h"
#include "lib/paths.h"

#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

struct arguments {
	bool read;
	const char *text; /* to be written */
	const char *file;
};

/* clang-format off */
static const struct kit_option options[] = {
	KIT_COMMON,
	{ 'h', NULL, NULL, KIT_FLAG, NULL, NULL, KIT_HELP },
	{ 'r', "read", NULL, KIT_FLAG, NULL, "show the uuid", 0 },
	{ 'w', "write", NULL, KIT_VALUE, "UUID", "set it; heartbeat has it after its next start", 0 },
	{ 'f', "file", NULL, KIT_VALUE, "FILE", "where it is; otherwise " HB_UUID, 0 },
	{ 0 },
};
/* clang-format on */

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	(void)kit;
	if (id == 'r')
		a->read = true;
	else if (id == 'w')
		a->text = value;
	else
		a->file = value;
	return 0;
}

static const struct kit_program program = {
	.name = "crm_uuid",
	.summary = "shows or sets the uuid by which the cluster knows this machine",
	.usage = "-r | -w UUID [-f FILE]",
	.options = options,
	.set = set,
	.epilog =
	    "Exit status: 0 fine, 2 nothing to do, 64 wrong words, 65 that is no uuid,\n"
	    "66 the file cannot be read, 73 it cannot be written.",
};

static int
show(struct kit *kit, const char *file)
{
	uuid_t uuid;
	unsigned char bytes[sizeof(uuid) + 1 + 1]; /* one too many is seen */
	char text[UUID_STR_LEN];
	struct err err;
	ssize_t len = file_read_bounded(file, bytes, sizeof(bytes), &err);

	if (len < 0 && len != -EFBIG) {
		kit_complain(kit, "%s", err.text);
		return CRM_EX_NO_INPUT;
	}
	if (len != sizeof(uuid)) {
		kit_complain(kit, "'%s' is no file with a uuid: it has not 16 bytes",
		    file);
		return CRM_EX_DATA;
	}
	memcpy(uuid, bytes, sizeof(uuid));
	if (uuid_is_null(uuid)) {
		kit_complain(kit, "'%s' has only zeros", file);
		return CRM_EX_DATA;
	}
	uuid_unparse_lower(uuid, text);
	fprintf(kit->out, "%s\n", text);
	return CRM_EX_OK;
}

static int
write_down(struct kit *kit, const char *file, const char *text)
{
	uuid_t uuid;
	struct err err;

	if (uuid_parse(text, uuid) != 0 || uuid_is_null(uuid)) {
		kit_complain(kit,
		    "'%s' is no uuid: 8, 4, 4, 4 and 12 hexadecimal digits with '-' "
		    "between, not only zeros",
		    text);
		return CRM_EX_DATA;
	}
	if (file_replace(file, uuid, sizeof(uuid), 0644, &err) < 0) {
		kit_complain(kit, "%s", err.text);
		return CRM_EX_CANNOT_CREATE;
	}
	return CRM_EX_OK;
}

static int
run(struct kit *kit, const struct arguments *a)
{
	const char *file = a->file ? a->file : HB_UUID;

	if (kit->word_count || (a->read && a->text)) {
		kit_complain(kit, "%s",
		    kit->word_count ? "no further words are taken" : "either -r or -w");
		return CRM_EX_USAGE;
	}
	if (!a->read && !a->text) {
		kit_usage(kit, stderr);
		return CRM_EX_INVALID_PARAM;
	}
	return a->text ? write_down(kit, file, a->text) : show(kit, file);
}

int
main(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
