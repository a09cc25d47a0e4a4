/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The library against processes of devices that do what no driver should.  This program is
 * those processes as well: started under the name of a device, it misbehaves as its type says.
 */
#include "stonith/library/library.h"
#include "lib/array.h"
#include "lib/child.h"
#include "lib/loop.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define LIMIT_MS 300 /* for those that never answer */

/* The device. */

static void
say(enum wire_kind kind, int number, const char *a, const char *b)
{
	const struct wire_packet packet = { .kind = kind,
		.number = { number, 0, kind == WIRE_BEGUN ? number : 0 },
		.text = { a, b } };

	if (wire_send(STDIN_FILENO, &packet, 1000) < 0)
		_exit(1);
}

static void
sleep_long(void)
{
	for (;;)
		pause();
}

static void
act(const char *type, enum wire_step step)
{
	char big[WIRE_TEXT_MAX + 1] = "";

	memset(big, 'x', WIRE_TEXT_MAX);
	if (strcmp(type, "good") == 0) {
		say(WIRE_BEGUN, 5000, "", "");
		say(WIRE_LOG, LOG_INFO, "a line\nand another\033[1m", "");
		if (step == STEP_HOSTS)
			say(WIRE_HOST, 0, "Host1", "");
		say(WIRE_ENDED, step == STEP_STATUS ? S_ACCESS : S_OK, "", "");
	} else if (strcmp(type, "crash") == 0) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	} else if (strcmp(type, "leaves") == 0) {
		_exit(0);
	} else if (strcmp(type, "garbage") == 0) {
		send(STDIN_FILENO, "garbage that is no packet", 25, 0);
		sleep_long();
	} else if (strcmp(type, "huge") == 0) {
		static char bytes[WIRE_PACKET_MAX + 100];

		send(STDIN_FILENO, bytes, sizeof(bytes), 0);
		sleep_long();
	} else if (strcmp(type, "hosts") == 0) {
		for (;;)
			say(WIRE_HOST, 0, "h", "");
	} else if (strcmp(type, "chatter") == 0) {
		for (;;)
			say(WIRE_LOG, LOG_INFO, "x", "");
	} else if (strcmp(type, "story") == 0) {
		for (;;)
			say(WIRE_ABOUT, 1, "descr", big);
	} else if (strcmp(type, "silent") == 0) {
		say(WIRE_BEGUN, INT_MAX, "", ""); /* wants more than it is given */
		sleep_long();
	} else if (strcmp(type, "late") == 0) {
		/* Says that all is well, once its time is over. */
		sigset_t set;
		int signo;

		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigprocmask(SIG_BLOCK, &set, NULL);
		sigwait(&set, &signo);
		say(WIRE_ENDED, S_OK, "", "");
		_exit(0);
	} else if (strcmp(type, "stubborn") == 0) {
		signal(SIGTERM, SIG_IGN);
		sleep_long();
	} else if (strcmp(type, "code") == 0) {
		say(WIRE_ENDED, 256, "", ""); /* whose low byte is success */
		sleep_long();
	}
}

static void
be_device(void)
{
	static char type[STN_TYPE_MAX + 1];
	uint8_t buf[WIRE_PACKET_MAX];
	struct wire_packet packet;
	ssize_t n;

	while ((n = recv(STDIN_FILENO, buf, sizeof(buf), 0)) > 0) {
		if (wire_decode(buf, (size_t)n, true, &packet, NULL) < 0)
			_exit(3);
		if (packet.kind == WIRE_OPEN)
			snprintf(type, sizeof(type), "%s", packet.text[0]);
		if (packet.kind != WIRE_STEP)
			continue;
		/* They behave until it counts. */
		if (packet.number[0] == STEP_CONFIGURE && strcmp(type, "good") != 0)
			say(WIRE_ENDED, S_OK, "", "");
		else
			act(type, (enum wire_step)packet.number[0]);
	}
	_exit(0);
}

