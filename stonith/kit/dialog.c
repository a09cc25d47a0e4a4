/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for words and sending answers (contract in dialog.h); how a dialog is opened is in
 * dialog_open.c. */
#include "stonith/kit/dialog.h"
#include "stonith/kit/command.h"
#include "lib/instant.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DIALOG_FAREWELL_MS 1000
#define DIALOG_END_MS 200 /* a command that is not wanted any more gets so long to end */

void
dialog_pause(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * NS_PER_MS };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

void
dialog_fd(struct dialog *d, struct device *device, int fd, bool telnet)
{
	memset(d, 0, sizeof(*d));
	d->device = device;
	d->fd = fd;
	d->is_telnet = telnet;
}

void
dialog_close(struct dialog *d)
{
	if (d->device && d->fd >= 0) {
		if (d->restore)
			tcsetattr(d->fd, TCSADRAIN, &d->saved);
		close(d->fd);
		if (d->child > 0)
			command_end(d->device, d->child, DIALOG_END_MS);
		serial_unlock(d->lock);
	}
	d->fd = -1;
	d->child = 0;
}

/* Sending. */

static int
dialog_poll(struct dialog *d, short events, struct instant end)
{
	for (;;) {
		struct pollfd p = { .fd = d->fd, .events = events };
		int64_t left = instant_diff_ms(end, instant_now());
		int n;

		if (left <= 0)
			left = 0;
		n = poll(&p, 1, (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return S_OOPS;
		if (n == 0 && left == 0)
			return S_TIMEOUT;
	}
}

static int
dialog_put(struct dialog *d, const uint8_t *bytes, size_t len)
{
	struct instant end = instant_add_ms(instant_now(), DIALOG_SEND_MS);

	while (len > 0) {
		ssize_t n = d->socket ? send(d->fd, bytes, len, MSG_NOSIGNAL)
		                      : write(d->fd, bytes, len);
		int code;

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EAGAIN) {
			code = dialog_poll(d, POLLOUT, end);
			if (code != S_OK)
				return code;
		} else {
			return S_OOPS;
		}
	}
	return S_OK;
}

int
dialog_send_bytes(struct dialog *d, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	if (d->fd < 0)
		return S_OOPS;
	device_trace(d->device, '>', bytes, len);
	if (d->pace_ms == 0 && !(d->is_telnet && memchr(bytes, TELNET_IAC, len)))
		return dialog_put(d, bytes, len);
	for (size_t i = 0; i < len; i++) {
		static const uint8_t iac = TELNET_IAC;
		int code = dialog_put(d, b + i, 1);

		/* A byte 255 of ours would begin a telnet command. */
		if (code == S_OK && d->is_telnet && b[i] == TELNET_IAC)
			code = dialog_put(d, &iac, 1);
		if (code != S_OK)
			return code;
		if (d->pace_ms > 0)
			dialog_pause(d->pace_ms);
	}
	return S_OK;
}

int
dialog_send(struct dialog *d, const char *text)
{
	return dialog_send_bytes(d, text, strlen(text));
}

/* Reading. */

bool
dialog_is_at_end(const struct dialog *d)
{
	return d->wait_bytes < DIALOG_READ_MAX;
}

/* More bytes into d->in.  0 or a code. */
static int
dialog_fill(struct dialog *d, struct instant end)
{
	for (;;) {
		ssize_t n;
		int code;

		if (d->fd < 0 || d->wait_bytes >= DIALOG_READ_MAX)
			return S_OOPS;
		/* Who sends a byte now and then does not get more time by it. */
		if (d->wait_bytes > 0 && instant_is_reached(end, instant_now()))
			return S_TIMEOUT;
		code = dialog_poll(d, POLLIN, end);
		if (code != S_OK)
			return code;
		n = read(d->fd, d->in, sizeof(d->in));
		if (n > 0) {
			device_trace(d->device, '<', d->in, (size_t)n);
			d->in_taken = 0;
			d->in_used = (size_t)n;
			d->wait_bytes += (size_t)n;
			return S_OK;
		}
		if (n == 0 || (errno != EINTR && errno != EAGAIN))
			return S_OOPS;
	}
}

/* The next byte of text.  0 or a code. */
static int
dialog_byte(struct dialog *d, struct instant end, char *byte)
{
	for (;;) {
		uint8_t answer[3], b;
		size_t answer_len;
		bool is_text;
		int code;

		if (d->in_taken == d->in_used) {
			code = dialog_fill(d, end);
			if (code != S_OK)
				return code;
		}
		b = d->in[d->in_taken++];
		*byte = (char)b;
		if (!d->is_telnet)
			return S_OK;
		is_text = telnet_take(&d->telnet, b, answer, &answer_len);
		if (answer_len > 0 && (code = dialog_put(d, answer, answer_len)) != S_OK)
			return code;
		if (is_text)
			return S_OK;
	}
}

void
dialog_farewell(struct dialog *d, const char *text)
{
	struct instant end = instant_add_ms(instant_now(), DIALOG_FAREWELL_MS);

	d->wait_bytes = 0;
	if (dialog_send(d, text) == S_OK)
		while (dialog_fill(d, end) == S_OK)
			;
	d->in_taken = d->in_used = 0;
}

/* A wait begins: its end, which is not beyond that of the step. */
static struct instant
dialog_begin(struct dialog *d, long timeout_ms)
{
	long left_ms = device_time_left(d->device);

	/* A good-bye that is not answered leaves time for the last word. */
	left_ms = d->leaving ? left_ms / 2 : left_ms - DIALOG_RESERVE_MS;
	d->kept_len = 0;
	d->kept[0] = '\0';
	d->wait_bytes = 0;
	return instant_add_ms(instant_now(), timeout_ms < left_ms ? timeout_ms : left_ms);
}

static void
dialog_keep(struct dialog *d, char byte)
{
	if (d->kept_len + 1 < sizeof(d->kept)) {
		d->kept[d->kept_len++] = byte ? byte : ' ';
		d->kept[d->kept_len] = '\0';
	}
}

const char *
dialog_kept(const struct dialog *d)
{
	return d->kept;
}

void
dialog_flush(struct dialog *d)
{
	size_t total = 0;

	do {
		total += d->wait_bytes;
		d->wait_bytes = 0;
	} while (total < DIALOG_READ_MAX && dialog_fill(d, instant_now()) == S_OK);
	d->in_taken = d->in_used = 0;
}

int
dialog_expect_quiet(struct dialog *d, const char *const *tokens, long timeout_ms)
{
	struct instant end = dialog_begin(d, timeout_ms);
	char tail[DIALOG_TOKEN_MAX]; /* the last that came, oldest first */
	size_t tail_len = 0;

	d->after_lf = false;
	for (;;) {
		int code = dialog_byte(d, end, tail + tail_len);

		if (code != S_OK)
			return -code;
		dialog_keep(d, tail[tail_len++]);
		for (int i = 0; tokens[i]; i++) {
			size_t len = strlen(tokens[i]);

			assert(len > 0 && len <= sizeof(tail));
			if (len <= tail_len &&
			    memcmp(tail + tail_len - len, tokens[i], len) == 0)
				return i;
		}
		if (tail_len == sizeof(tail))
			memmove(tail, tail + 1, --tail_len);
	}
}

/* What a device says goes into one line of a log, and nothing else happens by it. */
static void
dialog_visible(const char *text, char *out, size_t size)
{
	size_t used = 0;

	for (; *text && used + 5 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\r' || c == '\n')
			used += (size_t)snprintf(out + used, size - used, "\\%c",
			    c == '\r' ? 'r' : 'n');
		else if (c < 0x20 || c >= 0x7f)
			used += (size_t)snprintf(out + used, size - used, "\\x%02x", c);
		else
			out[used++] = (char)c;
	}
	out[used] = '\0';
}

void
dialog_told(struct dialog *d, int priority)
{
	char text[DIALOG_KEPT];

	dialog_visible(d->kept, text, sizeof(text));
	if (text[0])
		device_log(d->device, priority, "%s said [%s]", device_id(d->device),
		    text);
}

int
dialog_expect(struct dialog *d, const char *const *tokens, long timeout_ms)
{
	int found = dialog_expect_quiet(d, tokens, timeout_ms);
	char text[DIALOG_KEPT];

	if (found >= 0 || d->leaving)
		return found;
	dialog_visible(d->kept, text, sizeof(text));
	device_log(d->device, LOG_CRIT, "Did not find string %s from %s.", tokens[0],
	    device_id(d->device));
	device_log(d->device, LOG_CRIT, "Received [%s]", text);
	return found;
}

int
dialog_wait(struct dialog *d, const char *token, long timeout_ms)
{
	const char *const tokens[] = { token, NULL };
	int found = dialog_expect(d, tokens, timeout_ms);

	return found < 0 ? -found : S_OK;
}

int
dialog_line(struct dialog *d, char *line, size_t size, long timeout_ms)
{
	struct instant end = dialog_begin(d, timeout_ms);
	bool skip_cr = d->after_lf;
	size_t len = 0;
	char byte, before = '\0';

	for (;;) {
		int code = dialog_byte(d, end, &byte);

		if (code != S_OK)
			return -code;
		dialog_keep(d, byte);
		if (byte == '\n')
			break;
		before = byte;
		if (skip_cr && byte == '\r') {
			before = '\0'; /* the other half of the last end */
		} else if (line && len + 1 < size) {
			line[len++] = byte ? byte : ' ';
		}
		skip_cr = false;
	}
	d->after_lf = before != '\r';
	while (len > 0 && line[len - 1] == '\r')
		len--;
	if (line)
		line[len] = '\0';
	return (int)len;
}
