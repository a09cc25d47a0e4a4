/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a datagram, client frame or FIFO text to fields (spec 2.1 to 2.4, 4.2).
 *
 * First the signature: for classic text over its lines, for netstrings over the bytes up
 * to the end marker, found by lengths alone.  Only then are fields looked at.  Deliberate
 * differences from the nodes of old: netstrings are checked with the key of the index in
 * the message, and before their fields are parsed; of several auth fields in classic text
 * the unchecked ones are removed, since anybody could have added them.
 */
#include "heartbeat/message/message_private.h"

#include <errno.h>

const char *const msg_drop_names[MSG_DROP_COUNT] = {
	[MSG_DROP_NONE] = "none",
	[MSG_DROP_ALIEN] = "alien",
	[MSG_DROP_MALFORMED] = "malformed",
	[MSG_DROP_UNSIGNED] = "unsigned",
	[MSG_DROP_UNKNOWN_KEY] = "unknown-key",
	[MSG_DROP_BAD_SIGNATURE] = "bad-signature",
	[MSG_DROP_TOO_BIG] = "too-big",
};

static enum msg_drop
drop(struct err *err, enum msg_drop why, const char *text, size_t number)
{
	err_set(err, -EBADMSG, text, number);
	return why;
}

/* ---- Signatures ------------------------------------------------------------------- */

struct line {
	const uint8_t *p;
	size_t len; /* with its newline */
};

/* The next line of classic text; false at the end marker or when there is none, and then
 * *POS is NULL. */
static bool
line_next(const uint8_t **pos, const uint8_t *end, struct line *line)
{
	const uint8_t *p = *pos, *stop = memchr(p, '\n', (size_t)(end - p));
	size_t len = (size_t)((stop ? stop : end) - p);

	if (len >= 3 && memcmp(p, "<<<", 3) == 0 && (len == 3 || (!stop && p[3] == '\0')))
		return false;
	if (!stop) {
		*pos = NULL;
		return false;
	}
	*line = (struct line){ p, len + 1 };
	*pos = stop + 1;
	return true;
}

static bool
line_is_auth(const struct line *line)
{
	return line->len > 5 && memcmp(line->p, "auth=", 5) == 0;
}

/* Who a message says it comes from, for the log only: nothing of it is proved. */
static void
claimed_sender(const uint8_t *buf, size_t len, char *name, size_t size)
{
	const uint8_t *pos = buf + 4;
	struct line line;
	size_t n = 0;

	while (line_next(&pos, buf + len, &line)) {
		if (line.len <= 5 || memcmp(line.p, "src=", 4) != 0)
			continue;
		for (; n + 1 < size && n + 5 < line.len; n++) {
			uint8_t c = line.p[4 + n];

			name[n] = c > ' ' && c < 0x7f ? (char)c : '?';
		}
		break;
	}
	name[n] = '\0';
}

static enum msg_drop
classic_verify(const uint8_t *buf, size_t len, struct msg_trust *trust, struct err *err)
{
	const uint8_t *pos = buf + 4, *run = pos;
	const struct msg_key *key;
	struct line line, auth = { NULL, 0 };
	struct msg_seal seal;
	struct msg_hash hash;
	char sender[100];

	while (line_next(&pos, buf + len, &line))
		if (line_is_auth(&line))
			auth = line;
	if (!pos)
		return drop(err, MSG_DROP_MALFORMED,
		    "NV failure (string2msg_ll): no end in %zu bytes", len);
	if (!auth.p || msg_seal_parse(&seal, auth.p + 5, auth.len - 6) < 0)
		return drop(err, MSG_DROP_UNSIGNED,
		    "Bad/invalid auth token, authtoken=(nil)", 0);
	key = msg_seal_key(&seal, trust->keys);
	if (!key)
		return drop(err, MSG_DROP_UNKNOWN_KEY,
		    "Invalid authentication type [%zu] in message!", seal.index);

	msg_hash_init(&hash, key);
	for (pos = buf + 4; line_next(&pos, buf + len, &line);) {
		if (!line_is_auth(&line))
			continue;
		msg_hash_update(&hash, run, (size_t)(line.p - run));
		run = line.p + line.len;
	}
	msg_hash_update(&hash, run, (size_t)(pos - run));
	if (!msg_seal_matches(&seal, &hash)) {
		claimed_sender(buf, len, sender, sizeof(sender));
		err_set(err, -EBADMSG, "string2msg_ll: node [%s] failed authentication",
		    sender);
		return MSG_DROP_BAD_SIGNATURE;
	}
	trust->key_index = (int)seal.index;
	trust->auth = key->auth;
	return MSG_DROP_NONE;
}

