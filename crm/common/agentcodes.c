/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/agentcodes.h"

#include "lib/choice.h"

#include <stddef.h>

static const struct choice codes[] = {
	{ "ok", 0 },
	{ "error", 1 },
	{ "invalid parameter", 2 },
	{ "unimplemented feature", 3 },
	{ "insufficient privileges", 4 },
	{ "not installed", 5 },
	{ "not configured", 6 },
	{ "not running", 7 },
	{ "promoted", 8 },
	{ "promoted (failed)", 9 },
	{ "OCF_DEGRADED", 190 }, /* that word of all */
	{ "promoted (degraded)", 191 },
	{ NULL, 0 },
};

const char *
agent_code_text(int rc)
{
	const char *text = choice_name(codes, rc);

	return text ? text : "unknown";
}
