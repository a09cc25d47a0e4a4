/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resource core among peers, scripts and fencing devices that answer anything at any
 * time.  Whatever they do:
 *  - the invariants of rsc_check() hold after each step;
 *  - one script runs at a time, of a resource that is configured, and only it is killed;
 *  - each question of an old peer is answered at most once;
 *  - a timer that has fired is not armed for a moment that is over (no spinning);
 *  - once we leave and everything answers, RSC_EV_LEFT comes, exactly once, and then
 *    nothing that we know of runs here any more, nor is anything started again.
 */
#include "heartbeat/config/config.h"
#include "heartbeat/resources/resources.h"
#include "tests/fuzz/steps.h"

#include <errno.h>

#define OWN_MAX 64
#define WORD_MAX 16
#define END_MAX 20000 /* steps of the end; an honest one takes a few hundred */

static const char *const nodes[] = { "alpha", "beta", "gamma", "delta" };

/* Groups come, go and change their home; a group keeps its resources. */
static const char *const files[] = {
	"alpha One Two::x\nbeta Three\n",
	"alpha One Two::x\n",
	"beta One Two::x\nalpha Three\n",
	"alpha One Two::x\nbeta Three\ngamma Four Five Six\ndelta Seven\nalpha Eight\n",
	"stranger One Two::x\nalpha Three\n",
	"\n",
};

struct script {
	bool runs, soft;
	uint32_t id;
	enum rsc_op op;
	char word[32];
};

struct shell {
	struct steps in;
	struct rsc *rsc;
	struct rsc_conf conf;
	struct instant now, armed;
	struct script script;
	bool fencing[ARRAY_LEN(nodes)];
	bool up, restart, leaving, left, late, reboot, released;
	unsigned questions, answers;
	char asked[24]; /* the number of our last question */
	/* What was started here and not stopped, as far as scripts say. */
	struct active {
		char word[32];
		bool is;
	} active[WORD_MAX];
	/* Our own messages, which come back like those of others. */
	struct own {
		char type[24];
		uint8_t store[4096];
		struct msg m;
	} own[OWN_MAX]; /* ring */
	size_t own_first, own_count;
};

static struct conf_groups groups[ARRAY_LEN(files)];
static struct shell shell;

/* What the core asks for. */

static bool *
active_of(struct shell *sh, const char *word)
{
	size_t i = 0;

	while (i < WORD_MAX && sh->active[i].word[0] &&
	       strcmp(sh->active[i].word, word) != 0)
		i++;
	FUZZ_MUST(i < WORD_MAX && strlen(word) < sizeof(sh->active[i].word));
	strcpy(sh->active[i].word, word);
	return &sh->active[i].is;
}

static void
fx_send(void *data, const struct rsc_send *send)
{
	struct shell *sh = data;
	struct own *own;

	FUZZ_MUST(send->type[0] && send->count <= RSC_SEND_FIELDS);
	FUZZ_MUST(!sh->left);
	if (strcmp(send->type, "ip-request-resp") == 0)
		FUZZ_MUST(++sh->answers <= sh->questions);
	FUZZ_MUST(sh->own_count < OWN_MAX);
	own = &sh->own[(sh->own_first + sh->own_count++) % OWN_MAX];
	msg_init(&own->m, own->store, sizeof(own->store));
	FUZZ_MUST(msg_add_str(&own->m, "t", send->type) == 0);
	for (size_t i = 0; i < send->count; i++) {
		const char *name = send->field[i].name, *value = send->field[i].value;

		FUZZ_MUST(name && value);
		FUZZ_MUST(msg_add_str(&own->m, name, value) == 0);
		if (strcmp(name, "hbask") == 0)
			snprintf(sh->asked, sizeof(sh->asked), "%s", value);
		if (strcmp(send->type, "resource") == 0 && strcmp(name, "info") == 0 &&
		    strcmp(value, "shutdown") == 0)
			sh->released = true;
	}
}

