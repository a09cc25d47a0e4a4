/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/log.h"
#include "lib/array.h"
#include "lib/file.h"
#include "lib/log_private.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char dir[64], file[96], debug_file[96];
static char text[64 * 1024];

static void
begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/log_test.XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	snprintf(file, sizeof(file), "%s/ha-log", dir);
	snprintf(debug_file, sizeof(debug_file), "%s/ha-debug", dir);
}

static void
finish(void)
{
	log_close(5000);
	log_open_stderr("log_test");
	log_set_debug(0);
	unlink(file);
	unlink(debug_file);
	CHECK(rmdir(dir) == 0, "something was left behind");
}

static const char *
contents(const char *path)
{
	if (file_read_bounded(path, text, sizeof(text), NULL) < 0)
		text[0] = '\0';
	return text;
}

static bool
matches(const char *line, const char *pattern)
{
	regex_t re;
	bool ok;

	CHECK(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0);
	ok = regexec(&re, line, 0, NULL, 0) == 0;
	regfree(&re);
	return ok;
}

static size_t
count_of(const char *in, const char *what)
{
	size_t n = 0;

	for (const char *c = in; (c = strstr(c, what)); c += strlen(what))
		n++;
	return n;
}

/* Waits until the file contains WHAT; what it contained last is in text. */
static bool
comes(const char *path, const char *what)
{
	for (int i = 0; i < 6000; i++) {
		if (strstr(contents(path), what))
			return true;
		usleep(10000);
	}
	return false;
}

static struct log_conf
conf_of(bool syslog_format)
{
	return (struct log_conf){ .tag = "heartbeat",
		.host = "node1",
		.logfile = file,
		.debugfile = debug_file,
		.facility = -1,
		.syslog_format = syslog_format };
}

static void
test_forms(void)
{
	struct log_conf conf = conf_of(true);
	char want[128];

	begin();
	CHECK_INT(log_open(&conf, false), 0, "open");
	log_line(LOG_ERR, "cannot %s", "open");
	CHECK(comes(file, "open\n"));
	snprintf(want, sizeof(want),
	    "^[A-Z][a-z]{2} [0-9]{2} [0-9:]{8} node1 heartbeat: \\[%d\\]: ERROR: cannot "
	    "open\n$",
	    (int)getpid());
	CHECK(matches(text, want), "got '%.200s'", text);
	conf.syslog_format = false;
	CHECK_INT(log_open(&conf, false), 0, "the running writer gets another form");
	log_line(LOG_INFO, "second");
	CHECK(comes(file, "second\n"));
	snprintf(want, sizeof(want),
	    "^.*\nheartbeat\\[%d\\]: 20[0-9]{2}/[0-9]{2}/[0-9]{2}_[0-9:]{8} info: "
	    "second\n$",
	    (int)getpid());
	CHECK(matches(text, want), "got '%.200s'", text);
	finish();
}

static const struct {
	int priority;
	const char *word;
	bool in_logfile;
} levels[] = {
	{ LOG_EMERG, " EMERG: x", true },
	{ LOG_ALERT, " ALERT: x", true },
	{ LOG_CRIT, " CRIT: x", true },
	{ LOG_ERR, " ERROR: x", true },
	{ LOG_WARNING, " WARN: x", true },
	{ LOG_NOTICE, " notice: x", true },
	{ LOG_INFO, " info: x", true },
	{ LOG_DEBUG, " debug: x", false },
};

static void
test_levels(void)
{
	struct log_conf conf = conf_of(true);

	begin();
	log_open(&conf, false);
	log_line(LOG_DEBUG, "not asked for");
	log_set_debug(1);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		log_line(levels[i].priority, "x");
	log_close(5000);
	contents(file);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		CHECK_INT(strstr(text, levels[i].word) != NULL, levels[i].in_logfile,
		    "%s in logfile", levels[i].word);
	contents(debug_file);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		CHECK(strstr(text, levels[i].word) != NULL, "%s in debugfile",
		    levels[i].word);
	CHECK(!strstr(text, "not asked for"), "debug level 0 makes no debug lines");
	finish();
}