/* Called before main(): the name tells. */
__attribute__((constructor)) static void
device_or_test(int argc, char **argv)
{
	if (argc > 0 && strncmp(argv[0], "stonith-device: ", 16) == 0)
		be_device();
}

/* The library. */

static char directory[] = "/tmp/stonith-library-XXXXXX";
static char heard[4096]; /* log lines with their priority */

static void
on_log(void *data, int priority, const char *text)
{
	size_t used = strlen(heard);

	(void)data;
	if (used + 200 < sizeof(heard))
		snprintf(heard + used, sizeof(heard) - used, "%d %.150s\n", priority,
		    text);
}

static struct loop *loop;
static int done_code;

static void
on_done(void *data, int code)
{
	(void)data;
	done_code = code;
	loop_stop(loop);
}

static const struct stn_watcher watcher = { .log = on_log, .done = on_done };

static const char *const types[] = { "good", "crash", "leaves", "garbage", "huge",
	"hosts", "chatter", "story", "silent", "late", "stubborn", "code" };

static void
remove_drivers(void)
{
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		snprintf(path, sizeof(path), "%s/stonith2/%s.so", directory, types[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/stonith2", directory);
	rmdir(path);
	rmdir(directory);
}

/* Drivers that are only names: the process that would load them is ours. */
static void
make_drivers(void)
{
	static char self[PATH_MAX];
	char path[128];

	CHECK(mkdtemp(directory) != NULL, "no directory");
	atexit(remove_drivers);
	snprintf(path, sizeof(path), "%s/stonith2", directory);
	CHECK_INT(mkdir(path, 0755), 0, "no directory");
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		snprintf(path, sizeof(path), "%s/stonith2/%s.so", directory, types[i]);
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	}
	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0, "no name");
	setenv("STONITH_DEVICE", self, 1);
	setenv("STONITH_PLUGIN_DIR", directory, 1);
}

static struct stn_device *
device_of(const char *type)
{
	struct stn_device *device = stn_device_new(type, &watcher, NULL, NULL);
	struct err err;

	CHECK(device != NULL, "%s", type);
	heard[0] = '\0';
	CHECK_INT(stn_param_set(device, "a", "1", &err), 0, "set");
	return device;
}

static const struct stn_step configure = { .step = STEP_CONFIGURE },
                             hosts = { .step = STEP_HOSTS },
                             status = { .step = STEP_STATUS },
                             reset = { .step = STEP_REQUEST,
	                             .op = ST_GENERIC_RESET,
	                             .host = "N" };

static void
test_good(void)
{
	struct stn_device *device;

	make_drivers();
	device = device_of("good");
	CHECK_INT(stn_step_run(device, &status), S_INVAL, "not configured");
	CHECK_INT(stn_step_run(device, &configure), S_OK, "configured");
	CHECK_INT(stn_step_run(device, &configure), S_OOPS, "once");
	CHECK_INT(stn_step_run(device, &hosts), S_OK, "hosts");
	CHECK_STR(stn_device_hosts(device)[0], "Host1", "the host");
	CHECK(stn_device_hosts(device)[1] == NULL, "the only one");
	CHECK_INT(stn_step_run(device, &status), S_ACCESS, "its own code");
	CHECK_INT(stn_step_run(device, &reset), S_OK, "reset");
	CHECK(strstr(heard, "6 a line and another [1m\n"), "control characters: %.200s",
	    heard);
	CHECK_INT(stn_step_run(device,
	              &(struct stn_step){ .step = STEP_REQUEST, .host = "" }),
	    S_INVAL, "nobody");
	stn_device_free(device);
}

