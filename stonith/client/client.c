/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client side of stonithd; the contract is in client.h. */
#include "stonith/client/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MS 60000
#define STORE_MAX 65536
#define NO_UUID_TEXT "a node is fenced by its name and its uuid: the uuid is missing"

struct sdc {
	char name[SD_ID_MAX + 1];
	struct client *api, *callback;
};

struct sdc *
sdc_new(const char *name)
{
	struct sdc *sdc = calloc(1, sizeof(*sdc));

	if (!sdc)
		return NULL;
	snprintf(sdc->name, sizeof(sdc->name), "%s", name);
	sdc->api = client_new();
	sdc->callback = client_new();
	if (!sdc->api || !sdc->callback) {
		sdc_free(sdc);
		return NULL;
	}
	return sdc;
}

void
sdc_free(struct sdc *sdc)
{
	if (!sdc)
		return;
	client_free(sdc->api);
	client_free(sdc->callback);
	free(sdc);
}

/* Requests. */

static struct instant
soon(void)
{
	return instant_add_ms(instant_now(), ANSWER_MS);
}

static int
request_open(const struct sdc *sdc, struct msg *m, uint8_t *store, size_t size,
    const char *word)
{
	int r;

	msg_init(m, store, size);
	r = msg_add_str(m, "stonithd", "apireq");
	if (r == 0)
		r = msg_add_str(m, "reqest", word);
	if (r == 0)
		r = msg_add_str(m, "cname", sdc->name);
	if (r == 0)
		r = msg_add_dec(m, "cpid", getpid());
	return r;
}

static int
result_of(const struct msg *m, struct err *err)
{
	const char *result = msg_str(m, "apiret"), *error = msg_str(m, "error");

	if (result && strcmp(result, "apiok") == 0)
		return 0;
	return err_set(err, result && strcmp(result, "badreq") == 0 ? -EINVAL : -EBUSY,
	    "stonithd refuses: %s",
	    error    ? error
	    : result ? result
	             : "no reason given");
}

/* Sends M and waits for the reply of that kind. */
static int
ask(struct client *client, const struct msg *m, const char *reply, const struct msg **got,
    struct instant deadline, struct err *err)
{
	int r = client_send(client, m, deadline);

	while (r == 0) {
		const char *word;

		r = client_read(client, got, deadline);
		word = r == 0 ? msg_str(*got, "reply") : NULL;
		if (word && strcmp(word, reply) == 0)
			return result_of(*got, err);
	}
	return err_set(err, r, "no answer from stonithd: %s", strerror(-r));
}

/* Life. */

static int
callback_signon(struct sdc *sdc, const char *cookie, struct instant deadline,
    struct err *err)
{
	uint8_t store[2048];
	const struct msg *got;
	struct msg m;
	int r = client_connect_plain(sdc->callback, SDP_CALLBACK, deadline, err);

	if (r == 0)
		r = client_read(sdc->callback, &got, deadline); /* it wants the cookie */
	if (r < 0)
		return r;
	request_open(sdc, &m, store, sizeof(store), "signon");
	msg_add_str(&m, "cookie", cookie);
	return ask(sdc->callback, &m, "rsignon", &got, deadline, err);
}

int
sdc_signon(struct sdc *sdc, struct instant deadline, struct err *err)
{
	char cookie[SDP_COOKIE_MAX + 1];
	uint8_t store[2048];
	const struct msg *got;
	struct msg m;
	int r;

	err->text[0] = '\0';
	r = client_connect_plain(sdc->api, SDP_SOCKET, deadline, err);
	if (r < 0)
		return r;
	request_open(sdc, &m, store, sizeof(store), "signon");
	msg_add_dec(&m, "ceuid", geteuid());
	msg_add_dec(&m, "cegid", getegid());
	msg_add_str(&m, "cookie", "");
	r = ask(sdc->api, &m, "rsignon", &got, deadline, err);
	/* It closes at once on users whom it does not serve. */
	if (r == -ECONNRESET || r == -EPIPE)
		return err_set(err, -EPERM, "stonithd does not serve this user");
	if (r == 0) {
		snprintf(cookie, sizeof(cookie), "%s",
		    msg_str(got, "cookie") ? msg_str(got, "cookie") : "");
		r = callback_signon(sdc, cookie, deadline, err);
	}
	if (r < 0 && err->text[0] == '\0')
		err_set(err, r, "stonithd: %s", strerror(-r));
	return r;
}

void
sdc_signoff(struct sdc *sdc)
{
	uint8_t store[2048];
	struct msg m;

	request_open(sdc, &m, store, sizeof(store), "signoff");
	client_send(sdc->api, &m, instant_add_ms(instant_now(), 1000));
	client_hang_up(sdc->callback);
	client_hang_up(sdc->api);
}

/* Work. */

static int
callid_of(const struct msg *m, int32_t *callid, struct err *err)
{
	int64_t value;

	if (sdp_int(m, "callid", &value) < 0 || value < INT32_MIN || value > INT32_MAX)
		return err_set(err, -EBADMSG, "stonithd gives no number to the call");
	*callid = (int32_t)value;
	return 0;
}

int
sdc_fence(struct sdc *sdc, enum sd_op op, const char *node, const char *uuid,
    int64_t timeout_ms, int32_t *callid, struct err *err)
{
	uint8_t store[4096];
	const struct msg *got;
	struct msg m;
	int r;

	if (!uuid || !*uuid)
		return err_set(err, -EINVAL, NO_UUID_TEXT);
	r = request_open(sdc, &m, store, sizeof(store), "stonith");
	if (r == 0)
		r = msg_add_dec(&m, "optype", op);
	if (r == 0)
		r = msg_add_str(&m, "node", node);
	if (r == 0)
		r = msg_add_str(&m, "node_uuid", uuid);
	if (r == 0)
		r = msg_add_dec(&m, "timeout", timeout_ms);
	if (r < 0)
		return err_set(err, -EINVAL, "that cannot be the name of a node");
	r = ask(sdc->api, &m, "rstonith", &got, soon(), err);
	return r < 0 ? r : callid_of(got, callid, err);
}