static void
test_one_line_stays_one(void)
{
	struct log_conf conf = conf_of(true);
	static char longest[2 * LOG_TEXT_MAX];

	begin();
	log_open(&conf, false);
	log_line(LOG_INFO, "name '%s' end\n", "a\nJan  1 root: fake\x1b[2J");
	memset(longest, 'y', sizeof(longest) - 1);
	log_line(LOG_INFO, "%s", longest);
	log_close(5000);
	contents(file);
	CHECK_INT(count_of(text, "\n"), 2, "lines");
	CHECK(strstr(text, "name 'a?Jan  1 root: fake?[2J' end\n") != NULL, "%.200s",
	    text);
	CHECK(strstr(text, "yyyy...\n") != NULL, "cut with a mark");
	finish();
}

static void
test_rotation(void)
{
	struct log_conf conf = conf_of(true);
	char moved[128];

	begin();
	snprintf(moved, sizeof(moved), "%s.1", file);
	log_open(&conf, false);
	log_line(LOG_INFO, "before");
	CHECK(comes(file, "before"));
	CHECK(rename(file, moved) == 0);
	log_reopen();
	log_line(LOG_INFO, "after");
	CHECK(comes(file, "after") && !strstr(text, "before"), "reopened when told");
	CHECK(rename(file, moved) == 0);
	usleep(1100000); /* it looks once a second */
	log_line(LOG_INFO, "third");
	CHECK(comes(file, "third"), "and by itself");
	unlink(moved);
	finish();
}

static void
test_full_disk(void)
{
	struct log_conf conf = conf_of(true);
	static char filler[4096];
	char aside[] = "/tmp/log_test_aside.XXXXXX";
	int other = mkstemp(aside), fd;

	begin();
	close(other);
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", dir, "tmpfs", 0, "size=64k") < 0) {
		printf(
		    "skip log/full_disk: no private file system can be mounted here\n");
		unlink(aside);
		rmdir(dir);
		return;
	}
	conf.debugfile = aside;
	fd = open(debug_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	log_open(&conf, false);
	log_line(LOG_INFO, "first");
	CHECK(comes(file, "first"));
	while (write(fd, filler, sizeof(filler)) > 0)
		; /* full now */
	close(fd);
	for (int i = 0; i < 200; i++)
		log_line(LOG_INFO,
		    "line %03d with some more text, so that a page is filled", i);
	CHECK(comes(aside, "line 199"));
	CHECK_INT(count_of(text, "cannot log to"), 1, "said once, where there is room");
	CHECK(strstr(text, "No space left on device") != NULL, "with the reason");
	CHECK(unlink(debug_file) == 0);
	usleep(1200000); /* it tries again once a second */
	log_line(LOG_INFO, "there is room again");
	CHECK(comes(file, "there is room again"));
	CHECK(strstr(text, "works again") != NULL, "told where the gap is");
	log_close(5000);
	unlink(file);
	unlink(aside);
	CHECK(umount(dir) == 0);
	finish();
}

/* A writer that stands still holds up nobody, and what is lost is told. */
static void
test_stuck_writer(void)
{
	struct log_conf conf = conf_of(true);
	struct timespec a, b;
	double worst_ms = 0, all_ms = 0;

	begin();
	conf.debugfile = NULL;
	log_open(&conf, false);
	log_line(LOG_INFO, "first");
	CHECK(comes(file, "first"));
	kill(log_writer_pid(), SIGSTOP);
	for (int i = 0; i < 20000; i++) {
		double ms;

		clock_gettime(CLOCK_MONOTONIC, &a);
		log_line(LOG_INFO, "line %d", i);
		clock_gettime(CLOCK_MONOTONIC, &b);
		ms = (double)(b.tv_sec - a.tv_sec) * 1e3 +
		     (double)(b.tv_nsec - a.tv_nsec) / 1e6;
		all_ms += ms;
		if (ms > worst_ms)
			worst_ms = ms;
	}
	/* On a busy machine something else runs during one line or another, not during each. */
	CHECK(worst_ms < 10000 && all_ms < 20000, "a line took %.1f ms, all %.1f",
	    worst_ms, all_ms);
	kill(log_writer_pid(), SIGCONT);
	usleep(200000);
	log_line(LOG_INFO, "last");
	log_close(5000);
	{
		char command[256];
		FILE *f;
		unsigned kept = 0, lost = 0;

		snprintf(command, sizeof(command),
		    "awk '/info: line/{k++} /lines lost/{l+=$(NF-3)} END{print k+0, "
		    "l+0}' %s",
		    file);
		f = popen(command, "r");
		CHECK(f && fscanf(f, "%u %u", &kept, &lost) == 2);
		pclose(f);
		CHECK(lost > 0, "the queue is bounded");
		CHECK(kept > 100, "and not tiny: %u", kept);
		CHECK_INT(kept + lost, 20000, "every line is there or counted");
	}
	finish();
}

