/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hb_status: what the local daemon knows of the cluster, on one screen, as JSON, as
 * metrics, or as one line of a check.
 *
 * Exit codes: 0 shown; 1 heartbeat does not run here or may not be asked; 2 usage; 3
 * another failure.  Of --check they are those of a plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3
 * UNKNOWN.
 */
#include "heartbeat/commands/hb_status.h"

#include "lib/file.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TIMEOUT_MS 5000
#define EVENTS_SHOWN 10
#define WATCH_S 2.0
#define WIDTH_MIN 40

enum hs_exit { HS_EXIT_OK = 0, HS_EXIT_NO = 1, HS_EXIT_USAGE = 2, HS_EXIT_FAILED = 3 };
enum hs_form { FORM_SCREEN, FORM_JSON, FORM_CHECK, FORM_METRICS };

struct call {
	enum hs_form form;
	bool watch, events_given;
	double interval_s;
	size_t events;
	int64_t timeout_ms;
	const char *output; /* NULL = stdout */
	int color;          /* 1 always, 0 never, -1 when it is a terminal */
	struct hs_rules *rules;
};

static const char usage[] =
    "usage: hb_status [--watch [SECONDS]] [--events N] [--color WHEN]\n"
    "       hb_status --json | --metrics [--output FILE]\n"
    "       hb_status --check [--warning LIST] [--critical LIST] [--ignore LIST] "
    "[--loss PERCENT]\n";

static void
print_help(void)
{
	fputs(usage, stdout);
	puts(
	    "Shows what heartbeat on this machine knows of its cluster.\n"
	    "\n"
	    "  -w, --watch [SECONDS]  show it again and again (2 seconds)\n"
	    "  -e, --events N         the last N events (10)\n"
	    "      --color WHEN       always, never, or auto: on a terminal, unless "
	    "NO_COLOR "
	    "is set\n"
	    "  -j, --json             one JSON object\n"
	    "  -m, --metrics          Prometheus' text format\n"
	    "  -o, --output FILE      replace FILE at once instead of printing\n"
	    "  -c, --check            one line; exit code 0 OK, 1 WARNING, 2 CRITICAL, 3 "
	    "UNKNOWN\n"
	    "      --warning LIST     what is a warning: conditions with commas between "
	    "them\n"
	    "      --critical LIST    what is critical\n"
	    "      --ignore LIST      what is neither\n"
	    "      --loss PERCENT     a link may lose so much (5)\n"
	    "  -t, --timeout SECONDS  how long an answer is waited for (5)\n"
	    "  -V, --version          the version of this command\n"
	    "  -h, --help             this text\n"
	    "\n"
	    "Conditions of --check:");
	hs_rules_help(stdout);
}

/* ---- Once ---- */

static int
say_without(enum hs_answer answer, const struct err *err)
{
	switch (answer) {
	case HS_STOPPED:
		fputs("hb_status: heartbeat does not run on this machine\n", stderr);
		return HS_EXIT_NO;
	case HS_REFUSED:
		fprintf(stderr, "hb_status: heartbeat may not be asked: %s\n", err->text);
		return HS_EXIT_NO;
	case HS_SILENT:
	case HS_BROKEN:
	case HS_ANSWER:
		break;
	}
	fprintf(stderr, "hb_status: %s\n", err->text);
	return HS_EXIT_FAILED;
}

static size_t
terminal_size(bool is_terminal, size_t *rows)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	long width = columns ? strtol(columns, NULL, 10) : 0;

	*rows = 0;
	if (!is_terminal)
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		*rows = size.ws_row;
	if (width <= 0)
		width = size.ws_col > 0 ? size.ws_col : 80;
	return width < WIDTH_MIN ? WIDTH_MIN : (size_t)width;
}

static bool
may_color(const struct call *call, bool is_terminal)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (call->color >= 0)
		return call->color == 1;
	return is_terminal && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

/* Events are what gives way on a small screen. */
static size_t
events_that_fit(const struct hb_status *status, const struct call *call, size_t rows)
{
	size_t others =
	    12 + status->node_count + status->link_count + 2 * status->group_count;

	if (!call->watch || call->events_given || rows == 0)
		return call->events;
	return rows > others + 1 ? rows - others : 1;
}

static void
show_screen(const struct call *call, const struct hb_status *status, FILE *out)
{
	bool is_terminal = isatty(STDOUT_FILENO);
	struct hs_view view = { .color = may_color(call, is_terminal) };
	size_t rows;

	view.width = terminal_size(is_terminal, &rows);
	view.events = events_that_fit(status, call, rows);
	hs_screen(status, &view, out);
}