static enum msg_drop
netstring_verify(const uint8_t *buf, size_t len, struct msg_trust *trust, struct err *err)
{
	const uint8_t *pos = buf + 4, *end = buf + len, *text;
	const struct msg_key *key;
	struct msg_seal seal;
	struct msg_hash hash;
	size_t text_len, covered;

	while (end - pos < 4 || memcmp(pos, "%%%\n", 4) != 0)
		if (msg_netstring_skip(&pos, end, &text, &text_len) < 0)
			return drop(err, MSG_DROP_MALFORMED,
			    "not a netstring message: damaged at byte %zu",
			    (size_t)(pos - buf));
	pos += 4;
	covered = (size_t)(pos - buf);
	if (msg_netstring_skip(&pos, end, &text, &text_len) < 0 ||
	    msg_seal_parse(&seal, text, text_len) < 0)
		return drop(err, MSG_DROP_UNSIGNED,
		    "peel_netstring() error in getting auth string (%zu bytes)", len);
	key = msg_seal_key(&seal, trust->keys);
	if (!key)
		return drop(err, MSG_DROP_UNKNOWN_KEY,
		    "Invalid authentication [%zu] in message!", seal.index);
	msg_hash_init(&hash, key);
	msg_hash_update(&hash, buf, covered);
	if (!msg_seal_matches(&seal, &hash))
		return drop(err, MSG_DROP_BAD_SIGNATURE,
		    "authtoken does not match, netstring authentication failed, key %zu",
		    seal.index);
	trust->key_index = (int)seal.index;
	trust->auth = key->auth;
	return MSG_DROP_NONE;
}

/* ---- Fields ----------------------------------------------------------------------- */

/* Turns the encoded value into the decoded one, in its place, and puts NULs where the '='
 * and the end of the field were. */
static int
field_finish(struct msg_field *f, const struct msg_item *item, uint8_t *name,
    uint8_t *value)
{
	size_t len = item->len;

	if (item->is_classic &&
	    (item->type == MSG_BINARY || item->type == MSG_COMPRESSED)) {
		ssize_t n = msg_base64_decode(value, len, value);

		if (n < 0)
			return -EINVAL;
		len = (size_t)n;
	} else if (item->is_classic && !msg_type_is_struct(item->type)) {
		for (uint8_t *p = value;
		     (p = memchr(p, MSG_NEWLINE, len - (size_t)(p - value)));)
			*p = '\n';
	}
	name[item->name_len] = '\0';
	value[len] = '\0';
	*f = (struct msg_field){ .name = (const char *)name,
		.name_len = (uint16_t)item->name_len,
		.value = value,
		.len = (uint32_t)len,
		.type = item->type };
	return 0;
}

/* Appends the fields of the encoded message at BUF, in place.  0, -EINVAL, -E2BIG. */
static int
msg_decode_fields(struct msg *m, uint8_t *buf, size_t len)
{
	struct msg_scan scan;
	struct msg_item item;
	int rc = msg_scan_init(&scan, buf, len);

	if (rc < 0)
		return rc;
	while ((rc = msg_scan_next(&scan, &item)) > 0) {
		if (m->count == MSG_FIELD_MAX)
			return -E2BIG;
		rc = msg_item_check(&item, 0);
		if (rc == 0)
			rc = field_finish(&m->field[m->count], &item,
			    buf + (item.name - buf), buf + (item.value - buf));
		if (rc < 0)
			return rc;
		m->count++;
	}
	return rc;
}

/* Anybody can add an auth field to classic text: the signature leaves them out. */
static void
remove_unchecked_auth(struct msg *m)
{
	size_t last = m->count, kept = 0;

	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->field[i].name, "auth") == 0 &&
		    m->field[i].type == MSG_STRING)
			last = i;
	for (size_t i = 0; i < m->count; i++)
		if (i >= last || strcmp(m->field[i].name, "auth") != 0 ||
		    m->field[i].type != MSG_STRING)
			m->field[kept++] = m->field[i];
	m->count = kept;
}

static enum msg_drop
fields_refused(int rc, struct err *err)
{
	if (rc == -E2BIG)
		return drop(err, MSG_DROP_TOO_BIG,
		    "more than %zu fields or structs too deep", MSG_FIELD_MAX);
	return drop(err, MSG_DROP_MALFORMED, "a field is damaged", 0);
}

