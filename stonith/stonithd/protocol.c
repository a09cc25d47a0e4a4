/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing stonithd's messages; the contract is in protocol.h. */
#include "stonith/stonithd/protocol.h"
#include "lib/array.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const sdp_kind_names[SDP_KIND_COUNT] = {
	[SDP_SIGNON] = "signon",
	[SDP_SIGNOFF] = "signoff",
	[SDP_FENCE] = "stonith",
	[SDP_RESOURCE] = "raop",
	[SDP_TYPES] = "ltypes",
	[SDP_DEVICES] = "hbdevices",
	[SDP_HISTORY] = "hbhistory",
};

/* Fields. */

int
sdp_int(const struct msg *m, const char *name, int64_t *value)
{
	const char *text = msg_str(m, name);
	char *end;
	long long number;

	if (!text)
		return -ENOENT;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (end == text || *end || errno || isspace((unsigned char)*text))
		return -EINVAL;
	*value = number;
	return 0;
}

static int
int_within(const struct msg *m, const char *name, int64_t min, int64_t max,
    int64_t *value, struct err *err)
{
	int64_t number;

	if (sdp_int(m, name, &number) < 0 || number < min || number > max)
		return err_set(err, -EINVAL, "field '%s' is no number from %lld to %lld",
		    name, (long long)min, (long long)max);
	*value = number;
	return 0;
}

static bool
is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			return false;
	return true;
}

/* A name: there, not too long, nothing that would spoil a line. */
static int
name_within(const struct msg *m, const char *field, char *out, size_t max,
    struct err *err)
{
	const char *text = msg_str(m, field);

	if (!text || *text == '\0')
		return err_set(err, -EINVAL, "field '%s' is missing", field);
	if (strlen(text) > max || !is_printable(text))
		return err_set(err, -EINVAL, "field '%s' is too long, or no name", field);
	strcpy(out, text);
	return 0;
}

/* Blanks would make two of it in a list. */
static int
node_within(const struct msg *m, char out[SD_NODE_MAX + 1], struct err *err)
{
	int r = name_within(m, "node", out, SD_NODE_MAX, err);

	if (r == 0 && strpbrk(out, " ,"))
		r = err_set(err, -EINVAL, "field 'node' is no name of a node");
	return r;
}

static int
text_within(const struct msg *m, const char *field, char *out, size_t max,
    struct err *err)
{
	const char *text = msg_str(m, field);

	if (text && strlen(text) > max)
		return err_set(err, -EINVAL, "field '%s' is too long", field);
	strcpy(out, text ? text : "");
	return 0;
}

/* Clients. */

static int
fence_parse(const struct msg *m, struct sd_request *fence, struct err *err)
{
	int64_t op = 0;
	int r = int_within(m, "optype", 0, SD_OP_COUNT - 1, &op, err);

	if (r == 0)
		r = int_within(m, "timeout", 1, SD_TIMEOUT_MAX_MS, &fence->timeout_ms,
		    err);
	if (r == 0)
		r = node_within(m, fence->node, err);
	if (r == 0)
		r = text_within(m, "node_uuid", fence->uuid, SD_TEXT_MAX, err);
	if (r == 0)
		r = text_within(m, "pdata", fence->pdata, SD_TEXT_MAX, err);
	fence->op = (enum sd_op)op;
	fence->has_pdata = msg_str(m, "pdata") != NULL;
	return r;
}

