/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of hb_status.
 *
 *   hb_status.c          the command line; once, or again and again
 *   hb_status_ask.c      the daemon's answer into a struct hb_status, also of an old
 * daemon hb_status_screen.c   for people hb_status_check.c    one line and an exit code
 * for Nagios and its like hb_status_metrics.c  for Prometheus
 */
#ifndef HEARTBEAT_COMMANDS_HB_STATUS_H
#define HEARTBEAT_COMMANDS_HB_STATUS_H

#include "heartbeat/client/client.h"
#include "heartbeat/status/status.h"

/* ---- hb_status_ask.c ---- */

/* Whether there is an answer. */
enum hs_answer {
	HS_ANSWER,
	HS_STOPPED, /* nobody listens */
	HS_REFUSED, /* it, or the directory of its socket, does not let us in */
	HS_SILENT,  /* no answer in time */
	HS_BROKEN,  /* it hung up, or speaks something else */
};

/* Fills STATUS, which must be freed in any case; ERR says why not. */
enum hs_answer hs_ask(struct hb_status *status, int64_t timeout_ms, struct err *err);

/* ---- hb_status_screen.c ---- */

struct hs_view {
	bool color;
	size_t width;  /* longer lines are cut; 0 = never */
	size_t events; /* at most so many */
};
void hs_screen(const struct hb_status *status, const struct hs_view *view, FILE *out);

/* ---- hb_status_check.c ---- */

enum hs_level { HS_OK, HS_WARNING, HS_CRITICAL, HS_UNKNOWN };

struct hs_rules; /* what counts as what */
struct hs_rules *hs_rules_new(void);
void hs_rules_free(struct hs_rules *rules);
/* LIST: names of conditions with commas between them.  0, or -EINVAL with the bad one in
 * ERR. */
int hs_rules_set(struct hs_rules *rules, const char *list, enum hs_level level,
    struct err *err);
/* Percent lost from which a link is lossy, and heartbeats it must have heard for that. */
void hs_rules_set_loss(struct hs_rules *rules, double percent);
void hs_rules_help(FILE *out);
/* Prints the line; its level. */
enum hs_level hs_check(const struct hb_status *status, enum hs_answer answer,
    const char *reason, const struct hs_rules *rules, FILE *out);

/* ---- hb_status_metrics.c ---- */

void hs_metrics(const struct hb_status *status, bool is_up, FILE *out);

#endif
