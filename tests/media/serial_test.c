/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A serial medium on a pseudo-terminal.  Time is what media_pump() is told.
 */
#include "heartbeat/media/media.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define BREAK_MS 250
#define FRAME ">>>\nt=status\n<<<\n"

struct end {
	int fd; /* the other side */
	char path[64];
	struct media m;
	struct instant now; /* ahead of the clock: the break at opening is over */
};

static bool
end_pty(struct end *e)
{
	struct termios raw;

	e->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (e->fd < 0 || grantpt(e->fd) < 0 || unlockpt(e->fd) < 0 ||
	    ptsname_r(e->fd, e->path, sizeof(e->path)) != 0)
		return false;
	tcgetattr(e->fd, &raw);
	cfmakeraw(&raw);
	tcsetattr(e->fd, TCSANOW, &raw);
	return true;
}

static int
end_open(struct end *e, int baud)
{
	struct media_refusal why;
	struct media_spec spec;
	struct err err = { "" };
	int code;

	CHECK(end_pty(e));
	CHECK_INT(media_parse("serial", e->path, &spec, &why), 0, "%s", why.text);
	CHECK_INT(media_check(&spec, &why), 0, "%s", why.text);
	spec.baud = baud;
	code = media_open(&e->m, &spec, 0, &err);
	CHECK_INT(code, 0, "%s", err.text);
	e->now = instant_add_ms(instant_now(), BREAK_MS + 1);
	return code;
}

static void
end_close(struct end *e)
{
	media_close(&e->m);
	if (e->fd >= 0)
		close(e->fd);
}

static ssize_t
end_read(struct end *e, uint8_t *buf, size_t size)
{
	struct pollfd p = { .fd = e->fd, .events = POLLIN };

	return poll(&p, 1, 60000) == 1 ? read(e->fd, buf, size) : -1;
}

