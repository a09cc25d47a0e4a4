/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crm/commands/planfile.h"

#include "lib/child.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int
cannot(const char *path, struct err *err)
{
	int code = errno ? errno : EIO;

	return err_set(err, -code, "cannot write '%s': %s", path, strerror(code));
}

int
plan_write(const char *path, const struct pe *pe,
    void (*write)(const struct pe *, FILE *), struct err *err)
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	bool bad;

	if (!out)
		return cannot(path, err);
	errno = 0;
	write(pe, out);
	bad = fflush(out) != 0 || ferror(out);
	if (bad)
		cannot(path, err);
	int code = bad ? -(errno ? errno : EIO) : 0;

	if (out != stdout && fclose(out) != 0 && !code)
		code = cannot(path, err);
	return code;
}

static void
dot_all(const struct pe *pe, FILE *out)
{
	pe_write_dot(pe, out, true);
}

static void
dot_some(const struct pe *pe, FILE *out)
{
	pe_write_dot(pe, out, false);
}

int
plan_write_dot(const char *path, const struct pe *pe, bool all_actions, struct err *err)
{
	return plan_write(path, pe, all_actions ? dot_all : dot_some, err);
}

/* Pictures. */

/* The program in PATH, or NULL; free() it. */
static char *
program_find(const char *name)
{
	const char *path = getenv("PATH");
	char *copy = strdup(path ? path : "/usr/bin:/bin"), *state = NULL, *found = NULL;

	for (char *folder = strtok_r(copy, ":", &state); folder && !found;
	     folder = strtok_r(NULL, ":", &state)) {
		char *file;

		if (*folder != '/' || asprintf(&file, "%s/%s", folder, name) < 0)
			continue;
		if (access(file, X_OK) == 0)
			found = file;
		else
			free(file);
	}
	free(copy);
	return found;
}

/* "-Tsvg" of "plan.svg"; false: the name does not say. */
static bool
kind_of(const char *path, char *word, size_t size)
{
	const char *end = strrchr(path, '.');

	if (!end || !end[1] || strlen(end) > 8)
		return false;
	for (const char *at = end + 1; *at; at++)
		if (!isalnum((unsigned char)*at))
			return false;
	snprintf(word, size, "-T%s", end + 1);
	return true;
}

/* Runs dot(1) on TEXT. */
static int
picture_make(const char *dot, char *kind, FILE *text, const char *path, struct err *err)
{
	int out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), status;

	if (out < 0)
		return cannot(path, err);
	char name[] = "dot";
	char *const argv[] = { name, kind, NULL };
	struct child_spec spec = { .path = dot,
		.argv = argv,
		.envp = environ,
		.fd_stdin = fileno(text),
		.fd_stdout = out,
		.fd_stderr = STDERR_FILENO };
	pid_t pid = child_start(&spec, err);

	close(out);
	if (pid < 0)
		return (int)pid;
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		return err_set(err, -EIO, "dot made no picture '%s'", path);
	return 0;
}

int
plan_picture(const char *path, const struct pe *pe, bool all_actions, struct err *err)
{
	char kind[16], *dot;
	FILE *text;
	int code;

	if (!kind_of(path, kind, sizeof(kind)))
		return err_set(err, -EINVAL,
		    "'%s' does not end with the kind of picture, like .svg or .png",
		    path);
	dot = program_find("dot");
	if (!dot)
		return err_set(err, -ENOENT,
		    "no picture without dot, which is part of graphviz");
	text = tmpfile();
	if (!text)
		code = cannot("a temporary file", err);
	else {
		pe_write_dot(pe, text, all_actions);
		rewind(text);
		code = picture_make(dot, kind, text, path, err);
		fclose(text);
	}
	free(dot);
	return code;
}

/* What was said. */

void
plan_messages(const struct pe *pe, const char *prefix, enum pe_level least)
{
	static const char *const names[] = { [PE_ERROR] = "error",
		[PE_WARNING] = "warning",
		[PE_NOTICE] = "notice",
		[PE_INFO] = "info",
		[PE_DEBUG] = "debug" };

	for (size_t i = 0; i < pe_message_count(pe); i++) {
		const struct pe_message *m = pe_message_at(pe, i);

		if (m->level <= least)
			fprintf(stderr, "%s%s: %s\n", prefix, names[m->level], m->text);
	}
}
