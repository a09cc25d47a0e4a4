/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/cib/read.h"

#include <bzlib.h>
#include <ctype.h>
#include <errno.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parsing. */

/* The first thing that the parser minds is what is wrong; what follows may only follow from it.  But where a document
 * ends within something, that is it. */
static void
note_first(void *data, xmlError *e)
{
	const xmlParserCtxt *ctxt = data;
	struct err *first = ctxt->_private;
	const char *text = e->message ? e->message : "not well-formed";

	if (e->level < XML_ERR_ERROR ||
	    (*first->text && e->code != XML_ERR_TAG_NOT_FINISHED))
		return;
	if (strstr(text, "Excessive depth"))
		text = "too many elements inside each other";
	err_set(first, -EINVAL, "%d:%d: %.*s", e->line, e->int2, (int)strcspn(text, "\n"),
	    text);
}

static bool
has_entities(const xmlDoc *doc)
{
	for (const xmlNode *n = doc->intSubset ? doc->intSubset->children : NULL; n;
	     n = n->next)
		if (n->type == XML_ENTITY_DECL)
			return true;
	return false;
}

/* Attributes of other namespaces are none of a CIB's, and their names could be those of our own. */
static void
foreign_drop(xmlNode *element)
{
	xmlAttr *next;

	for (xmlAttr *a = element->properties; a; a = next) {
		next = a->next;
		if (a->ns)
			xmlRemoveProp(a);
	}
	element->ns = NULL;
	xmlFreeNsList(element->nsDef);
	element->nsDef = NULL;
}

/* Each attribute is one text: what stands for an entity would be a node of its own. */
static bool
is_plain(const xmlNode *n)
{
	if (n->type == XML_ENTITY_REF_NODE)
		return false;
	for (const xmlAttr *a = n->type == XML_ELEMENT_NODE ? n->properties : NULL; a;
	     a = a->next)
		if (a->children &&
		    (a->children->next || a->children->type != XML_TEXT_NODE))
			return false;
	return true;
}

/* Leaves elements, attributes, texts and comments of a CIB.  0, or -EINVAL with ERR. */
static int
purify(xmlDoc *doc, struct err *err)
{
	xmlNode *n = xmlDocGetRootElement(doc);

	while (n) {
		if (!is_plain(n))
			return err_set(err, -EINVAL,
			    "%ld:1: entities are not allowed in a CIB", xmlGetLineNo(n));
		if (n->type == XML_ELEMENT_NODE && n->ns)
			return err_set(err, -EINVAL,
			    "%ld:1: <%s> is of the namespace '%.100s', and so is no "
			    "CIB's",
			    xmlGetLineNo(n), (const char *)n->name,
			    (const char *)n->ns->href);
		if (n->type == XML_ELEMENT_NODE) {
			foreign_drop(n);
			if (n->children) {
				n = n->children;
				continue;
			}
		}
		while (n && !n->next && n->parent && n->parent->type == XML_ELEMENT_NODE)
			n = n->parent;
		n = n->next;
		if (n && n->parent == (xmlNode *)doc)
			break;
	}
	return 0;
}

