/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fencing devices: stonith(8) knows the types and their parameters, so it is asked
 * whether they can be made as ha.cf has them ("stonith --check").  No device is called:
 * one that does not answer holds up no start.  The parameters go through its standard
 * input or its environment, where ps(1) does not show them.
 */
#include "heartbeat/config/reader.h"
#include "lib/child.h"
#include "lib/instant.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define ASK_MS 20000 /* then it does not answer */
#define EXIT_NO_TYPE 8

extern char **environ;

struct answer {
	int code;        /* exit code; -1 = there is none */
	char said[2048]; /* what it wrote, cut */
};

/* BASE and the words of PAIRS, in one piece of memory. */
static char **
env_with(char *const *base, const char *pairs)
{
	size_t count = 0, text = strlen(pairs) + 1, words = 1;
	char **env, *copy;

	while (base[count])
		count++;
	for (const char *c = pairs; *c; c++)
		words += *c == ' ' || *c == '\t';
	env = malloc((count + words + 1) * sizeof(*env) + text);
	if (!env)
		return NULL;
	memcpy(env, base, count * sizeof(*env));
	copy = memcpy(env + count + words + 1, pairs, text);
	for (char *save, *word = strtok_r(copy, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save))
		env[count++] = word;
	env[count] = NULL;
	return env;
}

int
conf_device_input(const struct conf_stonith *device, char *const *base,
    const char *argument[2], char ***env, int *fd)
{
	argument[0] = device->pairs ? "-E" : "-F";
	argument[1] = device->pairs ? NULL : device->file ? device->file : "/dev/stdin";
	*fd = -1;
	*env = env_with(base, device->pairs ? device->params : "");
	if (!*env)
		return -ENOMEM;
	if (device->pairs || device->file)
		return 0;
	*fd = memfd_create("stonith", MFD_CLOEXEC);
	if (*fd >= 0 && dprintf(*fd, "%s\n", device->params) > 0 &&
	    lseek(*fd, 0, SEEK_SET) == 0)
		return 0;
	if (*fd >= 0)
		close(*fd);
	free(*env);
	return -EIO;
}

/* Until it ends, or for as long as we wait. */
static void
answer_read(pid_t pid, int fd, struct answer *answer)
{
	struct instant end = instant_add_ms(instant_now(), ASK_MS);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t used = 0;
	int status;

	for (;;) {
		int64_t left_ms = instant_diff_ms(end, instant_now());
		char rest[512];
		size_t room = sizeof(answer->said) - 1 - used;
		ssize_t got;

		if (left_ms <= 0 || poll(&pfd, 1, (int)left_ms) == 0)
			kill(-pid, SIGKILL);
		got = read(fd, room ? answer->said + used : rest,
		    room ? room : sizeof(rest));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += room ? (size_t)got : 0;
	}
	answer->said[used] = '\0';
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return;
	answer->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Runs stonith(8) and reads what it writes into *SAID_ON, a descriptor of SPEC. */
static void
program_ask(struct child_spec *spec, int *said_on, struct answer *answer)
{
	int out[2];
	struct err err;
	pid_t pid;

	*answer = (struct answer){ .code = -1 };
	if (pipe2(out, O_CLOEXEC) < 0)
		return;
	*said_on = out[1];
	pid = child_start(spec, &err);
	close(out[1]);
	if (pid > 0)
		answer_read(pid, out[0], answer);
	close(out[0]);
}

static void
device_ask(const char *program, const struct conf_stonith *device, struct answer *answer)
{
	const char *argv[8] = { program, "-d", "--check", "-t", device->type };
	struct child_spec spec = { .path = program,
		.argv = (char *const *)(uintptr_t)argv,
		.fd_stdout = -1 };
	char **env;

	*answer = (struct answer){ .code = -1 };
	if (conf_device_input(device, environ, &argv[5], &env, &spec.fd_stdin) < 0)
		return;
	spec.envp = env;
	program_ask(&spec, &spec.fd_stderr, answer);
	if (spec.fd_stdin >= 0)
		close(spec.fd_stdin);
	free(env);
}

int
conf_device_names(const char *type, char *names, size_t size)
{
	const char *argv[] = { conf_stonith_program(), "-t", type, "-n", NULL };
	struct child_spec spec = { .path = argv[0],
		.argv = (char *const *)(uintptr_t)argv,
		.envp = environ,
		.fd_stdin = -1,
		.fd_stderr = -1 };
	struct answer answer;

	if (!argv[0])
		return -ENOENT;
	program_ask(&spec, &spec.fd_stdout, &answer);
	if (answer.code != 0 || strlen(answer.said) >= size)
		return -EINVAL;
	strcpy(names, answer.said);
	return 0;
}

/* The last thing it complained about: "ERROR: text" or its like. */
static const char *
complaint(char *said)
{
	static const char *const words[] = { "ERROR: ", "CRIT: " };
	const char *found = NULL;

	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			const char *at = strstr(line, words[i]);

			if (at)
				found = at + strlen(words[i]);
		}
	return found;
}