static void
test_close_is_bounded(void)
{
	struct log_conf conf = conf_of(true);
	struct timespec a, b;
	pid_t writer;

	begin();
	log_open(&conf, false);
	log_line(LOG_INFO, "first");
	CHECK(comes(file, "first"));
	writer = log_writer_pid();
	kill(writer, SIGSTOP);
	clock_gettime(CLOCK_MONOTONIC, &a);
	log_close(300);
	clock_gettime(CLOCK_MONOTONIC, &b);
	CHECK((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 < 1500);
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	finish();
}

static void
test_close_writes_all(void)
{
	struct log_conf conf = conf_of(true);
	int status;

	begin();
	conf.debugfile = NULL;
	log_open(&conf, false);
	for (int i = 0; i < 300; i++)
		log_line(LOG_INFO, "line %d", i);
	log_close(5000);
	CHECK_INT(count_of(contents(file), "info: line "), 300, "all lines");
	CHECK_INT(waitpid(-1, &status, WNOHANG), -1, "the writer has gone and is reaped");
	finish();
}

static void
test_writer_process(void)
{
	struct log_conf conf = conf_of(true);
	struct sched_param rt = { .sched_priority = 1 }, normal = { 0 };
	char path[64], name[64];
	pid_t writer;

	begin();
	sched_setscheduler(0, SCHED_RR, &rt);
	log_open(&conf, false);
	sched_setscheduler(0, SCHED_OTHER, &normal);
	writer = log_writer_pid();
	CHECK(writer > 0 && log_fd() > 2);
	log_line(LOG_INFO, "first");
	CHECK(comes(file, "first"));
	CHECK_INT(sched_getscheduler(writer), SCHED_OTHER, "normal scheduling");
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)writer);
	CHECK(file_read_bounded(path, name, sizeof(name), NULL) > 0);
	CHECK_STR(name, "heartbeat: log \n", "its name");
	kill(writer, SIGTERM);
	kill(writer, SIGHUP);
	log_line(LOG_INFO, "second");
	CHECK(comes(file, "second"), "signals to the group do not end it");
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	log_line(LOG_INFO, "third");
	CHECK_INT(log_writer_ended(), 0, "another one");
	CHECK(log_writer_pid() != writer);
	log_line(LOG_INFO, "fourth");
	CHECK(comes(file, "fourth"), "goes on");
	CHECK(strstr(text, "1 log lines lost") != NULL, "the third is missed");
	finish();
}