static bool
end_say(const struct end *e, const char *text)
{
	return write(e->fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static void
test_pace(void)
{
	static uint8_t frame[1200], got[2000];
	struct instant due;
	struct end e;
	size_t all = 0;

	if (end_open(&e, 38400) < 0)
		return;
	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)i;
	CHECK_INT(media_send(&e.m, frame, sizeof(frame)), 0, "queued");
	CHECK_INT(media_send(&e.m, frame, 100), 0, "queued");
	due = media_pump(&e.m, instant_now());
	CHECK(instant_is_set(due), "the break comes first");
	while (instant_is_set(due = media_pump(&e.m, e.now))) {
		struct pollfd p = { .fd = e.fd, .events = POLLIN };
		ssize_t piece = end_read(&e, got + all, sizeof(got) - all);

		CHECK(piece > 0 && piece <= 512, "%zd bytes at once", piece);
		CHECK_INT(instant_diff_ms(due, e.now), piece * 8000 / 38400,
		    "until it is through");
		media_pump(&e.m, instant_add_ms(due, -1));
		CHECK_INT(poll(&p, 1, 20), 0, "nothing before that");
		all += (size_t)piece;
		e.now = due;
	}
	all += (size_t)end_read(&e, got + all, sizeof(got) - all);
	CHECK_INT(all, sizeof(frame) + 100, "all of both");
	CHECK(memcmp(got, frame, sizeof(frame)) == 0, "all eight bits, nothing changed");
	CHECK(memcmp(got + sizeof(frame), frame, 100) == 0);
	end_close(&e);
}

static void
test_hears(void)
{
	uint8_t buf[64];
	struct media_from from;
	char text[MEDIA_FROM_MAX];
	struct end e;

	if (end_open(&e, 19200) < 0)
		return;
	CHECK_INT(media_recv(&e.m, buf, sizeof(buf), &from), -EAGAIN, "nothing yet");
	CHECK(end_say(&e, "\377\201noise\n" FRAME ">>>\nt=half"));
	CHECK_INT(media_recv(&e.m, buf, sizeof(buf), &from), sizeof(FRAME) - 1, "one");
	CHECK(memcmp(buf, FRAME, sizeof(FRAME) - 1) == 0);
	CHECK_STR(media_from_text(&from, text), "the other end", "its source");
	CHECK(end_say(&e, FRAME FRAME));
	CHECK_INT(media_recv(&e.m, buf, sizeof(buf), NULL), sizeof(FRAME) - 1,
	    "the one behind the half");
	CHECK_INT(media_recv(&e.m, buf, sizeof(buf), NULL), sizeof(FRAME) - 1, "one");
	CHECK_INT(media_recv(&e.m, buf, sizeof(buf), NULL), -EAGAIN, "no more");
	CHECK_INT(e.m.count.received, 3, "counted");
	end_close(&e);
}

/* Nobody reads: what waits is given up, and the next frame finds an empty queue. */
static void
test_stuck(void)
{
	static uint8_t frame[4000];
	struct instant due;
	struct end e;
	uint64_t errors;

	if (end_open(&e, 460800) < 0)
		return;
	for (int i = 0; i < 1000 && e.m.count.send_errors == 0; i++) {
		if (media_send(&e.m, frame, sizeof(frame)) == -EAGAIN && i == 0)
			CHECK(false, "the first is refused");
		for (int k = 0; k < 100 && e.m.count.send_errors == 0; k++) {
			due = media_pump(&e.m, e.now);
			if (!instant_is_set(due))
				break;
			CHECK(due.ns > e.now.ns, "never at once");
			e.now = due;
		}
	}
	CHECK(e.m.count.send_errors > 0, "what waited is given up");
	errors = e.m.count.send_errors;
	CHECK_INT(media_send_beat(&e.m, frame, 100), 0, "there is room again");
	media_pump(&e.m, instant_add_ms(e.now, 1000));
	CHECK_INT(e.m.count.send_errors, errors, "the port was emptied");
	end_close(&e);
}

static void
test_hangs_up(void)
{
	uint8_t buf[64];
	struct instant due;
	struct end e;

	if (end_open(&e, 19200) < 0)
		return;
	CHECK(media_fd(&e.m) >= 0);
	close(e.fd);
	e.fd = -1;
	CHECK_INT(media_recv(&e.m, buf, sizeof(buf), NULL), -EIO, "it hung up");
	CHECK_INT(media_fd(&e.m), -1, "not to be polled");
	CHECK_INT(media_send(&e.m, (const uint8_t *)FRAME, 10), -EIO, "nor sent to");
	due = media_pump(&e.m, instant_now());
	CHECK(instant_is_set(due), "it will be tried again");
	for (int i = 0; i < 3; i++) {
		struct instant next = media_pump(&e.m, due);

		CHECK(media_fd(&e.m) == -1 && next.ns > due.ns, "and again");
		due = next;
	}
	CHECK_INT(media_send(&e.m, (const uint8_t *)FRAME, 10), -EIO, "still away");
	/* The number of a port that is gone is given again. */
	{
		struct end back;

		CHECK(end_pty(&back));
		if (strcmp(back.path, e.path) == 0) {
			due = media_pump(&e.m, due);
			CHECK(media_fd(&e.m) >= 0, "it is back");
			CHECK_INT(e.m.count.rebinds, 1, "counted");
		}
		e.fd = back.fd;
	}
	end_close(&e);
}

static void
test_refused(void)
{
	struct media_refusal why;
	struct media_spec spec;
	struct media m;
	struct err err = { "" };
	struct end e;

	CHECK(end_pty(&e));
	CHECK_INT(media_parse("serial", e.path, &spec, &why), 0, "%s", why.text);
	spec.baud = 300;
	CHECK_INT(media_open(&m, &spec, 0, &err), -EINVAL, "a rate that is not known");
	CHECK(strstr(err.text, "300 baud"), "%s", err.text);
	close(e.fd);
	spec.baud = 9600;
	CHECK(media_open(&m, &spec, 0, &err) < 0, "nothing is there");
	CHECK(strstr(err.text, e.path), "%s", err.text);
	CHECK_INT(media_parse("serial", "/dev/nosuch", &spec, &why), 0, "a path");
	CHECK_INT(media_check(&spec, &why), -ENODEV, "of nothing");
	CHECK_INT(media_parse("serial", "/etc/passwd", &spec, &why), 0, "a path");
	CHECK_INT(media_check(&spec, &why), -ENODEV, "of a file");
}

static const struct check_case cases[] = {
	{ "pace", test_pace },
	{ "hears", test_hears },
	{ "stuck", test_stuck },
	{ "hangs_up", test_hangs_up },
	{ "refused", test_refused },
};

int
main(void)
{
	struct end e;

	log_open_stderr("serial_test");
	if (!getenv("MEDIA_TEST_LOG"))
		log_stderr_close();
	if (!end_pty(&e)) {
		printf("skip serial: there are no pseudo-terminals here\n");
		return 0;
	}
	close(e.fd);
	return check_main("serial", cases, ARRAY_LEN(cases));
}
