/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local frames and FIFO text: no signature is asked for.  What decodes must be well
 * formed to everybody who reads it, and decode -> encode -> decode must give the same
 * fields in each form.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

static struct msg m, back, child;
static uint8_t scratch[MSG_EXPANDED_MAX], again[MSG_EXPANDED_MAX],
    store[MSG_EXPANDED_MAX];
static uint8_t out[MSG_WIRE_MAX], first[MSG_WIRE_MAX], second[MSG_WIRE_MAX];
static char line[512];

static void
check_field(const struct msg *parent, const struct msg_field *f)
{
	const uint8_t *item;
	size_t pos = 0;
	struct err err;
	ssize_t n;
	int rc;

	FUZZ_MUST(strlen(f->name) == f->name_len && f->name_len > 0);
	FUZZ_MUST(f->value[f->len] == '\0');
	switch (f->type) {
	case MSG_STRING:
		FUZZ_MUST(strlen((const char *)f->value) == f->len);
		break;
	case MSG_LIST:
		while ((n = msg_list_next(f, &pos, &item)) >= 0 && item)
			FUZZ_MUST(item + n < f->value + f->len);
		FUZZ_MUST(n == 0);
		break;
	case MSG_STRUCT:
	case MSG_TO_COMPRESS:
		rc = msg_child(f, NULL, &child, store, sizeof(store), &err);
		FUZZ_MUST(rc == 0);
		break;
	case MSG_COMPRESSED:
		msg_child(f, msg_str(parent, "_compression_algorithm"), &child, store,
		    sizeof(store), &err);
		break;
	default:
		FUZZ_MUST(f->type == MSG_BINARY);
	}
}

/* WHAT is the canonical text of M. */
static void
check_form(enum msg_form form, const uint8_t *what, size_t what_len)
{
	const struct msg_style style = { .form = form };
	ssize_t n = msg_encode(&m, &style, out, sizeof(out));
	size_t len;

	if (n < 0) {
		/* Depth symbols in strings of structs, and base64 of what was raw. */
		FUZZ_MUST(form != MSG_NETSTRING);
		FUZZ_MUST(n == -EINVAL || n == -EMSGSIZE);
		return;
	}
	msg_init(&back, NULL, 0);
	FUZZ_MUST(msg_decode(&back, out, (size_t)n, NULL, again, sizeof(again), NULL) ==
	          MSG_DROP_NONE);
	len = fuzz_canonical(&back, second, sizeof(second));
	/* In classic text 0x13 is a newline: a real one is lost, by design of the form.
	 */
	if (form != MSG_NETSTRING && memchr(what, 0x13, what_len))
		return;
	FUZZ_MUST(back.count == m.count);
	FUZZ_MUST(len == what_len && memcmp(second, what, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct err err = { "" };
	enum msg_drop why;
	size_t len;

	msg_init(&m, NULL, 0);
	why = msg_decode(&m, copy, size, NULL, scratch, sizeof(scratch), &err);
	FUZZ_MUST(why < MSG_DROP_COUNT);
	FUZZ_MUST(why == MSG_DROP_NONE || (m.count == 0 && err.text[0] != '\0'));
	for (size_t i = 0; i < m.count; i++)
		check_field(&m, &m.field[i]);
	msg_format(&m, line, sizeof(line));
	len = fuzz_canonical(&m, first, sizeof(first));
	if (why == MSG_DROP_NONE && len > 0) {
		check_form(MSG_NETSTRING, first, len);
		check_form(MSG_CLASSIC, first, len);
		check_form(MSG_SERIAL, first, len);
	}
	free(copy);
	return 0;
}
