/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/cib/version.h"

#include "crm/cib/path.h"
#include "lib/array.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Style. */

static bool
has_any(const xmlNode *element, const char *const *names)
{
	for (; *names; names++)
		if (cib_attr(element, *names))
			return true;
	return false;
}

static bool
is_tag(const xmlNode *element, const char *tag)
{
	return strcmp((const char *)element->name, tag) == 0;
}

/* Below a set an "attributes" level, or what only constraints of heartbeat have. */
static bool
speaks_h(const xmlNode *element)
{
	static const char *const ends[] = { "from", "to", NULL };

	return is_tag(element, "master_slave") || is_tag(element, "attributes") ||
	       (strncmp((const char *)element->name, "rsc_", 4) == 0 &&
	           has_any(element, ends));
}

static bool
speaks_p(const xmlNode *element)
{
	static const char *const ends[] = { "with-rsc", "first", "then", NULL };

	return is_tag(element, "resource_set") || has_any(element, ends);
}

enum cib_style
cib_style_of(const xmlNode *root)
{
	static const char *const root_h[] = { "cib_feature_revision", "ignore_dtd",
		"have_quorum", NULL };

	if (!root)
		return CIB_STYLE_P;
	if (has_any(root, root_h))
		return CIB_STYLE_H;
	if (cib_attr(root, "validate-with"))
		return CIB_STYLE_P;
	for (const xmlNode *n = root; n; n = cib_walk_next(root, n)) {
		if (speaks_h(n))
			return CIB_STYLE_H;
		if (speaks_p(n))
			return CIB_STYLE_P;
	}
	return CIB_STYLE_P;
}

static char
dashed(char c)
{
	return c == '_' ? '-' : c;
}

static const char *
newer_name(const char *name)
{
	return strcmp(name, "transition_idle_timeout") == 0 ? "cluster-delay" : name;
}

bool
cib_option_same(enum cib_style style, const char *a, const char *b)
{
	if (style == CIB_STYLE_P)
		return strcmp(a, b) == 0;
	a = newer_name(a);
	b = newer_name(b);
	while (*a && dashed(*a) == dashed(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Versions. */

static const struct {
	const char *name;
	size_t at;
} parts[] = {
	{ "admin_epoch", offsetof(struct cib_version, admin_epoch) },
	{ "epoch", offsetof(struct cib_version, epoch) },
	{ "num_updates", offsetof(struct cib_version, num_updates) },
};

static int *
part(const struct cib_version *version, size_t i)
{
	return (int *)(uintptr_t)((const char *)version + parts[i].at);
}

static bool
count_parse(const char *text, int *count)
{
	char *end;
	long value;

	if (!text)
		return false;
	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end || errno || value < 0 || value > CIB_COUNT_MAX)
		return false;
	*count = (int)value;
	return true;
}

unsigned
cib_version_get(const xmlNode *element, struct cib_version *version)
{
	unsigned bad = 0;

	*version = (struct cib_version){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!count_parse(cib_attr(element, parts[i].name), part(version, i)))
			bad++;
	return bad;
}

bool
cib_version_set(xmlNode *element, const struct cib_version *version)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d", *part(version, i));
		if (!xmlSetProp(element, BAD_CAST parts[i].name, BAD_CAST text))
			return false;
	}
	return true;
}

int
cib_version_compare(const struct cib_version *a, const struct cib_version *b)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		int x = *part(a, i), y = *part(b, i);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

bool
cib_version_count(struct cib_version *version, enum cib_style style,
    enum cib_change change)
{
	struct cib_version next = *version;

	if (change == CIB_CHANGE_CONFIG) {
		if (next.epoch == CIB_COUNT_MAX)
			return false;
		next.epoch++;
		next.num_updates = style == CIB_STYLE_H;
	} else if (change == CIB_CHANGE_STATUS || style == CIB_STYLE_H) {
		/* heartbeat counts also what changed nothing. */
		if (next.num_updates == CIB_COUNT_MAX)
			return false;
		next.num_updates++;
	}
	*version = next;
	return true;
}
