/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crm/commands/access.h"

#include "crm/cib/acl.h"
#include "crm/cib/path.h"
#include "crm/cib/write.h"
#include "crm/common/exits.h"
#include "lib/array.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum form { FORM_TEXT, FORM_COLOR, FORM_NAMESPACE };

#define SPACE "http://clusterlabs.org/ns/pacemaker/access/"

static const struct {
	const char *color, *prefix, *label, *space;
} looks[] = {
	[CIB_ACCESS_READ] = { "\033[34m", "pcmk-access-readable:", "READABLE",
	    SPACE "readable" },
	[CIB_ACCESS_WRITE] = { "\033[32m", "pcmk-access-writable:", "WRITABLE",
	    SPACE "writable" },
	[CIB_ACCESS_DENIED] = { "\033[31m", "pcmk-access-denied:", "~DENIED~",
	    SPACE "denied" },
};

struct shower {
	FILE *out;
	enum form form;
	const xmlNode *top;
};

/* Whether it is to be told: not what follows from the element around it. */
static bool
is_news(const struct shower *s, const xmlNode *n)
{
	return n == s->top || cib_acl_access(n) != cib_acl_access(n->parent);
}

static const char *
prefix(const struct shower *s, const xmlNode *n)
{
	return s->form == FORM_NAMESPACE && is_news(s, n)
	           ? looks[cib_acl_access(n)].prefix
	           : "";
}

/* Prefixes are declared at the top, those that occur. */
static void
show_spaces(const struct shower *s)
{
	static const enum cib_access order[] = { CIB_ACCESS_WRITE, CIB_ACCESS_READ,
		CIB_ACCESS_DENIED };
	bool occurs[CIB_ACCESS_DENIED + 1] = { false };

	for (const xmlNode *n = s->top; n; n = cib_walk_next(s->top, n))
		if (is_news(s, n))
			occurs[cib_acl_access(n)] = true;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		const char *name = looks[order[i]].prefix;

		if (occurs[order[i]])
			fprintf(s->out, " xmlns:%.*s=\"%s\"", (int)strlen(name) - 1, name,
			    looks[order[i]].space);
	}
}

static bool
show_begin(const struct shower *s, const xmlNode *n, int depth)
{
	const struct cib_write_how how = { .alone = true };
	char *tag = cib_write(n, &how, NULL);
	bool is_empty = !cib_child_first(n);

	if (!tag)
		return false;
	tag[strcspn(tag, "\n")] = '\0';
	if (strlen(tag) > 2)
		tag[strlen(tag) - 2] = '\0'; /* its "/>" */
	if (s->form == FORM_TEXT && is_news(s, n)) {
		if (n != s->top)
			fprintf(s->out, "%*s\n", 2 * depth, "");
		fprintf(s->out, "%*svvv---[ %s ]---vvv\n", 2 * depth, "",
		    looks[cib_acl_access(n)].label);
	}
	fprintf(s->out, "%*s%s<%s%s", 2 * depth, "",
	    s->form == FORM_COLOR ? looks[cib_acl_access(n)].color : "", prefix(s, n),
	    tag + 1);
	if (s->form == FORM_NAMESPACE && n == s->top)
		show_spaces(s);
	fprintf(s->out, "%s%s\n", is_empty ? "/>" : ">",
	    s->form == FORM_COLOR && is_empty ? "\033[0m" : "");
	free(tag);
	return true;
}

static void
show_end(const struct shower *s, const xmlNode *n, int depth)
{
	bool color = s->form == FORM_COLOR;

	if (cib_child_first(n))
		fprintf(s->out, "%*s%s</%s%s>%s\n", 2 * depth, "",
		    color ? looks[cib_acl_access(n)].color : "", prefix(s, n), n->name,
		    color ? "\033[0m" : "");
}

static bool
show(const struct shower *s)
{
	const xmlNode *n = s->top, *next;
	int depth = 0;

	for (;;) {
		if (!show_begin(s, n, depth))
			return false;
		next = cib_child_first(n);
		if (next) {
			depth++;
			n = next;
			continue;
		}
		for (; n != s->top; n = n->parent, depth--) {
			if (cib_child_first(n))
				show_end(s, n, depth);
			next = cib_child_next(n);
			if (next)
				break;
		}
		if (n == s->top)
			break;
		n = next;
	}
	show_end(s, s->top, 0);
	return true;
}

static enum form
form_of(const char *name, FILE *out)
{
	if (strcmp(name, "auto") == 0)
		return isatty(fileno(out)) ? FORM_COLOR : FORM_TEXT;
	return strcmp(name, "color") == 0       ? FORM_COLOR
	       : strcmp(name, "namespace") == 0 ? FORM_NAMESPACE
	                                        : FORM_TEXT;
}

int
access_show(struct kit *kit, const xmlDoc *doc, const char *section, const char *user,
    const char *form)
{
	struct shower s = { .out = kit->out, .form = form_of(form, kit->out) };
	struct err err = { "" };
	xmlDoc *copy;
	int code = CRM_EX_OK;

	if (!user) {
		kit_error(kit, "The supplied command requires -U user specified.");
		return CRM_EX_USAGE;
	}
	if (!cib_acl_is_for(user)) {
		kit_error(kit, "Could not evaluate access per request (%s, error: %s)",
		    user, "this user may do everything");
		return CRM_EX_CONFIG;
	}
	/* Rights are judged on the whole document, whatever is shown of it. */
	copy = xmlCopyDoc((xmlDoc *)(uintptr_t)doc, 1);
	if (!copy)
		return CRM_EX_OS;
	s.top = cib_section_find(xmlDocGetRootElement(copy), section ? section : "cib");
	if (!s.top) {
		kit_error(kit, "Call failed: No such device or address");
		code = CRM_EX_NO_SUCH;
	} else if (cib_acl_mark(copy, user, &err) != 0) {
		kit_error(kit, "Could not evaluate access per request (%s, error: %s)",
		    user, err.text);
		code = CRM_EX_CONFIG;
	} else {
		fprintf(kit->out, "<!-- ACLs as evaluated for user %s -->\n", user);
		code = show(&s) ? CRM_EX_OK : CRM_EX_OS;
	}
	xmlFreeDoc(copy);
	return code;
}
