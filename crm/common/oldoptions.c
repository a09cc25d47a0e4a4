/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/oldoptions.h"

#include <stdio.h>
#include <string.h>

bool
is_old_option(const char *name)
{
	static const char *const options[] = { "op_target_rc", "lrm-is-probe",
		"start_prereq", "notify", "globally_unique", "is_managed", "priority",
		"multiple_active", "resource_stickiness", "resource_failure_stickiness",
		"target_role", "clone", "clone_max", "clone_node_max", "master_max",
		"master_node_max", "role", "crm_role", "te-target-rc" };
	static const char *const notices[] = { "stop", "start", "active", "inactive",
		"promote", "demote", "master", "slave" };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(name, options[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++) {
		char text[64];
		int len = snprintf(text, sizeof(text), "notify_%s_", notices[i]);

		if (strncmp(name, text, (size_t)len) == 0 &&
		    (strcmp(name + len, "resource") == 0 ||
		        strcmp(name + len, "uname") == 0))
			return true;
	}
	return false;
}
