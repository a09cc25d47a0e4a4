/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Steps: what is asked of the process, what it answers, and when it is given up.  The two
 * ways of waiting are at the end.  What the process sends is as trustworthy as its driver.
 */
#include "stonith/library/private.h"
#include "lib/array.h"
#include "lib/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#define TURN_PACKETS 64      /* read in one turn of a loop */
#define GONE_WAIT_MS 500     /* for the end of a process that has closed its socket */
#define FIRST_LIMIT_MS 60000 /* until the process says what limit its driver has */

/* The process goes. */

static void
process_forget(struct stn_device *device)
{
	if (device->loop)
		loop_fd_remove(device->loop, device->fd);
	close(device->fd);
	device->fd = -1;
	device->pid = 0;
	device->pid_params = device->pid_configured = false;
}

static void
step_finish(struct stn_device *device, int code)
{
	device->running = false;
	device->code = code;
	device->over = device->loop != NULL;
	if (device->over)
		loop_timer_arm(&device->timer, loop_now(device->loop));
}

/* "baytech 10.0.0.1" */
static const char *
device_label(const struct stn_device *device, char *buf, size_t size)
{
	const char *name = stn_device_about(device, ABOUT_NAME);

	snprintf(buf, size, "%s%s%s", device->type, *name ? " " : "", name);
	return buf;
}

static void
process_gone(struct stn_device *device)
{
	char label[256], how[80];
	int status = stn_process_reap(device, GONE_WAIT_MS);

	process_forget(device);
	if (!device->running)
		return;
	if (device->ended_late) {
		step_finish(device, S_TIMEOUT);
		return;
	}
	stn_log(device, LOG_CRIT, "%s: step '%s' failed: the driver's process %s",
	    device_label(device, label, sizeof(label)), wire_step_name(device->now),
	    child_status_text(status, how, sizeof(how)));
	step_finish(device, S_OOPS);
}

/* It breaks the rules: it is ended, and the step has failed. */
static void
process_refuse(struct stn_device *device, const char *why)
{
	char label[256];

	stn_log(device, LOG_CRIT,
	    "%s: step '%s' is given up: the driver's process sent %s",
	    device_label(device, label, sizeof(label)), wire_step_name(device->now), why);
	kill(device->pid, SIGTERM);
	/* A loop has no time for its end; whoever owns the loop reaps its children. */
	if (!device->loop)
		stn_process_reap(device, STN_KILL_MS);
	process_forget(device);
	if (device->running)
		step_finish(device, S_OOPS);
}

/* Asking. */

static int
step_send(struct stn_device *device, enum wire_step now)
{
	unsigned about = device->step.about ? device->step.about : BIT(ABOUT_COUNT) - 1;
	struct wire_packet packet = { .kind = WIRE_STEP,
		.number = { now,
		    now == STEP_REQUEST    ? (int)device->step.op
		    : now == STEP_DESCRIBE ? (int)about
		                           : 0,
		    device->step.limit_ms },
		.text = { now == STEP_REQUEST ? device->step_host : "" } };
	int limit_ms = device->step.limit_ms ? device->step.limit_ms : FIRST_LIMIT_MS;

	device->now = now;
	device->limit_ms = limit_ms;
	device->end = instant_add_ms(instant_now(), limit_ms + STN_GRACE_MS);
	if (device->loop)
		loop_timer_arm(&device->timer, device->end);
	return wire_send(device->fd, &packet, STN_SEND_MS);
}

static int
params_send(struct stn_device *device)
{
	int code = 0;

	for (size_t i = 0; i < device->param_count && code == 0; i++) {
		const struct wire_packet packet = { .kind = WIRE_PARAM,
			.text = { device->param[i].name, device->param[i].value } };

		code = wire_send(device->fd, &packet, STN_SEND_MS);
	}
	device->pid_params = code == 0;
	return code;
}