static const struct {
	const char *type;
	int want;
	const char *says, *why;
} bad[] = {
	{ "crash", S_OOPS,
	    "2 crash: step 'request' failed: the driver's process was killed by signal "
	    "11",
	    "a crash is told with its signal" },
	{ "leaves", S_OOPS,
	    "2 leaves: step 'request' failed: the driver's process exited with 0",
	    "an orderly exit is no success" },
	{ "garbage", S_OOPS,
	    "2 garbage: step 'request' is given up: the driver's process sent a packet",
	    "garbage" },
	{ "huge", S_OOPS, "a packet that is too long", "a packet beyond all bounds" },
	{ "hosts", S_OOPS, "too many names", "names without end" },
	{ "chatter", S_OOPS, "too many lines", "lines without end" },
	{ "story", S_OOPS, "too long a description", "a description without end" },
	{ "silent", S_TIMEOUT,
	    "3 silent: step 'request' has not ended within its limit of 0.3 s and is "
	    "given up",
	    "silence, and a limit that it would like" },
	{ "late", S_TIMEOUT, "has not ended within its limit", "success after the end" },
	{ "stubborn", S_TIMEOUT, "has not ended within its limit",
	    "who does not end is killed" },
	{ "code", S_OOPS, "no such code", "a code whose low byte is success" },
};

static void
test_bad(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct stn_device *device = device_of(bad[i].type);
		struct stn_step step = reset;
		bool limited = bad[i].want == S_TIMEOUT;

		CHECK_INT(stn_step_run(device, &configure), S_OK, "%s", bad[i].why);
		step.limit_ms = limited ? LIMIT_MS : 0;
		CHECK_INT(stn_step_run(device, &step), bad[i].want, "%s", bad[i].why);
		CHECK(strstr(heard, bad[i].says) || strcmp(bad[i].type, "chatter") == 0,
		    "%s: %.200s", bad[i].why, heard);
		stn_device_free(device);
		CHECK(waitpid(-1, NULL, WNOHANG) < 0, "%s: a process is left",
		    bad[i].type);
	}
}

/* After a crash the next step has a new process, configured again. */
static void
test_again(void)
{
	struct stn_device *device = device_of("crash");

	CHECK_INT(stn_step_run(device, &configure), S_OK, "configured");
	CHECK_INT(stn_step_run(device, &reset), S_OOPS, "a crash");
	heard[0] = '\0';
	CHECK_INT(stn_step_run(device, &reset), S_OOPS, "and another");
	CHECK(strstr(heard, "'request' failed: the driver's process was killed"),
	    "%.200s", heard);
	stn_device_free(device);
}

/* In a loop. */

static int
loop_step(struct stn_device *device, struct stn_step step)
{
	done_code = -1;
	stn_step_start(device, loop, &step);
	CHECK_INT(done_code, -1, "not before it returns");
	loop_run(loop);
	return done_code;
}

static void
test_loop(void)
{
	struct stn_device *device;

	loop = loop_new(0);
	device = device_of("good");
	CHECK_INT(loop_step(device, status), S_INVAL, "not configured");
	CHECK_INT(loop_step(device, configure), S_OK, "configured");
	CHECK_INT(loop_step(device, hosts), S_OK, "hosts");
	CHECK_STR(stn_device_hosts(device)[0], "Host1", "the host");
	stn_device_free(device);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct stn_step step = reset;

		if (strcmp(bad[i].type, "stubborn") == 0)
			continue; /* its two seconds have been seen */
		device = device_of(bad[i].type);
		step.limit_ms = bad[i].want == S_TIMEOUT ? LIMIT_MS : 0;
		CHECK_INT(loop_step(device, configure), S_OK, "%s", bad[i].why);
		CHECK_INT(loop_step(device, step), bad[i].want, "%s", bad[i].why);
		stn_device_free(device);
	}
	loop_free(loop);
}

