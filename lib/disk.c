/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/disk.h"
#include "lib/file.h"
#include "lib/log.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DISK_JOB_MAX 8 /* different files; there are fewer */

struct disk_job {
	char path[PATH_MAX];
	void *data; /* NULL = nothing waits */
	size_t len;
	mode_t mode;
	bool failed;
	struct err err; /* of the last failure */
	bool told;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct disk_job *job;
	bool running, writing;
	atomic_bool news; /* a failure that was not told */
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER };

static struct disk_job *
waiting_job(void)
{
	for (size_t i = 0; i < DISK_JOB_MAX; i++)
		if (disk.job[i].data)
			return &disk.job[i];
	return NULL;
}

/* Called with the lock held, which is released while the disk works. */
static void
write_one(struct disk_job *job)
{
	struct disk_job copy = *job;
	struct err err;
	int rc;

	job->data = NULL;
	disk.writing = true;
	pthread_mutex_unlock(&disk.lock);
	rc = file_replace(copy.path, copy.data, copy.len, copy.mode, &err);
	free(copy.data);
	pthread_mutex_lock(&disk.lock);
	disk.writing = false;
	if (rc && !job->failed) {
		job->err = err;
		job->told = false;
		disk.news = true;
	}
	job->failed = rc != 0;
	pthread_cond_broadcast(&disk.done);
}

static void *
run(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&disk.lock);
	for (;;) {
		struct disk_job *job = waiting_job();

		if (job)
			write_one(job);
		else
			pthread_cond_wait(&disk.work, &disk.lock);
	}
	return NULL;
}

/* The thread takes no signals and has ordinary priority. */
static bool
start(void)
{
	const struct sched_param normal = { 0 };
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int rc;

	disk.job = calloc(DISK_JOB_MAX, sizeof(*disk.job));
	if (!disk.job)
		return false;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_OTHER);
	pthread_attr_setschedparam(&attr, &normal);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, &attr, run, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return rc == 0;
}

static struct disk_job *
job_of(const char *path)
{
	struct disk_job *empty = NULL;

	for (size_t i = 0; i < DISK_JOB_MAX; i++) {
		if (strcmp(disk.job[i].path, path) == 0)
			return &disk.job[i];
		if (!empty && !disk.job[i].path[0])
			empty = &disk.job[i];
	}
	return empty;
}

void
disk_replace(const char *path, const void *data, size_t len, mode_t mode)
{
	struct disk_job *job;
	void *copy = malloc(len ? len : 1);

	if (!copy)
		return;
	memcpy(copy, data, len);
	pthread_mutex_lock(&disk.lock);
	if (!disk.running)
		disk.running = start();
	job = disk.running ? job_of(path) : NULL;
	if (!job) {
		pthread_mutex_unlock(&disk.lock);
		log_line(LOG_ERR, "cannot write '%s': no thread for it", path);
		free(copy);
		return;
	}
	snprintf(job->path, sizeof(job->path), "%s", path);
	free(job->data);
	job->data = copy;
	job->len = len;
	job->mode = mode;
	pthread_cond_signal(&disk.work);
	pthread_mutex_unlock(&disk.lock);
}

void
disk_report(void)
{
	if (!disk.news)
		return;
	pthread_mutex_lock(&disk.lock);
	disk.news = false;
	for (size_t i = 0; i < DISK_JOB_MAX; i++) {
		struct disk_job *job = &disk.job[i];

		if (job->failed && !job->told)
			log_line(LOG_ERR, "%s", job->err.text);
		job->told = true;
	}
	pthread_mutex_unlock(&disk.lock);
}

void
disk_flush(int timeout_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (timeout_ms % 1000) * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&disk.lock);
	while (disk.running && (waiting_job() || disk.writing))
		if (pthread_cond_clockwait(&disk.done, &disk.lock, CLOCK_MONOTONIC,
		        &until) != 0)
			break;
	pthread_mutex_unlock(&disk.lock);
	disk_report();
}
