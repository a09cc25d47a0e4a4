/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stonith-device says while it knows secrets: logs, names, and transcripts in pieces. */
#include "stonith/device/private.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct device device;
static int other;

static void
open_device(void)
{
	int pair[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0, "pair");
	memset(&device, 0, sizeof(device));
	device.fd = pair[0];
	other = pair[1];
	device.tracing = true;
	device_secret(&device, "secret");
	device_secret(&device, "secretary");
	device_secret(&device, "pw");
	device_secret(&device, "");
}

static void
close_device(void)
{
	for (size_t i = 0; i < device.secrets.count; i++)
		free(device.secrets.word[i]);
	close(device.fd);
	close(other);
}

/* All that was said, "way or kind, text|". */
static const char *
heard(void)
{
	static char all[4096];
	uint8_t buf[WIRE_PACKET_MAX];
	size_t used = 0;
	ssize_t n;

	all[0] = '\0';
	while ((n = recv(other, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		struct wire_packet p;

		CHECK_INT(wire_decode(buf, (size_t)n, false, &p, NULL), 0, "a packet");
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%c %s|",
		    p.kind == WIRE_TRACE ? (char)p.number[0] : (char)p.kind, p.text[0]);
	}
	return all;
}

static const struct {
	const char *text, *want, *why;
} logs[] = {
	{ "login secret done", "l login **** done|", "a word" },
	{ "xsecretx", "l x****x|", "within another" },
	{ "secretary", "l ****|", "the longest" },
	{ "secretsecret", "l ********|", "twice" },
	{ "pw=pw, pwd", "l ****=****, pwd|", "a short one only where it stands alone" },
	{ "secre", "l secre|", "not the whole word" },
};

static void
test_logs(void)
{
	open_device();
	for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
		device_log(&device, LOG_INFO, "%s", logs[i].text);
		CHECK_STR(heard(), logs[i].want, "%s", logs[i].why);
	}
	device_set_name(&device, "tty secret");
	CHECK(strstr(heard(), "secret") == NULL, "a name");
	close_device();
}

/* Pieces: each is a way and the bytes. */
static const struct {
	const char *pieces[12];
	const char *want, *why;
} traces[] = {
	{ { ">secret\r" }, "> ****\\r|", "at once" },
	{ { ">s", ">e", ">c", ">r", ">e", ">t", ">\r" }, "> ****\\r|", "byte by byte" },
	{ { ">s", "<s", ">e", "<e", ">c", "<c", ">r", "<r", ">e", "<e", ">t", "<t" },
	    "> ****|< ****|", "with its echo between" },
	{ { "<User: ", ">me\r", "<Password: ", ">secret\r", "<\r\nOK\r\n" },
	    "< User: |> me\\r|< Password: |> ****\\r|< \\r\\n|< OK\\r\\n|",
	    "a dialogue, in its order" },
	{ { "<secre", ">x" }, "> x|< ...|", "a beginning with no end is not shown" },
	{ { "<secre", "<d\n" }, "< secred\\n|", "it was another word" },
	{ { "<a\001\377\\\n" }, "< a\\x01\\xff\\\\\\n|", "control characters" },
	{ { "=run secret" }, "= run |= ****|",
	    "a command, whose end could have gone on" },
};

static void
test_traces(void)
{
	for (size_t i = 0; i < ARRAY_LEN(traces); i++) {
		const char *got;

		open_device();
		for (size_t k = 0; k < 12 && traces[i].pieces[k]; k++)
			device_trace(&device, traces[i].pieces[k][0],
			    traces[i].pieces[k] + 1, strlen(traces[i].pieces[k] + 1));
		device_trace_flush(&device);
		got = heard();
		CHECK(strstr(got, "secret") == NULL, "%s", traces[i].why);
		CHECK_STR(got, traces[i].want, "%s", traces[i].why);
		close_device();
	}
}

/* Whatever comes in whatever pieces: the secret never leaves, and nothing else is lost. */
static void
test_flood(void)
{
	char text[6000];
	size_t shown = 0;

	open_device();
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "secrets are not for everybody "[i % 30];
	for (size_t at = 0, n = 1; at < sizeof(text); at += n, n = n % 37 + 1) {
		uint8_t buf[WIRE_PACKET_MAX];
		struct wire_packet p;
		ssize_t len;

		device_trace(&device, '<', text + at,
		    n < sizeof(text) - at ? n : sizeof(text) - at);
		while ((len = recv(other, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
			wire_decode(buf, (size_t)len, false, &p, NULL);
			CHECK(strstr(p.text[0], "secret") == NULL, "%.100s", p.text[0]);
			shown += strlen(p.text[0]);
		}
	}
	/* 24 of 30 bytes, and four stars, but for the end that still waits. */
	CHECK(shown > sizeof(text) / 30 * 28 - 2 * DEVICE_HELD_MAX, "%zu bytes", shown);
	close_device();
}

static void
test_names(void)
{
	CHECK(secret_name("passwd") && secret_name("ipmi_Password") &&
	      secret_name("community"));
	CHECK(!secret_name("port") && !secret_name("hostlist"));
}

static const struct check_case cases[] = {
	{ "logs", test_logs },
	{ "traces", test_traces },
	{ "flood", test_flood },
	{ "names", test_names },
};

CHECK_MAIN("stonith_secret", cases)
