/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays the recorded sessions of vectors/api as the client: each recorded request
 * becomes the call that made it, and what our library sends must be what the old one
 * sent. The daemon's part is played from the recording, and what calls return must be
 * what it says.  Masked are the client's pid, user and group.
 *
 *   hbclient_test            all recordings of programs that used the library
 *   hbclient_test FILE...    these
 */
#include "tests/unit/hbclient_script.h"

#include "heartbeat/message/message.h"
#include "lib/array.h"

#include <dirent.h>
#include <grp.h>
#include <libgen.h>

#define VECTORS "../shared/vectors/api"
#define LINE_SIZE (1 << 20)
#define CLIENT_MS 2000

static const char *const wanted[] = { "libhbclient-", "cl-", "ipfail-", "dopd-",
	"api_test-node" };

static const struct {
	const char *prefix, *why;
} skipped[] = {
	{ "cl-hbstatus-stopped", "nobody listens there" },
	{ "cl-hbstatus-v", "has a connection to ccm, too" },
};

/* ---- The recording ---- */

struct frame {
	bool is_sent; /* by the client */
	char *body;
	size_t len;
};

static struct frame frames[SCRIPT_MAX];
static size_t frame_count;

static void
recording_clear(void)
{
	while (frame_count > 0)
		free(frames[--frame_count].body);
}

static void
frame_add(const char *hex, bool is_sent)
{
	size_t len = strspn(hex, "0123456789abcdef") / 2;
	char *body = malloc(len + 1);
	unsigned byte;

	assert(body && frame_count < SCRIPT_MAX);
	for (size_t i = 0; i < len; i++) {
		sscanf(hex + 2 * i, "%2x", &byte);
		body[i] = (char)byte;
	}
	body[len] = '\0';
	frames[frame_count++] = (struct frame){ is_sent, body, len };
}

static bool
recording_read(const char *path)
{
	char *line = malloc(LINE_SIZE);
	FILE *file = fopen(path, "r");
	bool good = true;

	recording_clear();
	while (file && fgets(line, LINE_SIZE, file)) {
		if (strncmp(line, "C>S [", 5) == 0 || strncmp(line, "S>C [", 5) == 0)
			good = false; /* several connections */
		else if (strncmp(line, "C>S ", 4) == 0 || strncmp(line, "S>C ", 4) == 0)
			frame_add(line + 4 + 17, line[0] == 'C');
	}
	if (file)
		fclose(file);
	free(line);
	return good && frame_count > 0;
}

/* Field NAME of FRAME, "" when it has none; for classic text.  Good until a few more
 * fields were asked for. */
static const char *
field(const struct frame *frame, const char *name)
{
	static char values[8][512];
	static unsigned turn;
	char *value = values[turn++ % 8], start[64];
	const char *at;

	value[0] = '\0';
	snprintf(start, sizeof(start), "\n%s=", name);
	at = strstr(frame->body, start);
	if (at)
		snprintf(value, 512, "%.*s", (int)strcspn(at + strlen(start), "\n"),
		    at + strlen(start));
	return value;
}

static bool
is_request(const struct frame *frame)
{
	return strstr(frame->body, "\nt=hbapi-req\n") != NULL;
}

/* Replaces the value of a line; for numbers that differ from run to run. */
static void
field_put(struct frame *frame, const char *name, long value)
{
	char start[64], *at, *body;
	size_t before, behind;

	snprintf(start, sizeof(start), "\n%s=", name);
	at = strstr(frame->body, start);
	if (!at)
		return;
	before = (size_t)(at - frame->body) + strlen(start);
	behind = before + strcspn(frame->body + before, "\n");
	body = calloc(1, frame->len + 32);
	assert(body);
	memcpy(body, frame->body, before);
	before += (size_t)sprintf(body + before, "%ld", value);
	memcpy(body + before, frame->body + behind, frame->len - behind);
	frame->len = before + frame->len - behind;
	free(frame->body);
	frame->body = body;
}

