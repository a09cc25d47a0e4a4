/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stonith/kit/dialog.h"
#include "lib/array.h"
#include "tests/unit/check.h"
#include "tests/unit/device.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct device device;
static struct dialog d;
static int peer;

/* A line to nobody: each write is one packet, and is read as one. */
static void
begin(bool telnet)
{
	int pair[2];

	device = (struct device){ .time_left_ms = 60000, .id = "unit" };
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	dialog_fd(&d, &device, pair[0], telnet);
	peer = pair[1];
}

static void
end(void)
{
	dialog_close(&d);
	close(peer);
}

static void
say_bytes(const char *bytes, size_t len)
{
	CHECK_INT(write(peer, bytes, len), len, "room for it");
}

static void
say(const char *text)
{
	say_bytes(text, strlen(text));
}

static const char *
heard(void)
{
	static char text[256];
	size_t used = 0;
	ssize_t n;

	while (used < sizeof(text) - 1 &&
	       (n = read(peer, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	return text;
}

static const struct {
	const char *says;
	const char *tokens[4];
	int want;
	const char *kept, *rest, *why;
} waits[] = {
	{ "login: x", { "login: " }, 0, "login: ", "x", "what is behind it stays" },
	{ "aab", { "ab" }, 0, "aab", "", "an overlap" },
	{ "ababac", { "abac" }, 0, "ababac", "", "a longer one" },
	{ "one two", { "two", "one" }, 1, "one", " two", "the first to be complete" },
	{ "password", { "word", "sword" }, 0, "password", "",
	    "a tie: the first in the list" },
	{ "password", { "sword", "word" }, 0, "password", "", "the other way round" },
	{ "xRPC-5", { "RPC" }, 0, "xRPC", "-5", "no more than needed" },
	{ "login", { "Login" }, -S_OOPS, "login", "", "in its case only" },
	{ "log", { "login" }, -S_OOPS, "log", "", "half of it, and the end" },
	{ "", { "a" }, -S_OOPS, "", "", "nothing, and the end" },
};

static void
test_waits(void)
{
	for (size_t i = 0; i < ARRAY_LEN(waits); i++)
		for (int in_bytes = 0; in_bytes < 2; in_bytes++) {
			char rest[64] = "";

			begin(false);
			for (size_t j = 0; in_bytes && waits[i].says[j]; j++)
				say_bytes(waits[i].says + j, 1);
			if (!in_bytes && waits[i].says[0])
				say(waits[i].says);
			shutdown(peer, SHUT_WR);
			CHECK_INT(dialog_expect(&d, waits[i].tokens, 5000), waits[i].want,
			    "%s", waits[i].why);
			CHECK_STR(dialog_kept(&d), waits[i].kept, "%s", waits[i].why);
			if (waits[i].want >= 0) {
				dialog_expect_quiet(&d,
				    (const char *const[]){ "\1", NULL }, 5000);
				snprintf(rest, sizeof(rest), "%.60s", dialog_kept(&d));
			}
			CHECK_STR(rest, waits[i].rest, "%s", waits[i].why);
			end();
		}
}

static void
test_failing_is_told(void)
{
	begin(false);
	say("who are\r\nyou\t\x1b[31m?");
	CHECK_INT(dialog_expect(&d, (const char *const[]){ "login:", "x", NULL }, 50),
	    -S_TIMEOUT, "in vain");
	CHECK_STR(device.log,
	    "2 Did not find string login: from unit.\n"
	    "2 Received [who are\\r\\nyou\\x09\\x1b[31m?]\n",
	    "what was waited for, and what came");
	device.log[0] = '\0';
	CHECK_INT(dialog_expect_quiet(&d, (const char *const[]){ "x", NULL }, 10),
	    -S_TIMEOUT, "quiet");
	CHECK_STR(device.log, "", "quiet");
	CHECK_INT(dialog_wait(&d, "x", 10), S_TIMEOUT, "one word");
	say("ax");
	CHECK_INT(dialog_wait(&d, "x", 5000), S_OK, "one word");
	end();
	CHECK_INT(dialog_wait(&d, "x", 5000), S_OOPS, "closed");
	CHECK_INT(dialog_send(&d, "x"), S_OOPS, "closed");
}

static void
test_time_of_the_step(void)
{
	begin(false);
	device.time_left_ms = 20;
	CHECK_INT(dialog_wait(&d, "x", 600000), S_TIMEOUT, "not beyond the step");
	end();
}

static void
test_bounds(void)
{
	static char flood[8192], kept[DIALOG_KEPT];
	int pair[2];
	pid_t pid;

	memset(flood, 'x', sizeof(flood));
	begin(false);
	CHECK(pipe2(pair, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		for (;;)
			if (write(pair[1], flood, sizeof(flood)) < 0)
				_exit(1);
	}
	close(pair[1]);
	close(d.fd);
	d.fd = pair[0];
	fcntl(d.fd, F_SETFL, O_NONBLOCK);
	CHECK_INT(dialog_wait(&d, "y", 60000), S_OOPS, "too much of it");
	CHECK_INT(strlen(dialog_kept(&d)), sizeof(kept) - 1, "some is kept");
	CHECK_INT(dialog_line(&d, kept, sizeof(kept), 60000), -S_OOPS, "nor a line");
	dialog_flush(&d);
	end();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static const struct {
	const char *says;
	const char *want[6]; /* lines, "/" = the end of what was said */
	const char *why;
} line_cases[] = {
	{ "a\r\nb\r\n\r\nc\r\n", { "a", "b", "", "c", "/" }, "CR LF" },
	{ "a\n\rb\n\r\n\rc\n\r", { "a", "b", "", "c", "/" }, "LF CR" },
	{ "a\nb\n\nc\n", { "a", "b", "", "c", "/" }, "LF" },
	{ "a \t\r\n  b\r\r\n", { "a \t", "  b", "/" }, "blanks stay" },
	{ "0123456789\r\nx\r\n", { "0123456", "x", "/" }, "too long" },
	{ "half", { "/" }, "no end" },
};

static void
test_lines(void)
{
	for (size_t i = 0; i < ARRAY_LEN(line_cases); i++)
		for (int in_bytes = 0; in_bytes < 2; in_bytes++) {
			char line[8];

			begin(false);
			for (size_t j = 0; in_bytes && line_cases[i].says[j]; j++)
				say_bytes(line_cases[i].says + j, 1);
			if (!in_bytes)
				say(line_cases[i].says);
			shutdown(peer, SHUT_WR);
			for (size_t j = 0; line_cases[i].want[j]; j++) {
				int len = dialog_line(&d, line, sizeof(line), 5000);

				CHECK_STR(len == -S_OOPS ? "/" : line,
				    line_cases[i].want[j], "%s, line %zu",
				    line_cases[i].why, j);
			}
			end();
		}
	begin(false);
	say("x");
	CHECK_INT(dialog_line(&d, NULL, 0, 20), -S_TIMEOUT, "a line that does not end");
	say("\n");
	CHECK_INT(dialog_line(&d, NULL, 0, 5000), 0, "nobody wants it");
	end();
}

#define BYTES(text) (text), sizeof(text) - 1

static const struct {
	const char *says;
	size_t len;
	const char *text, *answer, *why;
} telnet_cases[] = {
	{ BYTES("a\xff\xfb\x01"
	        "b."),
	    "ab.", "\xff\xfe\x01", "WILL is answered DONT" },
	{ BYTES("a\xff\xfd\x18"
	        "b."),
	    "ab.", "\xff\xfc\x18", "DO is answered WONT" },
	{ BYTES("\xff\xfc\x01\xff\xfe\x03."), ".", "", "WONT and DONT need no answer" },
	{ BYTES("a\xff\xffz."), "a\xffz.", "", "twice is the byte itself" },
	{ BYTES("a\xff\xf1\xff\xf9\xff\xf2z."), "az.", "", "commands without an option" },
	{ BYTES("a\xff\xfa\x18\x01.\xff\xff.\xff\xf0z."), "az.", "",
	    "a subnegotiation is skipped, whatever is in it" },
	{ BYTES("a\r\0\nb."), "a\r\nb.", "", "a NUL behind a CR" },
	{ BYTES("Pass\xff\xfb\x03word."), "Password.", "\xff\xfe\x03", "within a word" },
};

static void
test_telnet(void)
{
	for (size_t i = 0; i < ARRAY_LEN(telnet_cases); i++)
		for (int in_bytes = 0; in_bytes < 2; in_bytes++) {
			begin(true);
			for (size_t j = 0; in_bytes && j < telnet_cases[i].len; j++)
				say_bytes(telnet_cases[i].says + j, 1);
			if (!in_bytes)
				say_bytes(telnet_cases[i].says, telnet_cases[i].len);
			CHECK_INT(dialog_wait(&d, ".", 5000), S_OK, "%s",
			    telnet_cases[i].why);
			CHECK_STR(dialog_kept(&d), telnet_cases[i].text, "%s",
			    telnet_cases[i].why);
			CHECK_STR(heard(), telnet_cases[i].answer, "%s",
			    telnet_cases[i].why);
			end();
		}
}

static void
test_telnet_bounds(void)
{
	size_t answers = 0;

	begin(true);
	for (int i = 0; i < 1000; i++) {
		say("\xff\xfd\x18"
		    ".");
		CHECK_INT(dialog_wait(&d, ".", 5000), S_OK, "goes on");
		answers += strlen(heard());
	}
	CHECK_INT(answers, 3 * TELNET_ANSWERS_MAX, "it does not go on for ever");
	/* What we send. */
	CHECK_INT(dialog_send(&d, "a\xff"
	                          "b\r"),
	    S_OK, "sent");
	CHECK_STR(heard(),
	    "a\xff\xff"
	    "b\r",
	    "a byte 255 is sent twice");
	end();
	begin(false);
	say("\xff\xfd\x18.");
	CHECK_INT(dialog_wait(&d, "\xff\xfd\x18.", 5000), S_OK, "no telnet, just bytes");
	CHECK_INT(dialog_send(&d, "\xff"), S_OK, "sent");
	CHECK_STR(heard(), "\xff", "just bytes");
	end();
}

static void
test_flush(void)
{
	begin(false);
	say("old");
	dialog_wait(&d, "o", 5000);
	say("er");
	dialog_flush(&d);
	say("new");
	dialog_wait(&d, "w", 5000);
	CHECK_STR(dialog_kept(&d), "new", "only that");
	end();
}

static const struct {
	const char *host; /* %d = the port */
	unsigned port;    /* 1 = the right one */
	int want;
	const char *log, *why;
} hosts[] = {
	{ "127.0.0.1:%d", 0, S_OK, "", "an address with a port" },
	{ "127.0.0.1", 1, S_OK, "", "an address" },
	{ "localhost:%d", 9, S_OK, "", "a name with a port" },
	{ "[127.0.0.1]:%d", 0, S_OK, "", "brackets" },
	{ "[127.0.0.1]", 1, S_OK, "", "brackets without a port" },
	{ "127.0.0.1:0", 0, S_BADCONFIG, "no host or host:port", "port 0" },
	{ "127.0.0.1:70000", 0, S_BADCONFIG, "no host or host:port", "no port" },
	{ "127.0.0.1:x", 0, S_BADCONFIG, "no host or host:port", "no number" },
	{ "", 1, S_BADCONFIG, "no host or host:port", "nothing" },
	{ "[127.0.0.1", 1, S_BADCONFIG, "no host or host:port", "half a bracket" },
	{ "[127.0.0.1]x", 1, S_BADCONFIG, "no host or host:port", "garbage" },
	{ "no.such.host.invalid", 1, S_ACCESS, "cannot connect to no.such.host.invalid",
	    "no such name" },
	{ "127.0.0.1:1", 0, S_ACCESS,
	    "cannot connect to 127.0.0.1 port 1: Connection refused", "nobody there" },
};

static void
test_tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(bind(listener, (struct sockaddr *)&at, len) == 0);
	CHECK(listen(listener, 16) == 0);
	getsockname(listener, (struct sockaddr *)&at, &len);
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		char host[64];

		snprintf(host, sizeof(host), hosts[i].host, ntohs(at.sin_port));
		device = (struct device){ .time_left_ms = 60000 };
		CHECK_INT(dialog_tcp(&d, &device, host,
		              hosts[i].port == 1 ? ntohs(at.sin_port) : hosts[i].port,
		              true, 5000),
		    hosts[i].want, "%s", hosts[i].why);
		CHECK(strstr(device.log, hosts[i].log) != NULL, "%s: %.300s",
		    hosts[i].why, device.log);
		if (hosts[i].want == S_OK) {
			int fd = accept(listener, NULL, NULL);

			CHECK_INT(write(fd, "hi", 2), 2, "written");
			CHECK_INT(dialog_wait(&d, "hi", 5000), S_OK, "%s", hosts[i].why);
			close(fd);
			dialog_close(&d);
		}
	}
	close(listener);
}

/* What is sent to somebody who has gone is an error, and no signal. */
static void
test_gone(void)
{
	begin(false);
	d.socket = true;
	close(peer);
	CHECK_INT(dialog_send(&d, "x"), S_OOPS, "nobody there");
	peer = -1;
	end();
}

static void
test_command(void)
{
	device = (struct device){ .time_left_ms = 60000 };
	CHECK_INT(dialog_command(&d, &device,
	              (char *const[]){ (char *)"sh", (char *)"-c",
	                  (char *)"cat; echo lost >&2; echo hello; sleep 600", NULL }),
	    S_OK, "started");
	CHECK_INT(dialog_wait(&d, "lo\n", 10000), S_OK, "its output");
	CHECK_STR(dialog_kept(&d), "hello\n", "and nothing else");
	CHECK_INT(device.children, 1, "runs");
	dialog_close(&d);
	CHECK_INT(device.children, 0, "ended");
	CHECK_INT(dialog_command(&d, &device, (char *const[]){ (char *)"no-such", NULL }),
	    S_ACCESS, "nothing to start");
	dialog_close(&d);
}

static const struct check_case cases[] = {
	{ "waits", test_waits },
	{ "failing_is_told", test_failing_is_told },
	{ "time_of_the_step", test_time_of_the_step },
	{ "bounds", test_bounds },
	{ "lines", test_lines },
	{ "telnet", test_telnet },
	{ "telnet_bounds", test_telnet_bounds },
	{ "flush", test_flush },
	{ "tcp", test_tcp },
	{ "gone", test_gone },
	{ "command", test_command },
};

CHECK_MAIN("stonith_dialog", cases)
