/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One screen for people.  A line is put together in a buffer with marks for colours, so
 * that it can be cut at the width that is seen.
 */
#include "heartbeat/commands/hb_status.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 2048

/* Colours within a line: a byte each, of which no text has any. */
#define GOOD "\001"
#define BAD "\002"
#define WARN "\003"
#define HEAD "\004"
#define PLAIN "\005"

struct screen {
	const struct hs_view *view;
	const struct hb_status *status;
	FILE *out;
};

static void __attribute__((format(printf, 2, 3)))
line(const struct screen *s, const char *format, ...)
{
	static const char *const codes[] = { "", "\033[32m", "\033[1;31m", "\033[33m",
		"\033[1m", "\033[0m" };
	char text[LINE_MAX_BYTES];
	size_t column = 0;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (size_t len = strlen(text); len > 0 && text[len - 1] == ' ';)
		text[--len] = '\0';
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c <= 5) {
			if (s->view->color)
				fputs(codes[*c], s->out);
			continue;
		}
		if ((*c & 0xc0) != 0x80)
			column++; /* a character, not a further byte of one */
		if (s->view->width && column > s->view->width)
			continue;
		putc(*c < ' ' || *c == 0x7f ? '?' : *c, s->out);
	}
	putc('\n', s->out);
}

/* Texts for numbers; each in a buffer of its own caller. */

#define SHORT 24

static const char *
span(int64_t ms, char out[SHORT])
{
	int64_t s = ms / 1000;

	if (ms < 0)
		snprintf(out, SHORT, "-");
	else if (s < 60)
		snprintf(out, SHORT, "%" PRId64 " s", s);
	else if (s < 3600)
		snprintf(out, SHORT, "%" PRId64 " min", s / 60);
	else if (s < 86400)
		snprintf(out, SHORT, "%" PRId64 " h %" PRId64 " min", s / 3600,
		    s / 60 % 60);
	else
		snprintf(out, SHORT, "%" PRId64 " d %" PRId64 " h", s / 86400,
		    s / 3600 % 24);
	return out;
}

static const char *
since(const struct screen *s, int64_t at_ms, char out[SHORT])
{
	int64_t ms = s->status->cluster.now_ms - at_ms;

	return span(at_ms < 0 ? -1 : ms < 0 ? 0 : ms, out);
}

static const char *
micro(int64_t us, char out[SHORT])
{
	if (us < 0)
		snprintf(out, SHORT, "-");
	else if (us < 10000)
		snprintf(out, SHORT, "%.1f ms", (double)us / 1000);
	else if (us < 10000000)
		snprintf(out, SHORT, "%" PRId64 " ms", us / 1000);
	else
		snprintf(out, SHORT, "%" PRId64 " s", us / 1000000);
	return out;
}

static const char *
milli(int64_t ms, char out[SHORT])
{
	if (ms < 0)
		snprintf(out, SHORT, "-");
	else if (ms % 1000 == 0)
		snprintf(out, SHORT, "%" PRId64 " s", ms / 1000);
	else
		snprintf(out, SHORT, "%" PRId64 " ms", ms);
	return out;
}

static const char *
loss(const struct status_link *l, char out[SHORT])
{
	if (l->received < 0 || l->received + l->lost == 0)
		snprintf(out, SHORT, "-");
	else
		snprintf(out, SHORT, "%.2f%%",
		    100.0 * (double)l->lost / (double)(l->received + l->lost));
	return out;
}

static const char *
clock_text(int64_t at_ms, const char *format, char out[SHORT])
{
	time_t at = (time_t)(at_ms / 1000);
	struct tm tm;

	localtime_r(&at, &tm);
	strftime(out, SHORT, format, &tm);
	return out;
}

static int
wider(int width, const char *text)
{
	int len = (int)strlen(text);

	return len > 40 ? 40 : len > width ? len : width;
}

/* Parts. */