/* The writer ends with the process that logs, after the queue. */
static void
test_crash_of_the_parent(void)
{
	struct log_conf conf = conf_of(true);
	pid_t pid;
	int status;

	begin();
	pid = fork();
	if (pid == 0) {
		log_open(&conf, false);
		for (int i = 0; i < 100; i++)
			log_line(LOG_INFO, "line %d", i);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	CHECK(comes(file, "line 99\n"), "the last lines are written");
	finish();
}

static void
test_last_words(void)
{
	struct log_conf conf = conf_of(true);
	pid_t pid;

	begin();
	conf.last_words = "the master died";
	log_open(&conf, false);
	log_line(LOG_INFO, "before");
	log_close(5000);
	CHECK(strstr(contents(file), "before") && !strstr(text, "the master died"),
	    "an orderly end has none");
	pid = fork();
	if (pid == 0) {
		log_open(&conf, false);
		log_line(LOG_INFO, "crashing");
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, NULL, 0);
	CHECK(comes(file, "CRIT: the master died\n"), "a crash is told: %.300s", text);
	finish();
}

/* Whoever reads stderr has stopped reading: nobody waits for that. */
static void
test_stderr_is_full(void)
{
	struct log_conf conf = conf_of(true);
	int pair[2], saved = dup(STDERR_FILENO);
	struct stat st;

	begin();
	CHECK(pipe2(pair, O_CLOEXEC) == 0);
	dup2(pair[1], STDERR_FILENO);
	log_open(&conf, true);
	alarm(20);
	for (int i = 0; i < 1000; i++)
		log_line(LOG_INFO, "line %d of more than a pipe holds: %080d", i, i);
	alarm(0);
	dup2(saved, STDERR_FILENO);
	log_close(5000);
	CHECK(stat(file, &st) == 0 && st.st_size > 100000, "the file has them all");
	close(saved);
	close(pair[0]);
	close(pair[1]);
	finish();
}

/* The writer is killed: what comes before another one is there is counted. */
static void
test_writer_killed(void)
{
	struct log_conf conf = conf_of(true);
	pid_t pid;

	begin();
	log_open(&conf, false);
	pid = log_writer_pid();
	CHECK(pid > 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	log_line(LOG_INFO, "into the void");
	CHECK_INT(log_writer_ended(), 0, "another one");
	CHECK(log_writer_pid() > 0 && log_writer_pid() != pid);
	log_line(LOG_INFO, "after");
	CHECK(comes(file, "info: after\n"));
	CHECK(strstr(text, "WARN: 1 log lines lost\n") != NULL, "got '%.300s'", text);
	finish();
}

static void
test_stderr(void)
{
	struct log_conf conf = conf_of(true);
	int pair[2], saved = dup(STDERR_FILENO);
	ssize_t len;

	begin();
	CHECK(pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0);
	dup2(pair[1], STDERR_FILENO);
	log_open_stderr("heartbeat");
	log_line(LOG_ERR, "one");
	log_open(&conf, true);
	log_line(LOG_ERR, "two");
	log_stderr_close();
	log_line(LOG_ERR, "three");
	dup2(saved, STDERR_FILENO);
	len = read(pair[0], text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	CHECK(matches(text,
	          "^[A-Z][a-z]{2} [0-9]{2} [0-9:]{8} [^ ]+ heartbeat: \\[[0-9]+\\]: "
	          "ERROR: one\n.* node1 heartbeat: \\[[0-9]+\\]: ERROR: two\n$"),
	    "got '%.200s'", text);
	CHECK(comes(file, "three") && strstr(text, "two") && !strstr(text, "one"));
	close(saved);
	close(pair[0]);
	close(pair[1]);
	finish();
}

static void
test_limit(void)
{
	struct log_conf conf = conf_of(true);
	struct log_limit limit = { .burst = 3 };

	begin();
	conf.debugfile = NULL;
	log_open(&conf, false);
	for (int i = 0; i < 10; i++)
		log_limited(&limit, LOG_WARNING, "bad datagram %d", i);
	CHECK_INT(limit.suppressed, 7, "counted");
	limit.window -= 11;
	log_limited(&limit, LOG_WARNING, "bad datagram 10");
	log_close(5000);
	CHECK_INT(count_of(contents(file), "bad datagram"), 4, "three and one");
	CHECK(strstr(text, "bad datagram 10 (7 more such lines suppressed)\n") != NULL,
	    "%.200s", text);
	finish();
}

/* A socket of ours in the place of /dev/log, in a mount name space of its own. */
static void
test_syslog(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 5 };
	struct log_conf conf = conf_of(false);
	char want[160];
	ssize_t len;
	int fd;

	begin();
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/dev", "tmpfs", 0, "size=64k") < 0) {
		printf("skip log/syslog: no private /dev can be mounted here\n");
		rmdir(dir);
		return;
	}
	conf.facility = LOG_LOCAL0;
	conf.logfile = NULL;
	log_open(&conf, false);
	log_line(LOG_WARNING, "unheard");
	CHECK(comes(debug_file, "cannot log to /dev/log"), "no syslog is said once");
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "/dev/log");
	CHECK(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	usleep(1100000);
	log_line(LOG_WARNING, "heard");
	len = recv(fd, text, sizeof(text) - 1, 0);
	text[len > 0 ? len : 0] = '\0';
	snprintf(want, sizeof(want),
	    "^<%d>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} heartbeat: \\[%d\\]: WARN: heard$",
	    LOG_LOCAL0 | LOG_WARNING, (int)getpid());
	CHECK(matches(text, want), "got '%.200s'", text);
	close(fd);
	log_close(5000);
	CHECK(umount("/dev") == 0);
	finish();
}

/* ha_logd's socket, in a mount name space of its own: the bytes of one line, and the
 * fallback. */
static void
test_logd(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX,
		.sun_path = HB_STATEDIR "/log_daemon" };
	struct log_conf conf = conf_of(false);
	struct {
		int32_t len;
		uint32_t magic;
		int32_t type, facility, priority, msglen, use_priority_string, pid;
		char entity[64];
		uint64_t when;
		char line[64];
	} got;
	int listener, fd;
	size_t want = 8 + 24 + 64 + 8 + sizeof("for the daemon");

	begin();
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/var/lib", "tmpfs", 0, "size=64k") < 0) {
		printf("skip log/logd: no private /var/lib can be mounted here\n");
		rmdir(dir);
		return;
	}
	CHECK(mkdir("/var/lib/heartbeat", 0755) == 0);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	      listen(listener, 5) == 0);
	conf.use_logd = true;
	conf.facility = LOG_LOCAL3;
	log_open(&conf, false);
	log_line(LOG_WARNING, "for the daemon");
	fd = accept(listener, NULL, NULL);
	CHECK_INT(recv(fd, &got, want, MSG_WAITALL), want, "one frame");
	CHECK_INT(got.len, want - 8, "length of what follows the frame's head");
	CHECK_INT(got.magic, 0xabcd, "magic");
	CHECK_INT(got.type, 2, "type");
	CHECK_INT(got.facility, LOG_LOCAL3, "facility");
	CHECK_INT(got.priority, LOG_WARNING, "priority");
	CHECK_INT(got.msglen, sizeof("for the daemon"), "with its NUL");
	CHECK_INT(got.use_priority_string, 1, "it puts WARN before the text");
	CHECK_INT(got.pid, getpid(), "the sender, not the writer");
	CHECK_STR(got.entity, "heartbeat", "entity");
	CHECK(time(NULL) - (time_t)got.when < 10);
	CHECK_STR(got.line, "for the daemon", "text");
	close(fd);
	close(listener);
	unlink(at.sun_path);
	for (int i = 0; i < 3; i++)
		log_line(LOG_WARNING, "for the fallback %d", i);
	CHECK(comes(debug_file, "for the fallback 2"), "nothing is lost without it");
	CHECK_INT(count_of(text, "Initializing connection to logging daemon failed. "
	                         "Logging daemon may not be running\n"),
	    1, "said once");
	log_close(5000);
	CHECK(umount("/var/lib") == 0);
	finish();
}