/* The text of one look, and the exit code. */
static int
look(const struct call *call, FILE *out)
{
	struct hb_status status;
	struct err err;
	enum hs_answer answer = hs_ask(&status, call->timeout_ms, &err);
	int code = HS_EXIT_OK;

	switch (call->form) {
	case FORM_CHECK:
		code = (int)hs_check(&status, answer, err.text, call->rules, out);
		break;
	case FORM_METRICS:
		/* That it does not run is a fact, too, and must replace the old ones. */
		hs_metrics(&status, answer == HS_ANSWER, out);
		break;
	case FORM_JSON:
	case FORM_SCREEN:
		if (answer != HS_ANSWER)
			code = say_without(answer, &err);
		else if (call->form == FORM_JSON)
			status_json(&status, out);
		else
			show_screen(call, &status, out);
		break;
	}
	status_free(&status);
	return code;
}

static int
put_out(const struct call *call, const char *text, size_t len)
{
	struct err err;

	if (!call->output) {
		if (fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0)
			return HS_EXIT_OK;
		fputs("hb_status: cannot write the answer\n", stderr);
		return HS_EXIT_FAILED;
	}
	/* The group is for the socket, not for files of the caller's choice. */
	if (setregid(getgid(), getgid()) < 0) {
		fprintf(stderr, "hb_status: cannot become an ordinary user: %s\n",
		    strerror(errno));
		return HS_EXIT_FAILED;
	}
	if (file_replace(call->output, text, len, 0644, &err) == 0)
		return HS_EXIT_OK;
	fprintf(stderr, "hb_status: %s\n", err.text);
	return HS_EXIT_FAILED;
}

static int
once(const struct call *call)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int code, written = HS_EXIT_OK;

	if (!out)
		abort();
	code = look(call, out);
	if (fclose(out) != 0)
		abort();
	if (len > 0)
		written = put_out(call, text, len);
	free(text);
	return written == HS_EXIT_OK ? code : written;
}

/* ---- Again and again ---- */

static volatile sig_atomic_t ended;

static void
on_end(int signo)
{
	(void)signo;
	ended = 1;
}

/* From the upper left corner, each line to its end, then the rest of the screen: nothing
 * is blank in between. */
static void
redraw(const char *text, size_t len)
{
	fputs("\033[H", stdout);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			fputs("\033[K", stdout);
		putchar(text[i]);
	}
	fputs("\033[J", stdout);
	fflush(stdout);
}

static int
watch(const struct call *call)
{
	struct sigaction action = { .sa_handler = on_end };
	bool is_terminal = isatty(STDOUT_FILENO);

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (is_terminal)
		fputs("\033[?1049h\033[?25l", stdout); /* another page, no cursor */
	while (!ended) {
		struct hb_status status;
		struct err err;
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);
		enum hs_answer answer;

		if (!out)
			abort();
		answer = hs_ask(&status, call->timeout_ms, &err);
		if (answer == HS_ANSWER)
			show_screen(call, &status, out);
		else
			fprintf(out, "heartbeat %s%s%s\n",
			    answer == HS_STOPPED ? "does not run on this machine"
			                         : "cannot be asked",
			    err.text[0] && answer != HS_STOPPED ? ": " : "",
			    answer != HS_STOPPED ? err.text : "");
		status_free(&status);
		if (!is_terminal)
			putc('\n', out);
		if (fclose(out) != 0)
			abort();
		if (is_terminal)
			redraw(text, len);
		else if (fwrite(text, 1, len, stdout) != len || fflush(stdout) != 0)
			ended = 1; /* nobody reads any more */
		free(text);
		if (!ended)
			poll(NULL, 0, (int)(call->interval_s * 1000));
	}
	if (is_terminal) {
		fputs("\033[?25h\033[?1049l", stdout);
		fflush(stdout);
	}
	return HS_EXIT_OK;
}

/* ---- The command line ---- */

static int
usage_error(const char *format, const char *word)
{
	fputs("hb_status: ", stderr);
	fprintf(stderr, format, word);
	fprintf(stderr, "\n%s", usage);
	return HS_EXIT_USAGE;
}

static bool
take_number(const char *text, double min, double max, double *value)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || !(number >= min && number <= max))
		return false;
	*value = number;
	return true;
}

static int
take_color(struct call *call, const char *when)
{
	static const char *const words[] = { "auto", "never", "always" };

	for (int i = 0; i < 3; i++)
		if (strcmp(when, words[i]) == 0) {
			call->color = i - 1;
			return -1;
		}
	return usage_error("--color takes always, never or auto, not '%s'", when);
}

