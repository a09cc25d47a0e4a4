/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/cib/codes.h"

#include "lib/array.h"

#include <stddef.h>

static const struct {
	int code;
	const char *text[2]; /* by style; NULL: as in the other one */
} codes[] = {
	/* clang-format off */
	{ CIB_OK,             { "OK", "ok" } },
	{ CIB_BAD_OPERATION,  { "Operation not supported", "invalid operation" } },
	{ CIB_NOT_CONNECTED,  { "Transport endpoint is not connected", "not connected" } },
	{ CIB_NOT_AUTHORIZED, { "Permission denied", "not authorized" } },
	{ CIB_EXISTS,         { "File exists", "The object already exists" } },
	{ CIB_NOT_EXISTS,     { "No such device or address", "The object/attribute does not exist" } },
	{ CIB_EMPTY,          { NULL, "The update was empty" } },
	{ CIB_CORRUPT,        { NULL, "unknown/corrupt cib variant" } },
	{ CIB_NOT_MASTER,     { NULL, "Local service is not the master instance" } },
	{ CIB_NO_MASTER,      { NULL, "No master service is currently active" } },
	{ CIB_FEATURE_SET,    { NULL, "The required CIB revision number is not supported" } },
	{ CIB_TIMEOUT,        { "Timer expired", "Remote node did not respond" } },
	{ CIB_NO_QUORUM,      { "Operation requires quorum", "Write requires quorum" } },
	{ CIB_DIFF_FAILED,    { "Application of update diff failed", "Application of an update diff failed" } },
	{ CIB_DIFF_RESYNC,    { "Application of update diff failed, requesting full refresh",
	                        "Application of an update diff failed, requesting a full refresh" } },
	{ CIB_OLD,            { "Update was older than existing configuration", NULL } },
	{ CIB_ID,             { NULL, "missing id or id-collision detected" } },
	{ CIB_INVALID,        { "Update does not conform to the configured schema",
	                        "Update does not conform to the DTD in /usr/share/heartbeat/crm.dtd" } },
	{ CIB_SECTION,        { NULL, "Invalid CIB section specified" } },
	{ CIB_ALTERED,        { NULL, "the on-disk configuration was manually altered."
	                              " shutdown heartbeat and repair." } },
	{ CIB_PERMISSIONS,    { NULL, "bad permissions for the on-disk configuration."
	                              " shutdown heartbeat and repair." } },
	{ CIB_DISK_INVALID,   { NULL, "the on-disk configuration is not valid" } },
	{ CIB_ARGUMENT,       { NULL, "Invalid argument" } },
	{ CIB_NO_MEMORY,      { "Cannot allocate memory", NULL } },
	/* clang-format on */
};

const char *
cib_code_text(int code, enum cib_style style)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].code == code) {
			const char *text = codes[i].text[style];

			return text ? text : codes[i].text[!style];
		}
	return "<unknown error>";
}
