/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of attributes: whether one fits, and in words what would. */
#include "crm/cib/explain_private.h"

#include <ctype.h>
#include <libxml/xmlregexp.h>
#include <stdlib.h>
#include <string.h>

/* Values. */

static bool
equal_collapsed(const char *a, const char *b)
{
	for (;;) {
		size_t gap_a = strspn(a, " \t\r\n"), gap_b = strspn(b, " \t\r\n");

		a += gap_a;
		b += gap_b;
		if (!*a || !*b)
			return !*a && !*b;
		if (*a != *b || (gap_a > 0) != (gap_b > 0))
			return false;
		a++;
		b++;
	}
}

static bool
fits_pattern(const xmlNode *data, const char *value)
{
	bool fits = true;

	for (const xmlNode *n = data->children; n; n = n->next) {
		if (!explain_is(n, "param"))
			continue;
		xmlChar *expression = xmlNodeGetContent(n);
		xmlRegexp *compiled = xmlRegexpCompile(expression);

		fits &= compiled && xmlRegexpExec(compiled, BAD_CAST value) == 1;
		xmlRegFreeRegexp(compiled);
		xmlFree(expression);
	}
	return fits;
}

static bool
fits_integer(const char *value, const char *type)
{
	const char *at = value + strspn(value, " \t\r\n");
	bool negative = *at == '-', zero = true;

	at += *at == '-' || *at == '+';
	size_t digits = strspn(at, "0123456789");

	/* What libxml2 counts with ends at 24 digits. */
	for (size_t i = 0; i < digits; i++)
		zero &= at[i] == '0';
	while (*at == '0' && digits > 1) {
		at++;
		digits--;
	}
	if (digits == 0 || digits > 24 || at[digits + strspn(at + digits, " \t\r\n")])
		return false;
	if (strcmp(type, "nonNegativeInteger") == 0)
		return !negative || zero;
	if (strcmp(type, "positiveInteger") == 0)
		return !negative && !zero;
	return true;
}

static bool
fits_type(const xmlNode *data, const char *value)
{
	const char *type = cib_attr(data, "type");

	if (strcmp(type, "ID") == 0 || strcmp(type, "IDREF") == 0)
		return xmlValidateNCName(BAD_CAST value, 1) == 0;
	if (strcmp(type, "boolean") == 0)
		return equal_collapsed(value, "true") ||
		       equal_collapsed(value, "false") || equal_collapsed(value, "1") ||
		       equal_collapsed(value, "0");
	if (strcmp(type, "string") == 0)
		return fits_pattern(data, value);
	return fits_integer(value, type);
}

bool
explain_fits(const struct explainer *x, const xmlNode *what, const char *value)
{
	if (explain_is(what, "text"))
		return true;
	if (explain_is(what, "value")) {
		xmlChar *word = xmlNodeGetContent(what);
		bool same_word = cib_attr(what, "type")
		                     ? strcmp((char *)word, value) == 0
		                     : equal_collapsed((char *)word, value);

		xmlFree(word);
		return same_word;
	}
	if (explain_is(what, "data")) {
		const xmlNode *except = cib_child_find(what, "except");

		return fits_type(what, value) &&
		       !(except && explain_fits(x, cib_child_first(except), value));
	}
	if (explain_is(what, "ref"))
		what = table_find(&x->defines, cib_attr(what, "name"));
	for (const xmlNode *n = cib_child_first(what); n; n = cib_child_next(n))
		if (!explain_is(n, "anyName") && explain_fits(x, n, value))
			return true;
	return false;
}

/* Whether LIST, divided by ", ", has WORD; several rules of a grammar may ask for the same. */
static bool
is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == '\0' || at[len] == ','))
			return true;
	return false;
}

/* "an integer, INFINITY, +INFINITY, -INFINITY" into LIST. */
const char *
explain_values(struct explainer *x, const xmlNode *what, const char *list)
{
	static const char *const types[][2] = {
		{ "ID", "a name that begins with a letter or _, then "
		        "letters, digits, . - _" },
		{ "IDREF", "the id of an element" }, { "boolean", "true or false" },
		{ "integer", "an integer" }, { "nonNegativeInteger", "0 or more" },
		{ "positiveInteger", "1 or more" }
	};
	const char *word = NULL;
	xmlChar *content = NULL;

	if (explain_is(what, "value"))
		word = (char *)(content = xmlNodeGetContent(what));
	else if (explain_is(what, "data")) {
		const xmlNode *except = cib_child_find(what, "except"),
		              *param = cib_child_find(what, "param");

		for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
			if (strcmp(types[i][0], cib_attr(what, "type")) == 0)
				word = types[i][1];
		if (except)
			word = arena_printf(&x->scratch, "anything but %s",
			    explain_values(x, cib_child_first(except), ""));
		if (param) {
			content = xmlNodeGetContent(param);
			word =
			    arena_printf(&x->scratch, "what matches %s", (char *)content);
		}
	} else if (explain_is(what, "text"))
		word = "any text";
	if (word) {
		if (*word && is_listed(list, word)) {
			xmlFree(content);
			return list;
		}
		list = arena_printf(&x->scratch, "%s%s%s", list, *list ? ", " : "", word);
		xmlFree(content);
		return list;
	}
	if (explain_is(what, "ref"))
		what = table_find(&x->defines, cib_attr(what, "name"));
	for (const xmlNode *n = cib_child_first(what); n; n = cib_child_next(n))
		list = explain_values(x, n, list);
	return list;
}

/* Whether an attribute is of that type: ID, IDREF. */
bool
explain_has_type(const xmlNode *attribute, const char *type)
{
	const xmlNode *data = cib_child_find(attribute, "data");

	return data && strcmp(cib_attr(data, "type"), type) == 0;
}