static void
fx_run(void *data, const struct rsc_run *run)
{
	struct shell *sh = data;

	FUZZ_MUST(!sh->script.runs && run->id != 0 && !sh->left);
	FUZZ_MUST(run->op <= RSC_ANNOUNCE && run->resource->script[0]);
	FUZZ_MUST(
	    run->op != RSC_GIVEIP || (run->key[0] && run->asker[0] && sh->questions > 0));
	FUZZ_MUST(run->op != RSC_START || !sh->released);
	sh->script = (struct script){ .runs = true, .id = run->id, .op = run->op };
	FUZZ_MUST(strlen(run->resource->word) < sizeof(sh->script.word));
	strcpy(sh->script.word, run->resource->word);
	for (size_t i = 0; i < run->resource->arg_count; i++)
		FUZZ_MUST(run->resource->arg[i] != NULL);
	if (run->op == RSC_START)
		*active_of(sh, run->resource->word) = true;
}

static void
fx_kill(void *data, uint32_t id, bool hard)
{
	struct shell *sh = data;

	FUZZ_MUST(sh->script.runs && sh->script.id == id);
	FUZZ_MUST(hard == sh->script.soft && sh->conf.script_timeout_ms > 0);
	sh->script.soft = true;
}

static void
fx_fence(void *data, const char *node)
{
	struct shell *sh = data;
	size_t i = 0;

	FUZZ_MUST(sh->conf.can_fence && !sh->left);
	while (i < sh->conf.node_count && strcmp(nodes[i], node) != 0)
		i++;
	FUZZ_MUST(i < sh->conf.node_count && i != sh->conf.self);
	FUZZ_MUST(!sh->fencing[i]);
	sh->fencing[i] = true;
}

static void
fx_fence_stop(void *data, const char *node)
{
	struct shell *sh = data;
	size_t i = 0;

	while (i < sh->conf.node_count && strcmp(nodes[i], node) != 0)
		i++;
	FUZZ_MUST(i < sh->conf.node_count && sh->fencing[i]);
	sh->fencing[i] = false;
}

static void
fx_fence_lied(void *data, const char *node)
{
	(void)node;
	FUZZ_MUST(((struct shell *)data)->conf.can_fence);
}

static void
fx_arm(void *data, struct instant when)
{
	struct shell *sh = data;

	sh->armed = when;
	FUZZ_MUST(!instant_is_set(when) || when.ns > sh->now.ns);
}

static void
fx_tell(void *data, const struct rsc_event *event)
{
	struct shell *sh = data;

	FUZZ_MUST(event->why && *event->why);
	FUZZ_MUST(!sh->left || event->type == RSC_EV_STABLE);
	switch (event->type) {
	case RSC_EV_GROUP:
		FUZZ_MUST(event->key && *event->key && event->word && *event->word);
		break;
	case RSC_EV_HOLDER:
		FUZZ_MUST(event->key && *event->key && event->word);
		break;
	case RSC_EV_STABLE:
		FUZZ_MUST(strcmp(event->word, rsc_word(sh->rsc)) == 0);
		break;
	case RSC_EV_LEFT:
		FUZZ_MUST(sh->leaving || sh->restart);
		sh->left = true;
		break;
	case RSC_EV_RESTART:
		FUZZ_MUST(!sh->leaving && !sh->restart);
		sh->restart = true;
		break;
	case RSC_EV_FENCED:
		FUZZ_MUST(event->word && *event->word);
		sh->reboot = true;
		break;
	case RSC_EV_REBOOT:
		FUZZ_MUST(event->key && event->word);
		sh->reboot = true;
		break;
	}
}

static void
fx_log(void *data, int priority, const char *text)
{
	struct shell *sh = data;

	FUZZ_MUST(priority >= 0 && priority <= 7 && *text);
	if (strncmp(text, "resources are not released", 26) == 0)
		sh->late = true;
	if (getenv("FUZZ_TRACE"))
		fprintf(stderr, "  log %s\n", text);
}