static void
show_cluster(const struct screen *s)
{
	const struct status_cluster *c = &s->status->cluster;
	char a[SHORT], b[SHORT], d[SHORT], e[SHORT];

	line(s, HEAD "heartbeat %s on %s" PLAIN "%s%s%s%s, %s", c->version, c->node,
	    c->cluster[0] ? ", cluster " : "", c->cluster,
	    c->started_ms > 0 ? ", up " : "",
	    c->started_ms > 0 ? since(s, c->started_ms, a) : "",
	    clock_text(c->now_ms, "%Y-%m-%d %H:%M:%S", b));
	if (!c->comm_up)
		line(s,
		    WARN "communication is not up yet: other nodes are waited for" PLAIN);
	if (strcmp(c->managed_by, "haresources") == 0)
		line(s, "this node holds %s resources; auto_failback %s", c->resources,
		    c->auto_failback[0] ? c->auto_failback : "-");
	else
		line(s, "resources are managed by %s", c->managed_by);
	line(s, "keepalive %s, warntime %s, deadtime %s, initdead %s",
	    milli(c->keepalive_ms, a), milli(c->warntime_ms, b), milli(c->deadtime_ms, d),
	    milli(c->initdead_ms, e));
	if (c->advice_deadtime_ms > 0)
		line(s,
		    "%sthis network bears deadtime %s, warntime %s; keepalive down to "
		    "%s" PLAIN,
		    c->advice_deadtime_ms > c->deadtime_ms ? WARN : "",
		    milli(c->advice_deadtime_ms, a), milli(c->advice_warntime_ms, b),
		    milli(c->advice_keepalive_ms, d));
	else if (!c->reduced && c->advice_beats >= 0)
		line(s,
		    "what this network bears is said after %" PRId64
		    " heartbeats on each link (%" PRId64 " so far)",
		    c->advice_needed, c->advice_beats);
	if (c->fencing_failed[0])
		line(s, WARN "fencing device %s does not answer" PLAIN,
		    c->fencing_failed);
	if (c->reduced)
		line(s, WARN "an older heartbeat: links, groups and events are not known "
		             "in detail" PLAIN);
	if (c->truncated)
		line(s,
		    WARN "there are more nodes, links or groups than are shown" PLAIN);
}

static const char *
node_color(const struct status_node *n)
{
	if (strcmp(n->status, "dead") == 0)
		return BAD;
	return strcmp(n->status, "active") == 0 || strcmp(n->status, "ping") == 0 ? GOOD
	                                                                          : WARN;
}

static void
show_nodes(const struct screen *s)
{
	int width = 4;

	for (size_t i = 0; i < s->status->node_count; i++)
		width = wider(width, s->status->node[i].name);
	line(s, " ");
	line(s, HEAD "%-*s  %-8s %-12s %-8s %s" PLAIN, width, "NODE", "STATUS", "SINCE",
	    "HEARD", "");
	for (size_t i = 0; i < s->status->node_count; i++) {
		const struct status_node *n = &s->status->node[i];
		char a[SHORT], b[SHORT];

		line(s, "%-*s  %s%-8s" PLAIN " %-12s %-8s %s%s%s", width, n->name,
		    node_color(n), n->status, since(s, n->since_ms, a),
		    n->self ? "-"
		            : micro(n->heard_ago_ms < 0 ? -1 : n->heard_ago_ms * 1000, b),
		    n->self                        ? "this node"
		    : strcmp(n->type, "ping") == 0 ? "ping node"
		    : n->compatible_only           ? "older version"
		                                   : "",
		    strcmp(n->status, "dead") == 0 && n->why[0] ? " " : "",
		    strcmp(n->status, "dead") == 0 ? n->why : "");
		if (n->fencing[0])
			line(s,
			    "%-*s  " BAD "not reset for %s: %s; nothing of it is taken" PLAIN,
			    width, "", since(s, n->fencing_since_ms, a), n->fencing_why);
	}
}