static void
recording_mask(void)
{
	for (size_t i = 0; i < frame_count; i++) {
		struct frame *frame = &frames[i];

		if (!frame->is_sent || !is_request(frame))
			continue;
		if (strcmp(field(frame, "from_id"), field(frame, "pid")) == 0)
			field_put(frame, "from_id", (long)getpid());
		field_put(frame, "pid", (long)getpid());
		field_put(frame, "uid", (long)geteuid());
		field_put(frame, "gid", (long)getegid());
	}
}

/* ---- The calls ---- */

static ll_cluster_t *hb;
static const char *current;

/* What the daemon said to the request at I: in the last answer before the next request.
 * Of a client on another node that one's daemon speaks. */
static const struct frame *
answer_to(size_t i)
{
	const struct frame *found = NULL;
	char reqtype[64], node[256];

	snprintf(reqtype, sizeof(reqtype), "%s", field(&frames[i], "reqtype"));
	snprintf(node, sizeof(node), "%s", field(&frames[i], "node"));

	for (size_t j = i + 1; j < frame_count; j++) {
		const struct frame *f = &frames[j];

		if (f->is_sent)
			break;
		if (strcmp(field(f, "reqtype"), reqtype) == 0 ||
		    (strcmp(reqtype, "clientstatus") == 0 &&
		        strcmp(field(f, "t"), T_RCSTATUS) == 0 &&
		        strcmp(field(f, "src"), node) == 0))
			found = f;
	}
	return found;
}

/* Whether a call returned what the daemon said, or nothing where it said nothing. */
static void
same(size_t i, const char *got, const char *name)
{
	const struct frame *answer = answer_to(i);
	const char *want = answer ? field(answer, name) : "";

	if (*want || (got && *got))
		CHECK_STR(got, want, "%s: %s of frame %zu", current, name, i);
}

static void
walk_nodes(size_t i)
{
	size_t last = i, count = 0;

	CHECK_INT(hb->llc_ops->init_nodewalk(hb), HA_OK, "%s: nodes", current);
	for (size_t j = i + 1; j < frame_count && !frames[j].is_sent; j++)
		if (strcmp(field(&frames[j], "reqtype"), "nodelist") == 0)
			last = j;
	for (size_t j = last; j > i; j--) {
		if (strcmp(field(&frames[j], "reqtype"), "nodelist") != 0)
			continue;
		CHECK_STR(hb->llc_ops->nextnode(hb), field(&frames[j], "node"),
		    "%s: node %zu from the end", current, count++);
	}
	CHECK(hb->llc_ops->nextnode(hb) == NULL, "%s: no more nodes", current);
	hb->llc_ops->end_nodewalk(hb);
}

static void
walk_links(size_t i)
{
	const struct frame *answer = answer_to(i);
	bool refused = answer && strcmp(field(answer, "result"), "badreq") == 0;

	CHECK_INT(hb->llc_ops->init_ifwalk(hb, field(&frames[i], "node")),
	    refused ? HA_FAIL : HA_OK, "%s: links", current);
	if (refused)
		CHECK_STR(hb->llc_ops->errmsg(hb), field(answer, "info"), "%s: why",
		    current);
	hb->llc_ops->end_ifwalk(hb);
}

static void
ask_identity(size_t i, const char *reqtype)
{
	struct ha_msg *request = wirefmt2msg(frames[i].body, frames[i].len, 0);
	const struct frame *frame = answer_to(i);
	struct ha_msg *answer = frame ? wirefmt2msg(frame->body, frame->len, 0) : NULL;
	cl_uuid_t uuid, want;
	char name[256];

	if (strcmp(reqtype, "getuuid") == 0) {
		int known = cl_get_uuid(answer, "queryuuid", &want);

		CHECK_INT(hb->llc_ops->get_uuid_by_name(hb,
		              cl_get_string(request, "queryname"), &uuid),
		    known, "%s: known", current);
		if (known == HA_OK)
			CHECK(memcmp(&uuid, &want, 16) == 0, "%s: the uuid", current);
	} else if (cl_get_uuid(request, "queryuuid", &uuid) == HA_OK) {
		hb->llc_ops->get_name_by_uuid(hb, &uuid, name, sizeof(name));
		same(i, name, "queryname");
	}
	ha_msg_del(request);
	ha_msg_del(answer);
}