static int
resource_parse(const struct msg *m, struct sdp_request *request, struct err *err)
{
	static const struct {
		const char *word;
		enum sdp_raop raop;
	} words[] = { { "start", SDP_START }, { "stop", SDP_STOP },
		{ "monitor", SDP_MONITOR }, { "status", SDP_MONITOR } };
	const struct msg_field *params = msg_find(m, "params");
	int r = name_within(m, "raoptype", request->raop_name,
	    sizeof(request->raop_name) - 1, err);
	size_t i = 0;

	if (r == 0)
		r = name_within(m, "rscid", request->resource, SD_ID_MAX, err);
	if (r == 0)
		r = name_within(m, "raname", request->type, SD_TYPE_MAX, err);
	while (r == 0 && i < ARRAY_LEN(words) &&
	       strcmp(words[i].word, request->raop_name) != 0)
		i++;
	if (r == 0 && i == ARRAY_LEN(words))
		r = err_set(err, -EINVAL, "'%s' cannot be done with a resource",
		    request->raop_name);
	if (r < 0)
		return r;
	request->raop = words[i].raop;
	if (params && params->type != MSG_STRUCT && params->type != MSG_TO_COMPRESS)
		return err_set(err, -EINVAL, "field 'params' is no struct");
	request->params = params;
	return 0;
}

int
sdp_request_parse(const struct msg *m, struct sdp_request *request, struct err *err)
{
	const char *what = msg_str(m, "stonithd"), *word = msg_str(m, "reqest");
	size_t kind = 0;
	int r;

	*request = (struct sdp_request){ .kind = SDP_SIGNON };
	if (!what || strcmp(what, "apireq") != 0 || !word)
		return err_set(err, -EINVAL, "no request");
	while (kind < SDP_KIND_COUNT && strcmp(sdp_kind_names[kind], word) != 0)
		kind++;
	if (kind == SDP_KIND_COUNT)
		return err_set(err, -EINVAL, "unknown request '%.32s'", word);
	request->kind = (enum sdp_kind)kind;
	r = name_within(m, "cname", request->name, SD_ID_MAX, err);
	if (r == 0)
		r = int_within(m, "cpid", 1, INT32_MAX, &request->pid, err);
	if (r == 0)
		r = text_within(m, "cookie", request->cookie, SDP_COOKIE_MAX, err);
	if (r == 0 && request->kind == SDP_FENCE)
		r = fence_parse(m, &request->fence, err);
	if (r == 0 && request->kind == SDP_RESOURCE)
		r = resource_parse(m, request, err);
	strcpy(request->fence.client_name, request->name);
	request->fence.client_pid = request->pid;
	return r;
}

/* Parameters. */

int64_t
sdp_time_parse(const char *text)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "sec", 1000 }, { "ms", 1 },
		{ "msec", 1 }, { "m", 60000 }, { "min", 60000 }, { "h", 3600000 },
		{ "hr", 3600000 } };
	char *end;
	unsigned long value;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	value = strtoul(text, &end, 10);
	for (size_t i = 0; i < ARRAY_LEN(units) && !errno; i++)
		if (strcasecmp(end, units[i].unit) == 0) {
			if (value > (unsigned long)(SD_TIMEOUT_MAX_MS / units[i].ms))
				return -EINVAL;
			return (int64_t)value * units[i].ms;
		}
	return -EINVAL;
}

static bool
is_for_crm(const char *name)
{
	return strncmp(name, "CRM_meta_", 9) == 0 || strcmp(name, "crm_feature_set") == 0;
}

static int
param_parse(const char *name, const char *value, struct sdp_params *params,
    struct err *err)
{
	char *end;

	if (strlen(name) > SDP_PARAM_NAME_MAX || strlen(value) > SDP_PARAM_MAX)
		return err_set(err, -EINVAL, "parameter '%.64s' is too long", name);
	if (strcmp(name, "priority") == 0) {
		errno = 0;
		params->priority = strtoll(value, &end, 10);
		if (end == value || *end || errno)
			return err_set(err, -EINVAL, "priority '%.32s' is no number",
			    value);
		return 0;
	}
	if (strcmp(name, "stonith-timeout") == 0) {
		params->limit_ms = sdp_time_parse(value);
		if (params->limit_ms <= 0)
			return err_set(err, -EINVAL,
			    "stonith-timeout '%.32s' is no time, like 60s", value);
		return 0;
	}
	return is_for_crm(name) ? 0 : params->take(params->data, name, value, err);
}

int
sdp_params_parse(const struct msg_field *field, struct sdp_params *params,
    struct err *err)
{
	uint8_t *store;
	size_t size;
	struct msg child;
	int r = 0;

