/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections in their order; the page of HTML. */
#include "crm/status/private.h"

#include <libxml/HTMLtree.h>
#include <stdlib.h>

/* clang-format off */
static const struct {
	unsigned sections;
	void (*show)(const struct status *s, struct page *page);
	void (*xml)(const struct status *s, xmlNode *parent);
} parts[] = {
	{ STATUS_SUMMARY | STATUS_OPTIONS, summary_show, summary_xml },
	{ STATUS_MAINTENANCE, maintenance_show, NULL },
	{ STATUS_NODES, nodes_show, nodes_xml },
	{ STATUS_RESOURCES, resources_show, resources_xml },
	{ STATUS_ATTRIBUTES, attributes_show, attributes_xml },
	{ STATUS_OPERATIONS | STATUS_FAILCOUNTS, history_show, history_xml },
	{ STATUS_FAILURES, failures_show, failures_xml },
	{ STATUS_TICKETS, tickets_show, tickets_xml },
	{ STATUS_BANS, bans_show, bans_xml },
};
/* clang-format on */

void
status_show(const struct status *s, struct page *page)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (s->how.sections & parts[i].sections)
			parts[i].show(s, page);
}

void
status_xml(const struct status *s, xmlNode *parent)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if ((s->how.sections & parts[i].sections) && parts[i].xml)
			parts[i].xml(s, parent);
}

static const char style[] = ".bold { font-weight: bold }\n"
                            ".online { color: green }\n"
                            ".offline { color: red }\n"
                            ".maint { color: blue }\n"
                            ".standby { color: blue }\n"
                            ".health_red { color: red }\n"
                            ".health_yellow { color: GoldenRod }\n"
                            ".rsc-failed { color: red }\n"
                            ".rsc-failure-ignored { color: DarkGreen }\n"
                            ".rsc-managed { color: blue }\n"
                            ".rsc-multiple { color: orange }\n"
                            ".rsc-ok { color: green }\n"
                            ".warning { color: red; font-weight: bold }";

void
status_html(const struct status *s, FILE *out, const char *title, const char *stylesheet,
    int refresh)
{
	htmlDocPtr doc = htmlNewDocNoDtD(NULL, NULL);
	xmlNode *html, *head, *body, *meta;
	xmlOutputBuffer *to;
	struct page page;

	if (!doc)
		abort();
	xmlCreateIntSubset(doc, XS("html"), NULL, NULL);
	html = xmlNewDocNode(doc, NULL, XS("html"), NULL);
	xmlDocSetRootElement(doc, html);
	attribute_put(html, "lang", "en");
	head = element(html, "head");
	xmlNewTextChild(head, NULL, XS("title"), XS(title));
	attribute_put(element(head, "meta"), "charset", "utf-8");
	if (refresh > 0) {
		meta = element(head, "meta");
		attribute_put(meta, "http-equiv", "refresh");
		attribute_put(meta, "content", "%d", refresh);
	}
	if (stylesheet) {
		xmlNode *link = element(head, "link");

		attribute_put(link, "rel", "stylesheet");
		attribute_put(link, "href", "%s", stylesheet);
	}
	xmlNewTextChild(head, NULL, XS("style"), XS(style));
	body = element(html, "body");
	page_html(&page, body);
	status_show(s, &page);
	to = xmlOutputBufferCreateFile(out, NULL);
	if (!to)
		abort();
	htmlDocContentDumpOutput(to, doc, "utf-8");
	xmlOutputBufferClose(to);
	xmlFreeDoc(doc);
}