static void
test_recorder(void)
{
	struct log_conf conf = conf_of(true);
	char dump[128], command[256], line[256] = "";
	FILE *f;
	struct stat st;

	begin();
	snprintf(dump, sizeof(dump), "%s.blackbox", file);
	log_open(&conf, false);
	for (int i = 0; i < 5000; i++)
		log_line(LOG_INFO, "recorded %d", i);
	CHECK_INT(log_blackbox_dump(dump), 0, "dump");
	CHECK(stat(dump, &st) == 0 && st.st_size > 32 * 1024 && st.st_size < 100 * 1024,
	    "%ld bytes", (long)st.st_size);
	snprintf(command, sizeof(command), "grep -c -a 'recorded 4999' %s", dump);
	f = popen(command, "r");
	CHECK(f && fgets(line, sizeof(line), f));
	pclose(f);
	CHECK(atoi(line) >= 1, "the last line is in it");
	snprintf(command, sizeof(command), "ls /dev/shm | grep -c 'qb-heartbeat-%d-'",
	    (int)getpid());
	f = popen(command, "r");
	CHECK(f && fgets(line, sizeof(line), f));
	pclose(f);
	CHECK_INT(atoi(line), 0, "a crash leaves no names in /dev/shm");
	CHECK(log_blackbox_dump("/nonexistent/dump") < 0);
	unlink(dump);
	finish();
}

static const struct check_case cases[] = {
	{ "forms", test_forms },
	{ "levels", test_levels },
	{ "one_line_stays_one", test_one_line_stays_one },
	{ "rotation", test_rotation },
	{ "stuck_writer", test_stuck_writer },
	{ "close_is_bounded", test_close_is_bounded },
	{ "close_writes_all", test_close_writes_all },
	{ "writer_process", test_writer_process },
	{ "crash_of_the_parent", test_crash_of_the_parent },
	{ "last_words", test_last_words },
	{ "stderr", test_stderr },
	{ "stderr_is_full", test_stderr_is_full },
	{ "writer_killed", test_writer_killed },
	{ "limit", test_limit },
	{ "recorder", test_recorder },
	{ "full_disk", test_full_disk },
	{ "syslog", test_syslog },
	{ "logd", test_logd },
};

CHECK_MAIN("log", cases)