static const struct rsc_effects effects = {
	.send = fx_send,
	.run = fx_run,
	.kill = fx_kill,
	.fence = fx_fence,
	.fence_stop = fx_fence_stop,
	.fence_lied = fx_fence_lied,
	.arm = fx_arm,
	.tell = fx_tell,
	.log = fx_log,
};

/* What the core is told. */

static const char *
some_node(struct shell *sh)
{
	static const char *const others[] = { "BETA", "stranger", "", "10.0.0.3" };
	unsigned pick = steps_below(&sh->in, 16);

	return pick < 12 ? nodes[pick % ARRAY_LEN(nodes)]
	                 : others[pick % ARRAY_LEN(others)];
}

static void
step_message(struct shell *sh)
{
	static const char *const types[] = { "starting", "resource", "resource",
		"resource", "ask_resources", "ask_resources", "hb_takeover", "ip-request",
		"ip-request-resp", "shutdone", "stonith", "stonith", "status", "" };
	static const char *const names[] = { "rsc_hold", "rsc_hold", "info", "isstable",
		"rtype", "hbhold", "hbans", "hbask", "hbto", "ipaddr", "ok", "weown",
		"dest", "node", "result", "hbgen" };
	static const char *const values[] = { "all", "none", "local", "foreign", "me",
		"other", "done", "shutdown", "standby", "failback", "full", "1", "0",
		"OK", "-", "One", "Three", "alpha", "beta", "alpha gamma", "bad", "yes",
		"no", "alive", "7" };
	const char *from = some_node(sh), *type = STEPS_ONE_OF(&sh->in, types);
	uint8_t store[2048];
	char text[64];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	FUZZ_MUST(msg_add_str(&m, "t", type) == 0);
	for (unsigned left = steps_below(&sh->in, 8); left > 0; left--) {
		const char *name = STEPS_ONE_OF(&sh->in, names);
		unsigned pick = steps_below(&sh->in, 64);

		if (pick < 48) {
			msg_add_str(&m, name, values[pick % ARRAY_LEN(values)]);
		} else if (pick < 56) {
			msg_add_str(&m, name, sh->asked);
		} else if (pick < 62) {
			msg_add_str(&m, name, steps_text(&sh->in, text, sizeof(text)));
		} else {
			msg_add(&m, MSG_BINARY, name, "\0\1\2", 3);
		}
	}
	sh->questions += strcmp(type, "ip-request") == 0;
	rsc_message(sh->rsc, sh->now, from, &m);
}

/* One that an honest peer might send now. */
static void
step_sound_message(struct shell *sh)
{
	static const char *const holds[] = { "local", "none", "all", "foreign" };
	static const char *const infos[] = { "me", "other", "done" };
	static const char *const keys[] = { "One", "Three", "Four", "Seven" };
	const char *from = nodes[steps_below(&sh->in, sh->conf.node_count)];
	const char *hold = STEPS_ONE_OF(&sh->in, holds);
	unsigned flags = steps_byte(&sh->in);
	uint8_t store[1024];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	if (flags & 1)
		msg_add_str(&m, "hbans", sh->asked);
	switch (flags >> 1 & 3) {
	case 0:
		msg_add_str(&m, "t", "resource");
		msg_add_str(&m, "rsc_hold", hold);
		msg_add_str(&m, "rtype", "full");
		msg_add_str(&m, "isstable", flags & 8 ? "0" : "1");
		break;
	case 1:
		msg_add_str(&m, "t", "ask_resources");
		msg_add_str(&m, "rsc_hold", hold);
		msg_add_str(&m, "info", infos[(flags >> 3) % ARRAY_LEN(infos)]);
		break;
	case 2:
		msg_add_str(&m, "t", flags & 8 ? "starting" : "ip-request");
		msg_add_str(&m, "ipaddr", keys[(flags >> 4) % ARRAY_LEN(keys)]);
		sh->questions++;
		break;
	default:
		msg_add_str(&m, "t", "ip-request-resp");
		msg_add_str(&m, "dest", nodes[sh->conf.self]);
		msg_add_str(&m, "ipaddr", keys[(flags >> 4) % ARRAY_LEN(keys)]);
		msg_add_str(&m, "weown", flags & 8 ? "yes" : "no");
		msg_add_str(&m, "ok", "OK");
	}
	rsc_message(sh->rsc, sh->now, from, &m);
}

