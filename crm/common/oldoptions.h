/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In dialect 0.6 the options of a resource stand among its parameters. */
#ifndef CRM_COMMON_OLDOPTIONS_H
#define CRM_COMMON_OLDOPTIONS_H

#include <stdbool.h>

/* Whether a parameter of that name is an option, or what a notification tells: digests of parameters
 * (spec/policy-engine.md 8.9) are made without it. */
bool is_old_option(const char *name);

#endif
