/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/ha.d/OnlyForTesting (spec/config.md 14.2): messages are lost on purpose, on the
 * way in or out, so that a cluster's behaviour on a bad network can be seen.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/file.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define FAULTS_FILE HB_HADIR "/OnlyForTesting"

static bool
parse_probability(const char *text, double *value)
{
	char *end;

	errno = 0;
	*value = strtod(text, &end);
	return end != text && *end == '\0' && errno == 0 && *value >= 0 && *value <= 1;
}

static void
take_line(struct hb_faults *f, char *line)
{
	static const char receive[] = "rcvloss=", transmit[] = "xmitloss=",
	                  allow[] = "allownodes=";
	double value;

	line += strspn(line, " \t");
	line[strcspn(line, " \t\r#")] = '\0';
	if (!*line)
		return;
	if (strncmp(line, receive, strlen(receive)) == 0 &&
	    parse_probability(line + strlen(receive), &value)) {
		f->receive = value;
		log_line(LOG_INFO, "Receive loss probability = %.3f", value);
	} else if (strncmp(line, transmit, strlen(transmit)) == 0 &&
	           parse_probability(line + strlen(transmit), &value)) {
		f->transmit = value;
		log_line(LOG_INFO, "Xmit loss probability = %.3f", value);
	} else if (strncmp(line, allow, strlen(allow)) == 0) {
		snprintf(f->allow, sizeof(f->allow), "%s", line + strlen(allow));
		log_line(LOG_INFO, "Allow nodes = %s", f->allow);
	} else {
		line[strcspn(line, "=")] = '\0';
		log_line(LOG_ERR, "Cannot recognize test param [%s] in [%s]", line,
		    FAULTS_FILE);
	}
}

void
hb_faults_read(struct hb *hb)
{
	struct hb_faults *f = &hb->faults;
	bool was_on = f->on;
	char text[4096], *save = NULL;

	f->on = false;
	f->receive = f->transmit = 0;
	f->allow[0] = '\0';
	if (file_read_bounded(FAULTS_FILE, text, sizeof(text), NULL) < 0) {
		if (was_on)
			log_line(LOG_INFO, "Test Code Now disabled.");
		return;
	}
	if (f->state[0] == 0 &&
	    getrandom(f->state, sizeof(f->state), GRND_NONBLOCK) != sizeof(f->state))
		f->state[0] = (unsigned short)instant_now().ns;
	f->on = true;
	log_line(LOG_INFO, "WARNING: Enabling Test Code");
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		take_line(f, line);
	log_line(LOG_INFO, "WARNING: Above Options Now Enabled.");
}

bool
hb_faults_lose_sent(struct hb_faults *f)
{
	return f->on && f->transmit > 0 && !f->allow[0] &&
	       erand48(f->state) < f->transmit;
}

/* The name with its semicolon, anywhere in the list, as the old daemon looks for it. */
static bool
is_allowed(const struct hb_faults *f, const char *node)
{
	char word[MEMB_NAME_MAX + 1];

	snprintf(word, sizeof(word), "%s;", node);
	return strcasestr(f->allow, word) != NULL;
}

bool
hb_faults_lose_heard(struct hb_faults *f, const char *self, const char *node)
{
	return f->on && f->receive > 0 && node && strcasecmp(node, self) != 0 &&
	       !is_allowed(f, node) && erand48(f->state) < f->receive;
}