static int
resource_ask(struct sdc *sdc, uint8_t *store, uint8_t *child_store, const char *action,
    const char *id, const char *type, const struct sdc_param *params, int32_t *callid,
    struct err *err)
{
	const struct msg *got;
	struct msg m, child;
	int r = request_open(sdc, &m, store, STORE_MAX, "raop");

	if (r == 0)
		r = msg_add_str(&m, "rscid", id);
	if (r == 0)
		r = msg_add_str(&m, "raname", type);
	if (r == 0)
		r = msg_add_str(&m, "raoptype", action);
	msg_init(&child, child_store, STORE_MAX / 2);
	for (; r == 0 && params && params->name; params++)
		r = msg_add_str(&child, params->name, params->value);
	if (r == 0 && child.count > 0)
		r = msg_add_struct(&m, "params", &child);
	if (r < 0)
		return err_set(err, -EINVAL, "a name or value that cannot be sent");
	r = ask(sdc->api, &m, "rraop", &got, soon(), err);
	return r < 0 ? r : callid_of(got, callid, err);
}

int
sdc_resource(struct sdc *sdc, const char *action, const char *id, const char *type,
    const struct sdc_param *params, int32_t *callid, struct err *err)
{
	uint8_t *store = malloc(STORE_MAX + STORE_MAX / 2);
	int r;

	if (!store)
		return err_set(err, -ENOMEM, "no memory");
	r = resource_ask(sdc, store, store + STORE_MAX, action, id, type, params, callid,
	    err);
	explicit_bzero(store, STORE_MAX + STORE_MAX / 2);
	free(store);
	return r;
}

static int
plain_ask(struct sdc *sdc, enum sdp_kind kind, const struct msg **got, struct err *err)
{
	uint8_t store[2048];
	struct msg m;
	char reply[40];

	request_open(sdc, &m, store, sizeof(store), sdp_kind_names[kind]);
	snprintf(reply, sizeof(reply), "r%s", sdp_kind_names[kind]);
	return ask(sdc->api, &m, reply, got, soon(), err);
}

static int
types_take(const struct msg_field *field, void (*take)(void *data, const char *type),
    void *data)
{
	const uint8_t *item;
	size_t pos = 0;
	ssize_t len;

	while ((len = msg_list_next(field, &pos, &item)) > 0) {
		char type[SD_TYPE_MAX + 1];

		snprintf(type, sizeof(type), "%.*s", (int)len, (const char *)item);
		take(data, type);
	}
	return len < 0 ? -EBADMSG : 0;
}

int
sdc_types(struct sdc *sdc, void (*take)(void *data, const char *type), void *data,
    struct err *err)
{
	const struct msg *got;
	int r = plain_ask(sdc, SDP_TYPES, &got, err);

	for (size_t i = 0; r == 0 && i < got->count; i++)
		if (strcmp(got->field[i].name, "sttypes") == 0 &&
		    types_take(&got->field[i], take, data) < 0)
			r = err_set(err, -EBADMSG, "stonithd sends a list that is none");
	return r;
}

int
sdc_list(struct sdc *sdc, enum sdp_kind kind,
    void (*take)(void *data, const struct msg *item), void *data, struct err *err)
{
	const struct msg *got;
	int r = plain_ask(sdc, kind, &got, err);

	for (size_t i = 0; r == 0 && i < got->count; i++) {
		const struct msg_field *field = &got->field[i];
		uint8_t *store;
		struct msg item;

		if (field->type != MSG_STRUCT)
			continue;
		store = malloc(field->len + 1024);
		if (!store ||
		    msg_child(field, NULL, &item, store, field->len + 1024, err) < 0)
			r = err_set(err, -EBADMSG,
			    "stonithd sends an entry that is none");
		else
			take(data, &item);
		free(store);
	}
	return r;
}

/* Results. */

int
sdc_fd(const struct sdc *sdc)
{
	return client_fd(sdc->callback);
}

static void
copy(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

/* False: it is no result. */
static bool
result_read(const struct msg *m, struct sdc_result *result)
{
	const char *word = msg_str(m, "reply");
	int64_t callid, frc, op = SD_QUERY;
	bool resource = word && strcmp(word, "raopret") == 0;

	if (!word || (!resource && strcmp(word, "stret") != 0) ||
	    sdp_int(m, "callid", &callid) < 0 || sdp_int(m, "frc", &frc) < 0)
		return false;
	if (!resource && (sdp_int(m, "optype", &op) < 0 || op < 0 || op >= SD_OP_COUNT))
		return false;
	*result = (struct sdc_result){ .resource = resource,
		.callid = (int32_t)callid,
		.frc = (int)frc,
		.op = (enum sd_op)op };
	copy(result->node, sizeof(result->node), msg_str(m, "node"));
	copy(result->nodes, sizeof(result->nodes), msg_str(m, "nlist"));
	copy(result->id, sizeof(result->id), msg_str(m, "rscid"));
	copy(result->action, sizeof(result->action), msg_str(m, "raoptype"));
	return true;
}

int
sdc_result(struct sdc *sdc, struct sdc_result *result, struct instant deadline)
{
	const struct msg *got;
	int r;

	do
		r = client_read(sdc->callback, &got, deadline);
	while (r == 0 && !result_read(got, result));
	return r;
}