static void
ask(size_t i)
{
	const struct frame *f = &frames[i];
	char reqtype[64], node[256], number[24];

	snprintf(reqtype, sizeof(reqtype), "%s", field(f, "reqtype"));
	snprintf(node, sizeof(node), "%s", field(f, "node"));

	if (strcmp(reqtype, "nodelist") == 0) {
		walk_nodes(i);
	} else if (strcmp(reqtype, "iflist") == 0) {
		walk_links(i);
	} else if (strcmp(reqtype, "nodestatus") == 0) {
		same(i, hb->llc_ops->node_status(hb, node), "st");
	} else if (strcmp(reqtype, "nodetype") == 0) {
		same(i, hb->llc_ops->node_type(hb, node), "nodetype");
	} else if (strcmp(reqtype, "nodesite") == 0) {
		same(i, hb->llc_ops->node_site(hb, node), "site");
	} else if (strcmp(reqtype, "nodeweight") == 0) {
		snprintf(number, sizeof(number), "%d",
		    hb->llc_ops->node_weight(hb, node));
		same(i, strcmp(number, "-1") ? number : NULL, "weight");
	} else if (strcmp(reqtype, "numnodes") == 0) {
		snprintf(number, sizeof(number), "%d", hb->llc_ops->num_nodes(hb));
		same(i, number, "numnodes");
	} else if (strcmp(reqtype, "ifstatus") == 0) {
		same(i, hb->llc_ops->if_status(hb, node, field(f, "ifname")), "st");
	} else if (strcmp(reqtype, "clientstatus") == 0) {
		same(i, hb->llc_ops->client_status(hb, node, field(f, "cn"), CLIENT_MS),
		    "cs");
	} else if (strcmp(reqtype, "getparm") == 0) {
		char *value = hb->llc_ops->get_parameter(hb, field(f, "pname"));

		same(i, value, "pvalue");
		free(value);
	} else if (strcmp(reqtype, "getrsc") == 0) {
		same(i, hb->llc_ops->get_resources(hb), "rsc_hold");
	} else if (strcmp(reqtype, "getuuid") == 0 ||
	           strcmp(reqtype, "getnodename") == 0) {
		ask_identity(i, reqtype);
	} else if (strcmp(reqtype, "setfilter") == 0) {
		CHECK_INT(hb->llc_ops->setfmode(hb, LLC_FILTER_DEFAULT), HA_OK, "%s",
		    current);
	} else if (strcmp(reqtype, "setsignal") == 0) {
		CHECK_INT(hb->llc_ops->setmsgsignal(hb, atoi(field(f, "signal"))), HA_OK,
		    "%s", current);
	} else if (strcmp(reqtype, "signoff") == 0) {
		hb->llc_ops->signoff(hb, TRUE);
	} else {
		CHECK(false, "%s: request %s is not known here", current, reqtype);
	}
}

/* Without what the library adds, as the program had made it. */
static void
send_again(const struct frame *f)
{
	struct ha_msg *msg = wirefmt2msg(f->body, f->len, 0);
	const char *dest, *type;
	bool is_ordered;
	cl_uuid_t uuid;
	char node[128];

	CHECK(msg != NULL, "%s: cannot read the recording", current);
	if (!msg)
		return;
	type = cl_get_string(msg, F_TYPE);
	is_ordered = cl_msg_remove(msg, F_ORDERSEQ) == HA_OK;
	dest = cl_get_string(msg, F_TO);
	snprintf(node, sizeof(node), "%s", dest ? dest : "");
	if (strcmp(type, T_QCSTATUS) == 0) {
		hb->llc_ops->client_status(hb, NULL, cl_get_string(msg, F_CLIENTNAME), 0);
	} else if (cl_get_uuid(msg, F_TOUUID, &uuid) == HA_OK) {
		cl_msg_remove(msg, F_TOUUID);
		hb->llc_ops->sendnodemsg_byuuid(hb, msg, &uuid);
	} else if (is_ordered && dest) {
		cl_msg_remove(msg, F_TO);
		hb->llc_ops->send_ordered_nodemsg(hb, msg, node);
	} else if (is_ordered) {
		hb->llc_ops->send_ordered_clustermsg(hb, msg);
	} else if (dest) {
		hb->llc_ops->sendnodemsg(hb, msg, node); /* dest stays in its place */
	} else {
		hb->llc_ops->sendclustermsg(hb, msg);
	}
	ha_msg_del(msg);
}