static void
step_own(struct shell *sh)
{
	struct own *own = &sh->own[sh->own_first];

	if (sh->own_count == 0)
		return;
	sh->questions += strcmp(msg_type(&own->m), "ip-request") == 0;
	rsc_message(sh->rsc, sh->now, nodes[sh->conf.self], &own->m);
	sh->own_first = (sh->own_first + 1) % OWN_MAX;
	sh->own_count--;
}

/* The answer of a script, as the one who wrote it likes. */
static void
answer(struct shell *sh, int code, const char *output, size_t len)
{
	struct script ended = sh->script;
	bool *active;

	if (!ended.runs)
		return;
	sh->script.runs = false;
	active = active_of(sh, ended.word);
	if (ended.op == RSC_STOP && code == 0)
		*active = false;
	else if (ended.op == RSC_STATUS && code >= 0)
		*active = len > 0;
	rsc_ran(sh->rsc, sh->now, ended.id, code, output, len);
}

static void
step_ran(struct shell *sh)
{
	static const char *const outputs[] = { "", "", "running", "OK" };
	static const int codes[] = { 0, 0, 0, 1, 255, -1 };
	const char *output = STEPS_ONE_OF(&sh->in, outputs);
	int code = STEPS_ONE_OF(&sh->in, codes);

	answer(sh, code, output, strlen(output));
}

/* Scripts work, until none runs. */
static void
step_work(struct shell *sh)
{
	bool *active;

	for (unsigned left = 32; left > 0 && sh->script.runs; left--) {
		active = active_of(sh, sh->script.word);
		answer(sh, 0, "running", sh->script.op == RSC_STATUS && *active ? 7 : 0);
	}
}

/* Everybody lives, and has what is its own. */
static void
step_all_up(struct shell *sh)
{
	uint8_t store[256];
	struct msg m;

	for (size_t i = 0; i < sh->conf.node_count; i++)
		rsc_node(sh->rsc, sh->now, nodes[i], RSC_NODE_ACTIVE, true, "heard");
	if (!sh->up && !sh->left)
		rsc_comm_up(sh->rsc, sh->now);
	sh->up = true;
	for (size_t i = 0; i < sh->conf.node_count; i++) {
		msg_init(&m, store, sizeof(store));
		msg_add_str(&m, "t", "resource");
		msg_add_str(&m, "rsc_hold", "local");
		msg_add_str(&m, "rtype", "full");
		msg_add_str(&m, "isstable", "1");
		msg_add_str(&m, "hbans", sh->asked);
		rsc_message(sh->rsc, sh->now, nodes[i], &m);
	}
	step_work(sh);
}

/* Answers to what nobody asked: of an old script, of a device that is late. */
static void
step_odd(struct shell *sh)
{
	uint32_t id = sh->script.id + 1 + steps_byte(&sh->in);
	const char *node = some_node(sh);

	if (steps_below(&sh->in, 2))
		rsc_ran(sh->rsc, sh->now, id, (int)steps_below(&sh->in, 3) - 1, "running",
		    7);
	else {
		for (size_t i = 0; i < sh->conf.node_count; i++)
			if (strcasecmp(nodes[i], node) == 0)
				sh->fencing[i] =
				    false; /* if one runs, that was its answer */
		rsc_fenced(sh->rsc, sh->now, node,
		    (enum rsc_fence_result)steps_below(&sh->in, 3));
	}
}

