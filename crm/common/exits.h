/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the CRM's programs end, and what each code is called (spec/crm-tools.md 2.1): scripts and the crm shell
 * look at the numbers, people and the XML of a result at the texts.
 */
#ifndef CRM_COMMON_EXITS_H
#define CRM_COMMON_EXITS_H

enum crm_exit {
	CRM_EX_OK = 0,
	CRM_EX_ERROR = 1,
	CRM_EX_INVALID_PARAM = 2,
	CRM_EX_UNIMPLEMENTED = 3,
	CRM_EX_PRIVILEGE = 4, /* also 77 */
	CRM_EX_NOT_INSTALLED = 5,
	CRM_EX_NOT_CONFIGURED = 6,
	CRM_EX_NOT_RUNNING = 7,
	CRM_EX_PROMOTED = 8,
	CRM_EX_FAILED_PROMOTED = 9,
	CRM_EX_USAGE = 64,
	CRM_EX_DATA = 65,
	CRM_EX_NO_INPUT = 66,
	CRM_EX_NO_USER = 67,
	CRM_EX_NO_HOST = 68,
	CRM_EX_UNAVAILABLE = 69,
	CRM_EX_SOFTWARE = 70,
	CRM_EX_OS = 71,
	CRM_EX_NO_SYSTEM_FILE = 72,
	CRM_EX_CANNOT_CREATE = 73,
	CRM_EX_IO = 74,
	CRM_EX_TRY_AGAIN = 75,
	CRM_EX_PROTOCOL = 76,
	CRM_EX_CONFIG = 78,
	CRM_EX_FATAL = 100,
	CRM_EX_PANIC = 101,
	CRM_EX_NOT_CONNECTED = 102,
	CRM_EX_OLD = 103,
	CRM_EX_DIGEST = 104,
	CRM_EX_NO_SUCH = 105,
	CRM_EX_QUORUM = 106,
	CRM_EX_UNSAFE = 107,
	CRM_EX_EXISTS = 108,
	CRM_EX_MULTIPLE = 109,
	CRM_EX_EXPIRED = 110,
	CRM_EX_NOT_YET = 111,
	CRM_EX_UNKNOWN = 112,
	CRM_EX_NOT_APPLICABLE = 113,
	CRM_EX_TIMEOUT = 124,
	CRM_EX_DEGRADED = 190,
	CRM_EX_DEGRADED_PROMOTED = 191,
	CRM_EX_NONE = 193,
};

/* "No such object"; a number that nobody uses is "Unknown exit status". */
const char *crm_exit_text(int code);
/* The code of an errno (either sign); 1 for what has none of its own. */
enum crm_exit crm_exit_from_errno(int number);
/* The code of how an operation on a CIB ended (crm/cib/codes.h). */
enum crm_exit crm_exit_from_cib(int code);

#endif
