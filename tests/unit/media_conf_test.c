/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration and the media each judge a media line; they must agree on what is
 * right, or the daemon refuses at start what --check has let pass.
 */
#include "heartbeat/config/config.h"
#include "heartbeat/media/media.h"
#include "lib/array.h"
#include "tests/unit/check.h"

static const char *const devices[] = { "", "eth0", "averylonginterface" };
static const char *const mcast[] = { "", "239.0.0.43", "239.0.0.43 694",
	"239.0.0.43 694 1", "239.0.0.43 694 1 0", "224.0.0.0 1 0 1",
	"239.255.255.255 65535 4 1", "10.0.0.1 694 1 0", "240.0.0.1 694 1 0",
	"239.0.0.43 0 1 0", "239.0.0.43 65536 1 0", "239.0.0.43 694 5 0",
	"239.0.0.43 694 -1 0", "239.0.0.43 694 1 2", "239.0.0.43 x 1 0",
	"239.0.0.43 694 1 0 9", "ff02::43 694 1 0" };
static const char *const mcast6[] = { "", "ff02::43", "ff02::43 694", "ff02::43 694 1 0",
	"ff04::1 694 1 0", "ff05::1 694 1 0", "ff08::1 694 1 0", "ff12::1 694 1 0",
	"ff18::1 1 4 1", "ff01::1 694 1 0", "ff0e::1 694 1 0", "ff22::1 694 1 0",
	"fe80::1 694 1 0", "ff02::43 0 1 0", "ff02::43 694 5 0", "ff02::43 694 1 2",
	"239.0.0.43 694 1 0" };
static const char *const ucast[] = { "", "10.0.0.2", "node.example",
	"10.0.0.2 10.0.0.3" };
static const char *const ucast6[] = { "", "fe80::2", "fe80::2%eth0", "fd00::2" };
static const char *const bcast[] = { "" };

static const struct {
	const char *directive;
	const char *const *args;
	size_t count;
} kinds[] = {
	{ "bcast", bcast, ARRAY_LEN(bcast) },
	{ "mcast", mcast, ARRAY_LEN(mcast) },
	{ "mcast6", mcast6, ARRAY_LEN(mcast6) },
	{ "ucast", ucast, ARRAY_LEN(ucast) },
	{ "ucast6", ucast6, ARRAY_LEN(ucast6) },
};

static bool
conf_accepts(const char *directive, const char *args)
{
	const struct conf_options options = { .on_this_machine = false, .self = "a" };
	struct conf_problems problems;
	struct conf conf;
	char text[512];
	bool accepted;
	int len;

	len = snprintf(text, sizeof(text),
	    "logfacility daemon\nudpport 694\nserial /dev/ttyS0\n%s %s\nnode a b\n",
	    directive, args);
	conf_problems_init(&problems);
	conf_parse(text, (size_t)len, "ha.cf", &options, &conf, &problems);
	accepted = true;
	for (size_t i = 0; i < problems.count; i++) {
		if (problems.list[i].severity == CONF_ERROR && problems.list[i].line == 4)
			accepted = false;
	}
	conf_free(&conf);
	conf_problems_free(&problems);
	return accepted;
}

static void
test_agreement(void)
{
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		for (size_t d = 0; d < ARRAY_LEN(devices); d++) {
			for (size_t i = 0; i < kinds[k].count; i++) {
				struct media_spec spec;
				char args[256];
				bool media;

				snprintf(args, sizeof(args), "%s%s%s", devices[d],
				    devices[d][0] ? " " : "",
				    devices[d][0] ? kinds[k].args[i] : "");
				media = media_parse(kinds[k].directive, args, &spec,
				            NULL) == 0;
				CHECK_INT(conf_accepts(kinds[k].directive, args), media,
				    "%s %s", kinds[k].directive, args);
			}
		}
	}
}

static const struct check_case cases[] = { { "agreement", test_agreement } };

CHECK_MAIN("media_conf", cases)