/* Whoever reaps all children of a loop tells the library what it got. */
static void
test_reaped(void)
{
	struct stn_device *device = device_of("crash");
	int wstatus = 0;
	pid_t pid;

	loop = loop_new(0);
	CHECK_INT(loop_step(device, configure), S_OK, "configured");
	done_code = -1;
	stn_step_start(device, loop, &reset);
	do
		pid = waitpid(-1, &wstatus, 0);
	while (pid > 0 && !stn_device_reaped(device, pid, wstatus)); /* those of before */
	CHECK(pid > 0, "its process");
	loop_run(loop);
	CHECK_INT(done_code, S_OOPS, "a crash");
	CHECK(strstr(heard, "was killed by signal 11"), "%.200s", heard);
	stn_device_free(device);
	loop_free(loop);
}

/* The forms of a configuration. */

static char taken[512];

static int
take(void *data, const char *name, const char *value, struct err *err)
{
	size_t used = strlen(taken);

	(void)data;
	(void)err;
	snprintf(taken + used, sizeof(taken) - used, "%s=[%s]", name, value);
	return 0;
}

static const struct {
	const char *names, *text, *want, *why; /* WANT NULL: refused */
} forms[] = {
	{ "a", "1", "a=[1]", "one" },
	{ "a b", " 1\t2 ", "a=[1]b=[2 ]",
	    "blanks before are none of it, those at the end are" },
	{ "a b", "1 2  3 ", "a=[1]b=[2  3 ]", "the last takes the rest" },
	{ "a b", "1", NULL, "too few" },
	{ "a", " \t", NULL, "nothing" },
	{ "", "x", "", "no names, no values" },
	{ "a  b\n", "1\n2", "a=[1]b=[2]", "a newline is a blank" },
	{ "a b", "\"x y\" z", "a=[\"x]b=[y\" z]", "quotes mean nothing" },
};

static void
test_forms(void)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		int code;

		taken[0] = '\0';
		code = stn_params_split(forms[i].names, forms[i].text, take, NULL, NULL);
		CHECK_INT(code < 0, forms[i].want == NULL, "%s", forms[i].why);
		if (forms[i].want)
			CHECK_STR(taken, forms[i].want, "%s", forms[i].why);
	}
}

static void
test_bounds(void)
{
	struct stn_device *device = device_of("good");
	static char value[WIRE_TEXT_MAX + 2], name[STN_PARAM_NAME_MAX + 2];
	struct err err;

	memset(value, 'v', WIRE_TEXT_MAX);
	memset(name, 'n', STN_PARAM_NAME_MAX);
	CHECK_INT(stn_param_set(device, name, value, &err), 0, "as long as may be");
	CHECK_INT(stn_step_run(device, &configure), S_OK, "and it is sent");
	value[WIRE_TEXT_MAX] = 'v';
	CHECK(stn_param_set(device, "b", value, &err) < 0, "too long a value");
	CHECK_STR(err.text, "the value of 'b' is longer than 4096 characters",
	    "the value is not shown");
	name[STN_PARAM_NAME_MAX] = 'n';
	CHECK(stn_param_set(device, name, "", &err) < 0, "too long a name");
	CHECK(stn_param_set(device, "", "", &err) < 0, "no name");
	for (int i = 0; i < STN_PARAMS_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		stn_param_set(device, name, "", NULL);
	}
	CHECK(stn_param_set(device, "one more", "", &err) < 0, "too many");
	stn_device_free(device);
	CHECK(stn_device_new("", &watcher, NULL, &err) == NULL, "no type");
	CHECK(stn_device_new(".", &watcher, NULL, &err) == NULL, "no type");
	CHECK(stn_device_new("../stonith2/good", &watcher, NULL, &err) == NULL,
	    "no type");
	CHECK(stn_device_new(name, &watcher, NULL, &err) == NULL, "no such type");
}

static const struct check_case cases[] = {
	{ "good", test_good },
	{ "bad", test_bad },
	{ "again", test_again },
	{ "loop", test_loop },
	{ "reaped", test_reaped },
	{ "forms", test_forms },
	{ "bounds", test_bounds },
};

CHECK_MAIN("stonith_library", cases)