static void
step_fenced(struct shell *sh, bool works)
{
	for (size_t i = 0; i < sh->conf.node_count; i++) {
		if (!sh->fencing[i])
			continue;
		sh->fencing[i] = false;
		rsc_fenced(sh->rsc, sh->now, nodes[i],
		    works ? RSC_FENCE_OK
		          : (enum rsc_fence_result)steps_below(&sh->in, 3));
		return;
	}
}

static void
step_time(struct shell *sh, int64_t ms)
{
	sh->now = instant_add_ms(sh->now, ms);
	if (instant_is_reached(sh->armed, sh->now))
		rsc_tick(sh->rsc, sh->now);
}

static void
step_due(struct shell *sh)
{
	if (!instant_is_set(sh->armed))
		return;
	if (sh->armed.ns > sh->now.ns)
		sh->now = sh->armed;
	rsc_tick(sh->rsc, sh->now);
}

static void
step_leave(struct shell *sh)
{
	sh->leaving = true;
	rsc_leave(sh->rsc, sh->now, "it was told to");
}

static void
step_groups(struct shell *sh)
{
	bool idle = rsc_is_idle(sh->rsc);
	int rc = rsc_set_groups(sh->rsc, &groups[steps_below(&sh->in, ARRAY_LEN(files))]);

	FUZZ_MUST(rc == (idle ? 0 : -EAGAIN));
}

static void
step(struct shell *sh)
{
	static const char *const words[] = { "all", "local", "foreign", "none", "", "x" };
	unsigned pick = steps_byte(&sh->in);
	int rc;

	if (pick >= 200) { /* so that the rare ways are found */
		if (pick < 210)
			step_all_up(sh);
		else if (pick < 220)
			step_work(sh);
		else
			step_sound_message(sh);
		return;
	}
	switch (pick % 20) {
	case 0:
	case 1:
	case 2:
		step_message(sh);
		break;
	case 3:
	case 4:
		step_ran(sh);
		break;
	case 5:
		rsc_node(sh->rsc, sh->now, some_node(sh), RSC_NODE_ACTIVE, true, "heard");
		break;
	case 6:
		rsc_node(sh->rsc, sh->now, some_node(sh), RSC_NODE_DEAD,
		    steps_below(&sh->in, 2), "silent");
		break;
	case 7:
		rsc_node(sh->rsc, sh->now, some_node(sh), RSC_NODE_JOINING,
		    steps_below(&sh->in, 2), "starts");
		break;
	case 8:
		rsc_generation(sh->rsc, some_node(sh), steps_below(&sh->in, 3) + 6);
		rsc_restarted(sh->rsc, sh->now, some_node(sh));
		break;
	case 9:
		rsc_lost(sh->rsc, sh->now, some_node(sh));
		break;
	case 10:
		if (!sh->up)
			rsc_comm_up(sh->rsc, sh->now);
		sh->up = true;
		break;
	case 11:
		rsc_partition(sh->rsc, sh->now, some_node(sh), steps_byte(&sh->in) & 1);
		break;
	case 12:
		step_time(sh, steps_word(&sh->in));
		break;
	case 13:
		step_time(sh, 1000LL * steps_byte(&sh->in));
		break;
	case 14:
		step_due(sh);
		break;
	case 15:
		step_own(sh);
		break;
	case 16:
		rc = rsc_ask_standby(sh->rsc, sh->now, STEPS_ONE_OF(&sh->in, words));
		FUZZ_MUST(rc == 0 || rc == -EBUSY || rc == -EINVAL || rc == -ENOTSUP ||
		          rc == -ENOTCONN);
		break;
	case 17:
		step_fenced(sh, false);
		break;
	case 18:
		step_groups(sh);
		break;
	default:
		switch (steps_below(&sh->in, 5)) {
		case 0:
			step_odd(sh);
			break;
		case 1:
			rsc_overslept(sh->rsc, sh->now, "suspended");
			break;
		case 2:
			rsc_tick(sh->rsc, sh->now);
			break;
		case 3:
			rc = rsc_confirm(sh->rsc, sh->now, some_node(sh), "somebody");
			FUZZ_MUST(rc == 0 || rc == -ENOENT || rc == -EALREADY);
			break;
		default:
			step_leave(sh);
		}
	}
}