/* A process that ended between two steps is found out here. */
static void
process_check(struct stn_device *device)
{
	char byte;

	if (device->pid > 0 && recv(device->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
		device->running = false;
		process_gone(device);
	}
}

static void on_input(void *data, int fd, int revents);

static int
process_need(struct stn_device *device)
{
	struct err err = { "" };

	process_check(device);
	if (device->pid > 0)
		return 0;
	if (stn_process_start(device, &err) < 0) {
		stn_log(device, LOG_CRIT, "%s: %s", device->type, err.text);
		if (device->pid > 0) {
			kill(device->pid, SIGKILL);
			stn_process_reap(device, 0);
			close(device->fd);
			device->fd = -1;
			device->pid = 0;
		}
		return -1;
	}
	if (device->loop && loop_fd_add(device->loop, device->fd, POLLIN, false,
	                        "fencing device", on_input, device) < 0) {
		stn_log(device, LOG_CRIT, "%s: no place in the loop", device->type);
		kill(device->pid, SIGKILL);
		stn_process_reap(device, 0);
		close(device->fd);
		device->fd = -1;
		device->pid = 0;
		return -1;
	}
	return 0;
}

static bool
step_take(struct stn_device *device, const struct stn_step *step)
{
	const char *host = step->host ? step->host : "";
	size_t i;

	device->step = *step;
	device->step.host = device->step_host;
	for (i = 0; host[i] && i < sizeof(device->step_host) - 1; i++)
		device->step_host[i] = host[i] >= 'A' && host[i] <= 'Z'
		                           ? (char)(host[i] - 'A' + 'a')
		                           : host[i];
	device->step_host[i] = '\0';
	return host[i] == '\0' && (step->step != STEP_REQUEST || i > 0);
}

static void
step_begin(struct stn_device *device, const struct stn_step *step)
{
	enum wire_step first = step->step;
	int code = 0;

	device->ended_late = false;
	device->line_count = 0;
	device->now = step->step;
	if (!step_take(device, step) ||
	    (step->step > STEP_CONFIGURE && !device->configured)) {
		step_finish(device, S_INVAL);
		return;
	}
	if (step->step == STEP_CONFIGURE && device->configured) {
		step_finish(device, S_OOPS); /* once for each device */
		return;
	}
	if (step->step == STEP_HOSTS || step->step == STEP_LIST)
		stn_hosts_clear(device);
	if (process_need(device) < 0) {
		step_finish(device, S_OOPS);
		return;
	}
	device->running = true;
	if (first > STEP_CONFIGURE && !device->pid_configured)
		first = STEP_CONFIGURE;
	if (first >= STEP_CHECK && !device->pid_params)
		code = params_send(device);
	if (code == 0)
		code = step_send(device, first);
	/* When it is gone, the end of its socket tells how. */
	if (code == -ETIMEDOUT)
		process_refuse(device, "nothing and read nothing");
}

/* Answers. */

static void
text_clean(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++)
		out[n++] = (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text;
	/* A line's end that came with it. */
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static void
take_line(struct stn_device *device, const struct wire_packet *packet)
{
	const struct stn_watcher *watcher = device->watcher;
	char text[WIRE_TEXT_MAX + 1];

	if (++device->line_count > STN_LINES_MAX) {
		process_refuse(device, "too many lines");
		return;
	}
	text_clean(packet->text[0], text, sizeof(text));
	if (packet->kind == WIRE_LOG && watcher && watcher->log)
		watcher->log(device->data, packet->number[0], text);
	if (packet->kind == WIRE_TRACE && watcher && watcher->trace)
		watcher->trace(device->data, (char)packet->number[0], text);
}

static void
take_limit(struct stn_device *device, int32_t limit_ms)
{
	if (device->step.limit_ms > 0)
		return; /* ours counts */
	device->limit_ms = limit_ms < STN_LIMIT_MAX_MS ? limit_ms : STN_LIMIT_MAX_MS;
	device->end = instant_add_ms(instant_now(), device->limit_ms + STN_GRACE_MS);
	if (device->loop)
		loop_timer_arm(&device->timer, device->end);
}

static void
take_end(struct stn_device *device, int code)
{
	bool configured = device->now == STEP_CONFIGURE && code == S_OK;

	device->pid_configured |= configured;
	device->configured |= configured;
	if (configured && device->step.step != STEP_CONFIGURE) {
		if (step_send(device, device->step.step) == -ETIMEDOUT)
			process_refuse(device, "nothing and read nothing");
		return;
	}
	/* What ended because it was told to has not been done, whatever it says. */
	step_finish(device, device->ended_late ? S_TIMEOUT : code);
}

static void
take_packet(struct stn_device *device, const struct wire_packet *packet)
{
	if (!device->running)
		return; /* an afterthought of the driver */
	switch (packet->kind) {
	case WIRE_LOG:
	case WIRE_TRACE:
		take_line(device, packet);
		break;
	case WIRE_HOST:
		if (stn_host_add(device, packet->text[0]) < 0)
			process_refuse(device, "too many names");
		break;
	case WIRE_ABOUT:
		if (stn_about_add(device,
		        (enum wire_about)wire_about_find(packet->text[0]),
		        packet->text[1], packet->number[0] == 1) < 0)
			process_refuse(device, "too long a description");
		break;
	case WIRE_BEGUN:
		take_limit(device, packet->number[2]);
		break;
	default:
		take_end(device, packet->number[0]);
		break;
	}
}

/* Reads what has come. */
static void
step_input(struct stn_device *device)
{
	uint8_t buf[WIRE_PACKET_MAX];
	struct wire_packet packet;
	struct err err;

	for (int i = 0; i < TURN_PACKETS && device->fd >= 0; i++) {
		ssize_t n = recv(device->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			process_gone(device);
		else if ((size_t)n > sizeof(buf))
			process_refuse(device, "a packet that is too long");
		else if (wire_decode(buf, (size_t)n, false, &packet, &err) < 0)
			process_refuse(device, err.text);
		else
			take_packet(device, &packet);
	}
}

/* The limit has passed. */
static void
step_late(struct stn_device *device)
{
	char label[256];

	if (!device->ended_late) {
		stn_log(device, LOG_ERR,
		    "%s: step '%s' has not ended within its limit of %g s and is given "
		    "up",
		    device_label(device, label, sizeof(label)),
		    wire_step_name(device->now), device->limit_ms / 1000.0);
		kill(device->pid, SIGTERM);
		device->ended_late = true;
		device->end = instant_add_ms(instant_now(), STN_KILL_MS);
		if (device->loop)
			loop_timer_arm(&device->timer, device->end);
		return;
	}
	kill(device->pid, SIGKILL);
	process_gone(device);
}

/* Waiting here. */

int
stn_step_run(struct stn_device *device, const struct stn_step *step)
{
	step_begin(device, step);
	while (device->running) {
		struct pollfd wait = { .fd = device->fd, .events = POLLIN };
		int64_t left = instant_diff_ms(device->end, instant_now());

		if (left > 0 && poll(&wait, 1, (int)left + 1) != 0)
			step_input(device);
		else if (left <= 0)
			step_late(device);
	}
	return device->code;
}

/* In a loop. */

static void
on_input(void *data, int fd, int revents)
{
	(void)fd;
	(void)revents;
	step_input(data);
}

static void
on_timer(void *data, struct instant now)
{
	struct stn_device *device = data;

	(void)now;
	if (device->running) {
		step_late(device);
	} else if (device->over) {
		device->over = false;
		if (device->watcher && device->watcher->done)
			device->watcher->done(device->data, device->code);
	}
}

void
stn_step_start(struct stn_device *device, struct loop *loop, const struct stn_step *step)
{
	if (!device->loop) {
		device->loop = loop;
		loop_timer_init(loop, &device->timer, "fencing step", on_timer, device);
	}
	step_begin(device, step);
}
