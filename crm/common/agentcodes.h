/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a resource agent's action ended, in words (spec/cib.md 7). */
#ifndef CRM_COMMON_AGENTCODES_H
#define CRM_COMMON_AGENTCODES_H

/* "not running" of 7; "unknown" of what no agent should answer. */
const char *agent_code_text(int rc);

#endif