	params->priority = params->limit_ms = 0;
	if (!field)
		return 0;
	size = field->len + 4096;
	store = malloc(size);
	if (!store)
		return err_set(err, -ENOMEM, "no memory");
	if (msg_child(field, NULL, &child, store, size, err) < 0)
		r = -EINVAL;
	for (size_t i = 0; r == 0 && i < child.count; i++)
		if (child.field[i].type == MSG_STRING)
			r = param_parse(child.field[i].name,
			    (const char *)child.field[i].value, params, err);
	explicit_bzero(store, size);
	free(store);
	return r;
}

/* Between stonithds. */

static const char *const message_types[SD_MESSAGE_COUNT] = { [SD_WHOCANST] = "whocanst",
	[SD_ICANST] = "icanst",
	[SD_ICANTST] = "icantst",
	[SD_STIT] = "stit",
	[SD_RSTIT] = "rstit",
	[SD_RESETTED] = "resetted" };

int
sdp_message_parse(const struct msg *m, struct sd_message *out)
{
	const char *type = msg_type(m), *src = msg_str(m, "src");
	int64_t op = SD_RESET, timeout = 0, callid = 0, result = SD_SUCCEEDED,
	        priority = 0;
	size_t i = 0;
	int r = 0;
	bool asks, about;

	while (i < SD_MESSAGE_COUNT && strcmp(message_types[i], type) != 0)
		i++;
	if (i == SD_MESSAGE_COUNT)
		return -ENOENT;
	*out = (struct sd_message){ .type = (enum sd_message_type)i };
	asks = i == SD_STIT || i == SD_WHOCANST;
	about = asks || i == SD_RESETTED;
	if (!src || *src == '\0' || strlen(src) > SD_NODE_MAX || !is_printable(src))
		return -EINVAL;
	strcpy(out->peer, src);
	if (about || msg_str(m, "node"))
		r = node_within(m, out->node, NULL);
	if (r == 0 && asks)
		r = int_within(m, "optype", 0, SD_OP_COUNT - 1, &op, NULL);
	if (r == 0 && asks)
		r = int_within(m, "timeout", 1, SD_TIMEOUT_MAX_MS, &timeout, NULL);
	if (r == 0 && i != SD_RESETTED)
		r = int_within(m, "callid", INT32_MIN, INT32_MAX, &callid, NULL);
	if (r == 0 && i == SD_RSTIT)
		r = int_within(m, "frc", 0, SD_RESULT_COUNT - 1, &result, NULL);
	if (r < 0)
		return -EINVAL;
	sdp_int(m, "hbprio", &priority);
	out->modern = msg_str(m, "hbans") != NULL;
	out->op = (enum sd_op)op;
	out->timeout_ms = timeout;
	out->callid = (int32_t)callid;
	out->result = (enum sd_result)result;
	out->priority = priority;
	return 0;
}

int
sdp_message_make(const struct sd_message *message, struct msg *m)
{
	bool asks = message->type == SD_STIT || message->type == SD_WHOCANST;
	int r = msg_add_str(m, "t", message_types[message->type]);

	if (r == 0 && message->peer[0])
		r = msg_add_str(m, "dest", message->peer);
	if (r == 0 && message->node[0])
		r = msg_add_str(m, "node", message->node);
	if (r == 0 && asks)
		r = msg_add_dec(m, "optype", message->op);
	if (r == 0 && asks)
		r = msg_add_dec(m, "timeout", message->timeout_ms);
	if (r == 0 && message->type != SD_RESETTED)
		r = msg_add_dec(m, "callid", message->callid);
	if (r == 0 && message->type == SD_RSTIT)
		r = msg_add_dec(m, "frc", message->result);
	if (r == 0 && message->type == SD_ICANST && message->priority)
		r = msg_add_dec(m, "hbprio", message->priority);
	if (r == 0 && message->modern)
		r = msg_add_str(m, "hbans", "1");
	return r;
}