static xmlDoc *
parse_strict(const char *text, size_t len, struct err *err)
{
	xmlParserCtxt *ctxt = xmlNewParserCtxt();
	struct err first = { "" };
	xmlDoc *doc;

	if (!ctxt) {
		err_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	ctxt->_private = &first;
	ctxt->sax->serror = note_first;
	doc = xmlCtxtReadMemory(ctxt, text, (int)len, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
	        XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES);
	if (!doc)
		err_set(err, -EINVAL, "%s", *first.text ? first.text : "not well-formed");
	else if (has_entities(doc) || purify(doc, &first) < 0) {
		err_set(err, -EINVAL, "%s",
		    *first.text ? first.text : "1:1: entities are not allowed in a CIB");
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(ctxt);
	return doc;
}

/* Mending. */

struct mender {
	const char *in;
	size_t len, at;
	char *out; /* three times as long: each mended name grows by one byte */
	size_t used;
	unsigned mended;
};

static void
copy(struct mender *m, size_t count)
{
	memcpy(m->out + m->used, m->in + m->at, count);
	m->used += count;
	m->at += count;
}

/* The position behind the quoted value at AT, or LEN. */
static size_t
quoted_end(const struct mender *m, size_t at)
{
	const char *end = memchr(m->in + at + 1, m->in[at], m->len - at - 1);

	return end ? (size_t)(end - m->in) + 1 : m->len;
}

/* Within a start tag, behind a blank. */
static void
mend_attribute(struct mender *m)
{
	char c = m->in[m->at];

	if (isdigit((unsigned char)c)) {
		m->out[m->used++] = '_';
		m->mended++;
	} else if (c == '=') {
		size_t at = m->at + 1;

		while (at < m->len && isspace((unsigned char)m->in[at]))
			at++;
		m->at = at < m->len && (m->in[at] == '"' || m->in[at] == '\'')
		            ? quoted_end(m, at)
		            : m->at + 1;
		m->mended++;
	}
}

static void
mend_tag(struct mender *m)
{
	while (m->at < m->len && m->in[m->at] != '>') {
		char c = m->in[m->at];

		if (c == '"' || c == '\'')
			copy(m, quoted_end(m, m->at) - m->at);
		else if (isspace((unsigned char)c)) {
			copy(m, 1);
			if (m->at < m->len)
				mend_attribute(m);
		} else
			copy(m, 1);
	}
}

/* Comments, declarations and closing tags are left as they are. */
static void
mend(struct mender *m)
{
	while (m->at < m->len) {
		const char *open = memchr(m->in + m->at, '<', m->len - m->at);

		copy(m, open ? (size_t)(open - m->in) - m->at : m->len - m->at);
		if (!open)
			break;
		if (m->len - m->at >= 4 && memcmp(open, "<!--", 4) == 0) {
			const char *end = memmem(open, m->len - m->at, "-->", 3);

			copy(m, end ? (size_t)(end - open) + 3 : m->len - m->at);
		} else if (m->len - m->at > 1 &&
		           (isalpha((unsigned char)open[1]) || open[1] == '_'))
			mend_tag(m);
		else
			copy(m, 1);
	}
}

/* Attributes. */

/* How many values are in the start tag at M, behind which M is then. */
static unsigned
tag_values(struct mender *m)
{
	unsigned count = 0;

	while (m->at < m->len && m->in[m->at] != '>') {
		bool is_value = m->in[m->at] == '"' || m->in[m->at] == '\'';

		count += is_value;
		m->at = is_value ? quoted_end(m, m->at) : m->at + 1;
	}
	return count;
}

/* The parser compares each attribute of an element with all others: thousands would hold everybody up. */
static int
attributes_count(const char *text, size_t len, struct err *err)
{
	struct mender m = { .in = text, .len = len };
	const char *open;
	unsigned line = 1;

	while ((open = memchr(text + m.at, '<', len - m.at))) {
		m.at = (size_t)(open - text);
		if (len - m.at >= 4 && memcmp(open, "<!--", 4) == 0) {
			const char *end = memmem(open, len - m.at, "-->", 3);

			m.at = end ? (size_t)(end - text) + 3 : len;
		} else if (tag_values(&m) > CIB_ATTRIBUTES_MAX) {
			for (const char *c = text; c < open; c++)
				line += *c == '\n';
			return err_set(err, -E2BIG,
			    "%u:1: an element with more than %d attributes", line,
			    CIB_ATTRIBUTES_MAX);
		}
	}
	return 0;
}

xmlDoc *
cib_parse(const char *text, size_t len, unsigned *mended, struct err *err)
{
	struct mender m = { .in = text, .len = len };
	xmlDoc *doc;

	if (mended)
		*mended = 0;
	if (len > CIB_SIZE_MAX) {
		err_set(err, -EFBIG, "more than %u bytes", CIB_SIZE_MAX);
		return NULL;
	}
	if (attributes_count(text, len, err) < 0)
		return NULL;
	doc = parse_strict(text, len, err);
	if (doc)
		return doc;
	m.out = malloc(2 * len + 1);
	if (!m.out)
		return NULL;
	mend(&m);
	if (m.mended)
		doc = parse_strict(m.out, m.used, NULL);
	if (doc && mended)
		*mended = m.mended;
	free(m.out);
	return doc;
}

int
cib_text_check(const char *text, size_t len, struct err *err)
{
	struct err why = { "" };
	unsigned mended = 0;
	xmlDoc *doc = cib_parse(text, len, &mended, &why);

	xmlFreeDoc(doc);
	if (doc && !mended)
		return 0;
	return err_set(err, -EINVAL, "the document could not be read again: %s",
	    doc ? "a name in it is none" : why.text);
}

/* Files. */

struct text {
	char *data;
	size_t len, room;
};

static char *
room_for(struct text *t, size_t more)
{
	if (t->room - t->len < more) {
		size_t room = t->room ? t->room * 2 : 65536;
		char *data = realloc(t->data, room);

		if (!data)
			return NULL;
		t->data = data;
		t->room = room;
	}
	return t->data + t->len;
}

static int
read_plain(FILE *in, struct text *t)
{
	size_t got;

	do {
		char *to = room_for(t, 4096);

		if (!to)
			return -ENOMEM;
		got = fread(to, 1, t->room - t->len, in);
		t->len += got;
		if (t->len > CIB_SIZE_MAX)
			return -EFBIG;
	} while (got > 0);
	return ferror(in) ? -EIO : 0;
}

static int
read_bz2(FILE *in, struct text *t)
{
	int code;
	BZFILE *bz = BZ2_bzReadOpen(&code, in, 0, 0, NULL, 0);

	while (code == BZ_OK) {
		char *to = room_for(t, 4096);

		if (!to || t->len > CIB_SIZE_MAX)
			break;
		int got = BZ2_bzRead(&code, bz, to, (int)(t->room - t->len));

		if (code == BZ_OK || code == BZ_STREAM_END)
			t->len += (size_t)got;
	}
	int ignored;

	BZ2_bzReadClose(&ignored, bz);
	return code == BZ_STREAM_END ? 0 : t->len > CIB_SIZE_MAX ? -EFBIG : -EINVAL;
}

xmlDoc *
cib_read_file(const char *path, unsigned *mended, struct err *err)
{
	struct text text = { 0 };
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	xmlDoc *doc = NULL;
	struct err why;

	if (!in) {
		err_set(err, -errno, "cannot read '%s': %s", path, strerror(errno));
		return NULL;
	}
	int code = strstr(path, ".bz2") ? read_bz2(in, &text) : read_plain(in, &text);

	if (!is_stdin)
		fclose(in);
	if (code < 0)
		err_set(err, code, "cannot read '%s': %s", path,
		    code == -EINVAL ? "not in bzip2's form" : strerror(-code));
	else if (!(doc = cib_parse(text.data ? text.data : "", text.len, mended, &why)))
		err_set(err, -EINVAL, "%s:%s", path, why.text);
	free(text.data);
	return doc;
}