const struct msg_field *
msg_payload(const struct msg *m)
{
	const struct msg_field *f = msg_find(m, MSG_PAYLOAD);

	return f && f->type == MSG_BINARY ? f : NULL;
}

/* The inside of a message that was compressed as a whole takes the place of the fields.
 */
static enum msg_drop
expand_whole(struct msg *m, const struct msg_field *payload, uint8_t *scratch,
    size_t scratch_size, struct err *err)
{
	ssize_t len;
	int rc;

	if (!scratch)
		return drop(err, MSG_DROP_TOO_BIG,
		    "%zu compressed bytes and no room to expand them", payload->len);
	len = msg_expand(msg_str(m, MSG_ALGORITHM), payload->value, payload->len, scratch,
	    scratch_size);
	if (len == -E2BIG)
		return drop(err, MSG_DROP_TOO_BIG, "expands to more than %zu bytes",
		    scratch_size);
	if (len < 0)
		return drop(err, MSG_DROP_MALFORMED, "%zu compressed bytes are damaged",
		    payload->len);
	m->count = 0;
	rc = msg_decode_fields(m, scratch, (size_t)len);
	if (rc < 0)
		return fields_refused(rc, err);
	if (msg_payload(m))
		return drop(err, MSG_DROP_TOO_BIG, "compressed twice", 0);
	return MSG_DROP_NONE;
}

static enum msg_drop
decode(struct msg *m, uint8_t *buf, size_t len, struct msg_trust *trust, uint8_t *scratch,
    size_t scratch_size, struct err *err)
{
	bool is_classic = len >= 4 && memcmp(buf, ">>>\n", 4) == 0;
	const struct msg_field *payload;
	enum msg_drop why = MSG_DROP_NONE;
	int rc;

	if (!is_classic && (len < 4 || memcmp(buf, "###\n", 4) != 0))
		return drop(err, MSG_DROP_ALIEN, "%zu bytes of something else", len);
	if (len > MSG_WIRE_MAX)
		return drop(err, MSG_DROP_TOO_BIG, "msg too big (%zu bytes)", len);
	if (trust && trust->keys)
		why = is_classic ? classic_verify(buf, len, trust, err)
		                 : netstring_verify(buf, len, trust, err);
	if (why != MSG_DROP_NONE)
		return why;
	rc = msg_decode_fields(m, buf, len);
	if (rc < 0)
		return fields_refused(rc, err);
	if (is_classic && trust && trust->keys)
		remove_unchecked_auth(m);
	payload = msg_payload(m);
	if (payload)
		return expand_whole(m, payload, scratch, scratch_size, err);
	return MSG_DROP_NONE;
}

enum msg_drop
msg_decode(struct msg *m, uint8_t *buf, size_t len, struct msg_trust *trust,
    uint8_t *scratch, size_t scratch_size, struct err *err)
{
	enum msg_drop why;

	m->count = 0;
	m->store_used = 0;
	if (trust) {
		trust->key_index = -1;
		trust->auth = MSG_AUTH_NONE;
	}
	why = decode(m, buf, len, trust, scratch, scratch_size, err);
	if (why == MSG_DROP_NONE)
		return why;
	m->count = 0;
	if (trust) {
		trust->key_index = -1;
		trust->auth = MSG_AUTH_NONE;
	}
	return why;
}

/* ---- Children --------------------------------------------------------------------- */

int
msg_child(const struct msg_field *f, const char *algorithm, struct msg *child,
    void *store, size_t store_size, struct err *err)
{
	uint8_t *place = store;
	ssize_t len = (ssize_t)f->len;
	int rc;

	msg_init(child, store, store_size);
	if (f->type == MSG_COMPRESSED) {
		len = msg_expand(algorithm, f->value, f->len, place, store_size);
	} else if (!msg_type_is_struct(f->type)) {
		return err_set(err, -EINVAL, "field %s has no child", f->name);
	} else if (f->len > store_size) {
		len = -E2BIG;
	} else {
		memcpy(place, f->value, f->len);
	}
	if (len < 0)
		return err_set(err, len == -E2BIG ? -ENOSPC : (int)len, "field %s: %s",
		    f->name,
		    len == -E2BIG ? "its child is too long"
		                  : "not the compressed child it should be");
	rc = msg_decode_fields(child, place, (size_t)len);
	if (rc < 0) {
		child->count = 0;
		return err_set(err, rc, "field %s: the child is damaged", f->name);
	}
	child->store_used = (size_t)len;
	return 0;
}
