/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Documents that speak both styles (spec/cib.md 5): people paste parts of one into the other, and what does
 * not belong there would silently mean nothing.
 */
#include "crm/cib/validate.h"

#include "crm/cib/path.h"

#include <errno.h>
#include <string.h>

/* What only one of the styles has; ELEMENT is a tag, or NULL for the attribute alone. */
struct mark {
	const char *element, *attribute;
};

static const struct mark marks_h[] = {
	{ "cib", "cib_feature_revision" },
	{ "cib", "ignore_dtd" },
	{ "cib", "have_quorum" },
	{ "cib", "dc_uuid" },
	{ "cib", "remote_access_port" },
	{ "master_slave", NULL },
	{ "attributes", NULL },
	{ "rsc_order", "from" },
	{ "rsc_colocation", "from" },
	{ "primitive", "is_managed" },
	{ "primitive", "resource_stickiness" },
	{ "primitive", "restart_type" },
	{ "primitive", "multiple_active" },
	{ "op", "on_fail" },
	{ "op", "prereq" },
	{ "op", "start_delay" },
	{ "op", "disabled" },
	{ "rule", "boolean_op" },
	{ NULL, NULL },
}, marks_p[] = {
	{ "cib", "validate-with" },
	{ "cib", "have-quorum" },
	{ "cib", "dc-uuid" },
	{ "cib", "remote-tls-port" },
	{ "master", NULL },
	{ "template", NULL },
	{ "bundle", NULL },
	{ "resource_set", NULL },
	{ "rsc_ticket", NULL },
	{ "rsc_order", "first" },
	{ "rsc_order", "then" },
	{ "rsc_colocation", "with-rsc" },
	{ "op", "on-fail" },
	{ "op", "start-delay" },
	{ "op", "enabled" },
	{ "rule", "boolean-op" },
	{ NULL, NULL },
};

static const struct mark *
mark_on(const xmlNode *element, const struct mark *marks)
{
	for (; marks->element; marks++)
		if (strcmp((const char *)element->name, marks->element) == 0 &&
		    (!marks->attribute || cib_attr(element, marks->attribute)))
			return marks;
	return NULL;
}

int
cib_style_check(const xmlDoc *doc, struct err *err)
{
	const xmlNode *root = xmlDocGetRootElement(doc),
	              *status = cib_child_find(root, "status");
	bool is_h = cib_style_of(root) == CIB_STYLE_H;

	for (const xmlNode *n = root; n;
	     n = n == status ? cib_walk_over(root, n) : cib_walk_next(root, n)) {
		const struct mark *m = mark_on(n, is_h ? marks_p : marks_h);
		const char *id = cib_attr(n, "id");

		if (!m)
			continue;
		return err_set(err, -EINVAL,
		    "line %ld: <%s%s%s%s>%s%s is of %s, in a document of %s",
		    xmlGetLineNo(n), m->element, id ? " id=\"" : "", id ? id : "",
		    id ? "\"" : "", m->attribute ? ": the attribute " : "",
		    m->attribute ? m->attribute : "",
		    is_h ? "pacemaker's 1.0 and later" : "heartbeat's 0.6",
		    is_h ? "heartbeat's 0.6" : "pacemaker's 1.0 and later");
	}
	return 0;
}