static void
show_links(const struct screen *s)
{
	int width = 4;
	char name[200];

	for (size_t i = 0; i < s->status->link_count; i++) {
		const struct status_link *l = &s->status->link[i];

		snprintf(name, sizeof(name), "%s:%s", l->node, l->name);
		if (!l->self)
			width = wider(width, name);
	}
	line(s, " ");
	line(s, HEAD "%-*s  %-5s %-12s %8s %8s %9s %9s %9s %9s" PLAIN, width, "LINK",
	    "STATE", "SINCE", "HEARD", "LOSS", "LATE p50", "p99", "max", "ANSWER");
	for (size_t i = 0; i < s->status->link_count; i++) {
		const struct status_link *l = &s->status->link[i];
		char a[SHORT], b[SHORT], c[SHORT], d[SHORT], e[SHORT], f[SHORT], g[SHORT];

		if (l->self)
			continue; /* whether it hears itself is of no interest */
		snprintf(name, sizeof(name), "%s:%s", l->node, l->name);
		line(s, "%-*s  %s%-5s" PLAIN " %-12s %8s %8s %9s %9s %9s %9s", width,
		    name, strcmp(l->status, "up") == 0 ? GOOD : BAD, l->status,
		    since(s, l->since_ms, a),
		    micro(l->heard_ago_ms < 0 ? -1 : l->heard_ago_ms * 1000, b),
		    loss(l, c), micro(l->late_p50_us, d), micro(l->late_p99_us, e),
		    micro(l->late_max_us, f), micro(l->answer_us, g));
	}
}

static const char *
group_color(const struct status_group *g)
{
	if (strcmp(g->state, "failed") == 0 || strcmp(g->state, "stuck") == 0)
		return BAD;
	return g->holder[0] ? GOOD : WARN;
}

static void
show_groups(const struct screen *s)
{
	int width = 5, holder = 6;

	if (s->status->group_count == 0)
		return;
	for (size_t i = 0; i < s->status->group_count; i++) {
		width = wider(width, s->status->group[i].name);
		holder = wider(holder, s->status->group[i].holder);
	}
	line(s, " ");
	line(s, HEAD "%-*s  %-*s  %-12s %-9s %s" PLAIN, width, "GROUP", holder, "HOLDER",
	    "SINCE", "HERE", "WHY; RESOURCES");
	for (size_t i = 0; i < s->status->group_count; i++) {
		const struct status_group *g = &s->status->group[i];
		char a[SHORT];

		line(s, "%-*.40s  %s%-*s" PLAIN "  %-12s %-9s %s", width, g->name,
		    group_color(g), holder, g->holder[0] ? g->holder : "nobody",
		    since(s, g->since_ms, a), g->state, g->why[0] ? g->why : g->here_why);
		line(s, "%-*s  %s (home: %s)", width, "", g->resources, g->home);
	}
}

static void
show_events(const struct screen *s)
{
	size_t count = s->status->event_count;
	size_t first = count > s->view->events ? count - s->view->events : 0;
	int64_t day_ms = 24 * 3600 * 1000LL;

	if (first == count)
		return;
	line(s, " ");
	line(s, HEAD "LAST EVENTS" PLAIN);
	for (size_t i = first; i < count; i++) {
		const struct status_event *e = &s->status->event[i];
		bool today = s->status->cluster.now_ms - e->at_ms < day_ms;
		char a[SHORT];

		line(s, "%s  %s",
		    clock_text(e->at_ms, today ? "%H:%M:%S" : "%b %d %H:%M", a), e->text);
	}
}

void
hs_screen(const struct hb_status *status, const struct hs_view *view, FILE *out)
{
	const struct screen s = { view, status, out };

	show_cluster(&s);
	show_nodes(&s);
	show_links(&s);
	show_groups(&s);
	show_events(&s);
}