static void
check(struct shell *sh)
{
	struct rsc_group_info info;

	rsc_check(sh->rsc);
	FUZZ_MUST(rsc_word(sh->rsc)[0] && rsc_hold_word(sh->rsc)[0]);
	for (size_t i = 0; i < rsc_group_count(sh->rsc); i++) {
		rsc_group_info(sh->rsc, i, &info);
		FUZZ_MUST(info.key[0] && info.home[0] && info.why[0]);
	}
	FUZZ_MUST(!sh->left || sh->late || !sh->script.runs);
}

/* Now everybody does as asked. */
static void
end(struct shell *sh)
{
	struct instant begin;
	unsigned count = 0;

	if (sh->left)
		return;
	step_leave(sh);
	begin = sh->now;
	while (!sh->left) {
		FUZZ_MUST(count++ < END_MAX);
		while (sh->own_count > 0 && !sh->left) {
			step_own(sh);
			check(sh);
		}
		if (sh->script.runs)
			answer(sh, 0, "", 0);
		else if (!sh->left)
			step_due(sh);
		if (!sh->left)
			step_fenced(sh, true);
		check(sh);
	}
	FUZZ_MUST(!sh->late && !sh->script.runs);
	/* A hand-over that had begun is waited for; nothing else takes that long. */
	FUZZ_MUST(instant_diff_ms(sh->now, begin) < 3700000);
	if (sh->reboot)
		return;
	for (size_t i = 0; i < WORD_MAX; i++)
		FUZZ_MUST(!sh->active[i].is);
}

/* Setting up. */

static void
files_parse(void)
{
	struct conf_problems problems;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		conf_problems_init(&problems);
		FUZZ_MUST(conf_haresources_parse(files[i], strlen(files[i]),
		              "haresources", &groups[i], &problems) == 0);
		conf_problems_free(&problems);
	}
}

static void
begin(struct shell *sh)
{
	static const char *const holds[] = { "all", "none", "local", "foreign",
		"transition", "+alpha gamma", "+", "", "x", NULL };
	struct rsc_conf *c = &sh->conf;

	c->node = nodes;
	c->node_count = steps_below(&sh->in, 8);
	c->node_count =
	    c->node_count == 0 || c->node_count > ARRAY_LEN(nodes) ? 2 : c->node_count;
	c->self = steps_below(&sh->in, c->node_count);
	c->failback = (enum conf_failback)steps_below(&sh->in, 3);
	c->deadtime_ms = 1000 + 100 * steps_byte(&sh->in);
	c->script_timeout_ms = steps_below(&sh->in, 2) ? 1000 * steps_byte(&sh->in) : 0;
	c->stop_retries = (int)steps_below(&sh->in, 5) - 1;
	c->can_fence = steps_below(&sh->in, 2);
	c->fence_weaker_ms = 7000 * (c->deadtime_ms & 1);
	c->fence_delay_ms = 3000 * (c->deadtime_ms >> 1 & 1);
	c->generation = 7;
	c->restarted = steps_below(&sh->in, 4) == 3;
	c->hold = STEPS_ONE_OF(&sh->in, holds);
	sh->now = instant_add_ms((struct instant){ 0 }, 100000);
	sh->rsc = rsc_new(c, &effects, sh);
	FUZZ_MUST(sh->rsc);
	step_groups(sh);
	check(sh);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!groups[0].count)
		files_parse();
	memset(&shell, 0, sizeof(shell));
	shell.in = (struct steps){ data, size };
	begin(&shell);
	while (shell.in.left > 0 && !shell.left) {
		while (shell.own_count > OWN_MAX / 2)
			step_own(&shell);
		step(&shell);
		check(&shell);
	}
	end(&shell);
	rsc_free(shell.rsc);
	return 0;
}
