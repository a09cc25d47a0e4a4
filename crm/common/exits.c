/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/exits.h"

#include "crm/cib/codes.h"
#include "lib/choice.h"

#include <errno.h>
#include <stdlib.h>

/* clang-format off */
static const struct choice texts[] = {
	{ "OK", CRM_EX_OK },
	{ "Error occurred", CRM_EX_ERROR },
	{ "Invalid parameter", CRM_EX_INVALID_PARAM },
	{ "Unimplemented", CRM_EX_UNIMPLEMENTED },
	{ "Insufficient privileges", CRM_EX_PRIVILEGE },
	{ "Not installed", CRM_EX_NOT_INSTALLED },
	{ "Not configured", CRM_EX_NOT_CONFIGURED },
	{ "Not running", CRM_EX_NOT_RUNNING },
	{ "Promoted", CRM_EX_PROMOTED },
	{ "Failed in promoted role", CRM_EX_FAILED_PROMOTED },
	{ "Incorrect usage", CRM_EX_USAGE },
	{ "Invalid data given", CRM_EX_DATA },
	{ "Input file not available", CRM_EX_NO_INPUT },
	{ "User does not exist", CRM_EX_NO_USER },
	{ "Host does not exist", CRM_EX_NO_HOST },
	{ "Necessary service unavailable", CRM_EX_UNAVAILABLE },
	{ "Internal software bug", CRM_EX_SOFTWARE },
	{ "Operating system error occurred", CRM_EX_OS },
	{ "System file not available", CRM_EX_NO_SYSTEM_FILE },
	{ "Cannot create output file", CRM_EX_CANNOT_CREATE },
	{ "I/O error occurred", CRM_EX_IO },
	{ "Temporary failure, try again", CRM_EX_TRY_AGAIN },
	{ "Protocol violated", CRM_EX_PROTOCOL },
	{ "Insufficient privileges", 77 },
	{ "Invalid configuration", CRM_EX_CONFIG },
	{ "Fatal error occurred, will not respawn", CRM_EX_FATAL },
	{ "System panic required", CRM_EX_PANIC },
	{ "Not connected", CRM_EX_NOT_CONNECTED },
	{ "Update was older than existing configuration", CRM_EX_OLD },
	{ "Digest mismatch", CRM_EX_DIGEST },
	{ "No such object", CRM_EX_NO_SUCH },
	{ "Quorum required", CRM_EX_QUORUM },
	{ "Operation not safe", CRM_EX_UNSAFE },
	{ "Requested item already exists", CRM_EX_EXISTS },
	{ "Multiple items match request", CRM_EX_MULTIPLE },
	{ "Requested item has expired", CRM_EX_EXPIRED },
	{ "Requested item is not yet in effect", CRM_EX_NOT_YET },
	{ "Could not determine status", CRM_EX_UNKNOWN },
	{ "Not applicable under current conditions", CRM_EX_NOT_APPLICABLE },
	{ "Timeout occurred", CRM_EX_TIMEOUT },
	{ "Service is active but might fail soon", CRM_EX_DEGRADED },
	{ "Service is promoted but might fail soon", CRM_EX_DEGRADED_PROMOTED },
	{ "No exit status available", CRM_EX_NONE },
	{ 0 },
};
/* clang-format on */

const char *
crm_exit_text(int code)
{
	const char *text = choice_name(texts, code);

	return text ? text : "Unknown exit status";
}

enum crm_exit
crm_exit_from_errno(int number)
{
	switch (abs(number)) {
	case 0:
		return CRM_EX_OK;
	case EACCES:
	case EPERM:
		return CRM_EX_PRIVILEGE;
	case EINVAL:
		return CRM_EX_SOFTWARE;
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return CRM_EX_NO_SUCH;
	case ENOTSUP:
		return CRM_EX_UNIMPLEMENTED;
	case ENOTCONN:
	case ECONNREFUSED:
		return CRM_EX_NOT_CONNECTED;
	case EEXIST:
		return CRM_EX_EXISTS;
	case ETIME:
	case ETIMEDOUT:
		return CRM_EX_TIMEOUT;
	case ENOMSG:
		return CRM_EX_PROTOCOL;
	case EIO:
	case ENOSPC:
	case EROFS:
		return CRM_EX_IO;
	case ENOMEM:
		return CRM_EX_OS;
	default:
		return CRM_EX_ERROR;
	}
}

enum crm_exit
crm_exit_from_cib(int code)
{
	switch (code) {
	case CIB_OK:
		return CRM_EX_OK;
	case CIB_NOT_CONNECTED:
		return CRM_EX_NOT_CONNECTED;
	case CIB_NOT_AUTHORIZED:
	case CIB_PERMISSIONS:
		return CRM_EX_PRIVILEGE;
	case CIB_EXISTS:
		return CRM_EX_EXISTS;
	case CIB_NOT_EXISTS:
		return CRM_EX_NO_SUCH;
	case CIB_EMPTY:
	case CIB_ARGUMENT:
		return CRM_EX_SOFTWARE; /* where EINVAL goes, too */
	case CIB_BAD_OPERATION:
		return CRM_EX_UNIMPLEMENTED;
	case CIB_SECTION:
		return CRM_EX_USAGE;
	case CIB_TIMEOUT:
		return CRM_EX_TIMEOUT;
	case CIB_NO_QUORUM:
		return CRM_EX_QUORUM;
	case CIB_DIFF_FAILED:
	case CIB_DIFF_RESYNC:
	case CIB_OLD:
		return CRM_EX_OLD;
	case CIB_CORRUPT:
	case CIB_ID:
	case CIB_INVALID:
	case CIB_ALTERED:
	case CIB_DISK_INVALID:
	case CIB_FEATURE_SET:
		return CRM_EX_CONFIG;
	case CIB_NO_MEMORY:
		return CRM_EX_OS;
	default:
		return CRM_EX_ERROR;
	}
}