/* ---- One recording ---- */

/* client_status() to all asks for the number of nodes itself. */
static bool
is_asked_by_next(size_t i)
{
	if (strcmp(field(&frames[i], "reqtype"), "numnodes") != 0)
		return false;
	for (size_t j = i + 1; j < frame_count; j++)
		if (frames[j].is_sent)
			return strcmp(field(&frames[j], "t"), T_QCSTATUS) == 0;
	return false;
}

static void
replay(void)
{
	char name[64];
	bool is_casual;

	snprintf(name, sizeof(name), "%s", field(&frames[0], "from_id"));
	is_casual = atoi(name) == getpid();
	for (size_t i = 0; i < frame_count; i++)
		script_add(frames[i].is_sent ? SCRIPT_WAIT : SCRIPT_SEND, frames[i].body,
		    frames[i].len);
	CHECK_INT(sethostname(field(&frames[0], "dest"),
	              strlen(field(&frames[0], "dest"))),
	    0, "the name of the node");
	script_start();
	hb = ll_cluster_new("heartbeat");
	CHECK_INT(hb->llc_ops->signon(hb, is_casual ? NULL : name), HA_OK, "%s: %s",
	    current, hb->llc_ops->errmsg(hb));
	for (size_t i = 1; i < frame_count; i++) {
		if (!frames[i].is_sent || is_asked_by_next(i))
			continue;
		if (is_request(&frames[i]))
			ask(i);
		else
			send_again(&frames[i]);
	}
	hb->llc_ops->delete (hb);
	script_end();
}

static void
test_current(void)
{
	recording_mask();
	replay();
}

static const char *
skip_reason(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(skipped); i++)
		if (strncmp(name, skipped[i].prefix, strlen(skipped[i].prefix)) == 0)
			return skipped[i].why;
	return NULL;
}

static int
run(const char *path)
{
	char copy[512], label[300];
	struct check_case one = { label, test_current };

	snprintf(copy, sizeof(copy), "%s", path);
	current = basename(copy);
	snprintf(label, sizeof(label), "%s", current);
	if (skip_reason(current)) {
		printf("skip hbclient_vectors/%s: %s\n", current, skip_reason(current));
		return 0;
	}
	if (!recording_read(path)) {
		printf("skip hbclient_vectors/%s: not one connection\n", current);
		return 0;
	}
	return check_main("hbclient_vectors", &one, 1);
}

static int
is_wanted(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	for (size_t i = 0; dot && strcmp(dot, ".vec") == 0 && i < ARRAY_LEN(wanted); i++)
		if (strncmp(entry->d_name, wanted[i], strlen(wanted[i])) == 0)
			return 1;
	return 0;
}

int
main(int argc, char **argv)
{
	struct dirent **list;
	int count, failed = 0;

	if (!script_possible()) {
		printf("skip hbclient_vectors: no namespaces here\n");
		return 0;
	}
	for (int i = 1; i < argc; i++)
		failed |= run(argv[i]);
	if (argc > 1)
		return failed;
	count = scandir(VECTORS, &list, is_wanted, alphasort);
	if (count <= 0) {
		printf("skip hbclient_vectors: no recordings in " VECTORS "\n");
		return 0;
	}
	for (int i = 0; i < count; i++) {
		char path[512];

		snprintf(path, sizeof(path), VECTORS "/%s", list[i]->d_name);
		failed |= run(path);
		free(list[i]);
	}
	free(list);
	return failed;
}