enum { OPT_COLOR = 256, OPT_WARNING, OPT_CRITICAL, OPT_IGNORE, OPT_LOSS };

/* -1: go on; else the exit code. */
static int
take_rule(struct call *call, int option)
{
	struct err err;
	double number;

	if (option == OPT_LOSS) {
		if (!take_number(optarg, 0, 100, &number))
			return usage_error("--loss takes percent, not '%s'", optarg);
		hs_rules_set_loss(call->rules, number);
		return -1;
	}
	if (hs_rules_set(call->rules, optarg,
	        option == OPT_WARNING    ? HS_WARNING
	        : option == OPT_CRITICAL ? HS_CRITICAL
	                                 : HS_OK,
	        &err) < 0)
		return usage_error("%s", err.text);
	return -1;
}

static int
take_form(struct call *call, enum hs_form form)
{
	if (call->form != FORM_SCREEN && call->form != form)
		return usage_error("%s exclude each other",
		    "--json, --metrics and --check");
	call->form = form;
	return -1;
}

static int
take_option(struct call *call, int option)
{
	double number;

	switch (option) {
	case 'w':
		call->watch = true;
		if (optarg && !take_number(optarg, 0.1, 86400, &call->interval_s))
			return usage_error("--watch takes seconds, not '%s'", optarg);
		return -1;
	case 'e':
		if (!take_number(optarg, 0, STATUS_EVENT_MAX, &number))
			return usage_error("--events takes a number up to 256, not '%s'",
			    optarg);
		call->events = (size_t)number;
		call->events_given = true;
		return -1;
	case 't':
		if (!take_number(optarg, 0.1, 3600, &number))
			return usage_error("--timeout takes seconds, not '%s'", optarg);
		call->timeout_ms = (int64_t)(number * 1000);
		return -1;
	case 'j':
		return take_form(call, FORM_JSON);
	case 'm':
		return take_form(call, FORM_METRICS);
	case 'c':
		return take_form(call, FORM_CHECK);
	case 'o':
		call->output = optarg;
		return -1;
	case OPT_COLOR:
		return take_color(call, optarg);
	case OPT_WARNING:
	case OPT_CRITICAL:
	case OPT_IGNORE:
	case OPT_LOSS:
		return take_rule(call, option);
	case 'V':
		puts("hb_status " HB_VERSION);
		return HS_EXIT_OK;
	case 'h':
		print_help();
		return HS_EXIT_OK;
	}
	fputs(usage, stderr); /* getopt has said what is wrong */
	return HS_EXIT_USAGE;
}

/* -1: go on; else the exit code. */
static int
take_options(struct call *call, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "watch", optional_argument, NULL, 'w' },
		{ "events", required_argument, NULL, 'e' },
		{ "color", required_argument, NULL, OPT_COLOR },
		{ "json", no_argument, NULL, 'j' },
		{ "metrics", no_argument, NULL, 'm' },
		{ "output", required_argument, NULL, 'o' },
		{ "check", no_argument, NULL, 'c' },
		{ "warning", required_argument, NULL, OPT_WARNING },
		{ "critical", required_argument, NULL, OPT_CRITICAL },
		{ "ignore", required_argument, NULL, OPT_IGNORE },
		{ "loss", required_argument, NULL, OPT_LOSS },
		{ "timeout", required_argument, NULL, 't' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option, code = -1;

	while (code < 0 &&
	       (option = getopt_long(argc, argv, "w::e:jmo:ct:Vh", longs, NULL)) != -1) {
		/* "--watch 5": getopt takes optional arguments only behind "=". */
		if (option == 'w' && !optarg && optind < argc && argv[optind][0] != '-')
			optarg = argv[optind++];
		code = take_option(call, option);
	}
	if (code >= 0)
		return code;
	if (optind < argc)
		return usage_error("it takes no '%s'", argv[optind]);
	if (call->watch && call->form != FORM_SCREEN)
		return usage_error("--watch shows the %s only", "screen");
	if (call->output && call->form == FORM_SCREEN)
		return usage_error("--output is for %s", "--json, --metrics and --check");
	return -1;
}

int
main(int argc, char **argv)
{
	struct call call = { .interval_s = WATCH_S,
		.events = EVENTS_SHOWN,
		.timeout_ms = TIMEOUT_MS,
		.color = -1,
		.rules = hs_rules_new() };
	int code;

	if (!call.rules)
		abort();
	code = take_options(&call, argc, argv);
	if (code < 0)
		code = call.watch ? watch(&call) : once(&call);
	hs_rules_free(call.rules);
	return code;
}
