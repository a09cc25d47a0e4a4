/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of "respawn" and "failfast" (spec/config.md 8.2): when a child is started,
 * started again, given up, or a reason to reboot, and in which order they are stopped.
 * Pure: it is told what happened and answers through struct respawn_effects.
 *
 *	NEW      not started in this life of the daemon
 *	RUNS     a process runs
 *	WAITS    it lived for a short time only: started again when DUE has come
 *	OVER     never again until the daemon starts anew
 *
 *	NEW -> RUNS                respawn_begin()
 *	RUNS -> RUNS, WAITS, OVER  respawn_ended()
 *	WAITS -> RUNS              respawn_tick()
 *	WAITS, RUNS -> NEW         while they are stopped
 */
#ifndef HEARTBEAT_DAEMON_RESPAWN_H
#define HEARTBEAT_DAEMON_RESPAWN_H

#include "lib/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RESPAWN_SHORT_MS 30000    /* a life shorter than that is a short one */
#define RESPAWN_SHORT_MAX 10      /* in a row; one more, and the child is given up */
#define RESPAWN_PAUSE_MS 1000     /* after a short life */
#define RESPAWN_PATIENCE_MS 30000 /* from SIGTERM to SIGKILL, by default */
#define RESPAWN_KILL_MS 5000   /* for a killed one to be gone; then it is left behind */
#define RESPAWN_EXIT_NEVER 100 /* "nothing to do for me here" */

enum respawn_state { RESPAWN_NEW, RESPAWN_RUNS, RESPAWN_WAITS, RESPAWN_OVER };

struct respawn_child {
	/* Of the configuration; borrowed. */
	const char *command;
	bool failfast;
	/* Of the rules. */
	enum respawn_state state;
	unsigned short_count; /* short lives in a row */
	struct instant began; /* of the present or last process */
	struct instant due;   /* WAITS: its next start */
};

/* Each takes note: nothing blocks, fails or calls back. */
struct respawn_effects {
	/* Start child I.  When that is impossible respawn_ended() comes later. */
	void (*start)(void *shell, size_t i);
	/* A signal to the process group of child I. */
	void (*kill)(void *shell, size_t i, int signo);
	/* The next moment for respawn_tick(); INSTANT_NEVER = none. */
	void (*arm)(void *shell, struct instant when);
	/* This machine must go down, because of child I. */
	void (*reboot)(void *shell, size_t i);
	void (*log)(void *shell, int priority, const char *text);
};

enum respawn_stop { RESPAWN_GO, RESPAWN_STOPS, RESPAWN_STOPPED };

struct respawn {
	const struct respawn_effects *fx;
	void *shell;
	struct respawn_child
	    *child; /* COUNT of them, in the order of the file; the caller's */
	size_t count;
	int64_t patience_ms;
	enum respawn_stop stop;
	size_t left; /* STOPS: those below LEFT are still to be stopped; the one at LEFT
	                is awaited */
	bool hard;   /* STOPS: that one was killed */
	struct instant late; /* STOPS: when patience with it ends */
};

void respawn_init(struct respawn *r, struct respawn_child *child, size_t count,
    int64_t patience_ms, const struct respawn_effects *fx, void *shell);

/* Communication is up, or a reload was called off: starts those that are NEW. */
void respawn_begin(struct respawn *r, struct instant now);
/* The process PID of child I has ended with STATUS, of wait(2). */
void respawn_ended(struct respawn *r, struct instant now, size_t i, pid_t pid,
    int status);
void respawn_tick(struct respawn *r, struct instant now);
/* One after the other, in reverse order; it is over when respawn_is_stopped(). */
void respawn_stop(struct respawn *r, struct instant now);
bool respawn_is_stopped(const struct respawn *r);

#endif