static void
device_refuse(const struct conf *conf, const struct conf_stonith *device,
    struct answer *answer, struct conf_problems *problems)
{
	char file[4096], text[512], why[300] = "";
	struct place place = { file, device->line, device->column };
	struct legacy legacy = { LOG_ERR, text, NULL };
	const char *reason;

	snprintf(file, sizeof(file), "%s/ha.cf", conf->dir);
	if (strstr(answer->said, "--check") || answer->code < 0) {
		problem_add(problems, CONF_WARNING, place, NULL,
		    "stonith(8) %s: the device %s is not checked",
		    answer->code < 0 ? "gives no answer" : "is an old one", device->type);
		return;
	}
	reason = complaint(answer->said);
	if (reason)
		snprintf(why, sizeof(why), " (%s)", reason);
	if (answer->code == EXIT_NO_TYPE) {
		snprintf(text, sizeof(text), "Invalid Stonith type [%s]", device->type);
		problem_add(problems, CONF_ERROR, place, &legacy,
		    "stonith type '%s' cannot be used; 'stonith -L' lists those that "
		    "can%s",
		    device->type, why);
	} else if (device->file) {
		snprintf(text, sizeof(text), "Invalid Stonith config file [%s]",
		    device->file);
		problem_add(problems, CONF_ERROR, place, &legacy,
		    "'%s' has not what a device of type %s needs: 'stonith -h -t %s'%s",
		    device->file, device->type, device->type, why);
	} else {
		/* The old daemon wrote them into its log; secrets are among them. */
		snprintf(text, sizeof(text),
		    "Invalid Stonith configuration parameter [%s]",
		    device->params[0] ? " ****" : "");
		problem_add(problems, CONF_ERROR, place, &legacy,
		    "these are not the parameters that a device of type %s needs: "
		    "'stonith -h -t %s'%s",
		    device->type, device->type, why);
	}
}

const char *
conf_stonith_program(void)
{
	static const char *const paths[] = { HB_SBINDIR "/stonith", "/usr/sbin/stonith" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

int
conf_devices_ask(const struct conf *conf, struct conf_problems *problems)
{
	const char *program = conf_stonith_program();
	size_t errors = problems->errors;
	struct answer answer;
	char file[4096];

	if (conf->stonith_count == 0 || conf->crm != CRM_OFF)
		return 0;
	if (!program) {
		snprintf(file, sizeof(file), "%s/ha.cf", conf->dir);
		problem_add(problems, CONF_WARNING,
		    (struct place){ file, conf->stonith[0].line,
		        conf->stonith[0].column },
		    NULL,
		    "there is no program stonith(8): nothing will ever be taken over "
		    "from "
		    "a node that dies");
		return 0;
	}
	for (size_t i = 0; i < conf->stonith_count; i++) {
		device_ask(program, &conf->stonith[i], &answer);
		if (answer.code != 0)
			device_refuse(conf, &conf->stonith[i], &answer, problems);
	}
	if (problems->errors > errors && !problems->closing)
		problems->closing = "Heartbeat not started: configuration error.";
	return problems->errors > errors ? -EINVAL : 0;
}
