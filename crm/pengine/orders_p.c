/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Order constraints of profile P (spec 12.13). */
#include "crm/pengine/private.h"

void
order_read_p(struct pe *pe, const xmlNode *xml)
{
	(void)pe;
	(void)xml;
}

void
anti_colocation_order(struct pe *pe, struct rsc *dependent, struct rsc *primary,
    enum role dependent_role, enum role primary_role)
{
	(void)pe;
	(void)dependent;
	(void)primary;
	(void)dependent_role;
	(void)primary_role;
}
