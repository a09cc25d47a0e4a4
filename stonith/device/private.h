/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside stonith-device: one device, its driver, its parameters, and the socket to the
 * program that wants something of it.
 */
#ifndef STONITH_DEVICE_PRIVATE_H
#define STONITH_DEVICE_PRIVATE_H

#include "lib/err.h"
#include "lib/instant.h"
#include "stonith/library/wire.h"
#include "stonith/plugin.h"

#define DEVICE_PARAMS_MAX 100   /* more are refused */
#define DEVICE_SECRETS_MAX 32   /* more are not blanked, and the device says so */
#define DEVICE_CHILDREN_MAX 16  /* groups that are ended with us */
#define DEVICE_ABOUT_MAX 262144 /* bytes of one description; the rest is cut */
#define DEVICE_HELD_MAX 1024 /* bytes of a transcript that wait for the rest of a word */

struct device_param {
	char *name, *value;
};

/* Words that are never shown. */
struct secrets {
	char *word[DEVICE_SECRETS_MAX];
	size_t count;
};

/* One way of the transcript: what may yet become a secret waits here. */
struct held {
	char way;
	char text[DEVICE_HELD_MAX];
	size_t len;
};

struct device {
	int fd; /* to our parent */
	char type[128], dir[1024];
	const char *subtype; /* within type; NULL = none */
	const struct plugin *plugin;
	struct device_param param[DEVICE_PARAMS_MAX];
	size_t param_count;
	void *data; /* the driver's */
	char *id;
	bool configured, tracing;
	unsigned wanted;    /* of describe: bits of enum wire_about */
	struct instant end; /* of this step */
	struct secrets secrets;
	struct held held[3];
	char held_last; /* the way that spoke last; 0 = none */
};

/* Loading.  NULL with the reason in ERR. */
const struct plugin *device_driver_load(const char *dir, const char *driver,
    struct err *err);

/* Answers packets until it is told to quit or the other side is gone. */
void device_serve(struct device *device);

/* To the parent; when it is gone, so are we. */
void device_say(struct device *device, const struct wire_packet *packet);
/* KEY with a value of any length. */
void device_say_about(struct device *device, enum wire_about about, const char *value);
/* What waits of the transcript is written. */
void device_trace_flush(struct device *device);

/* Secrets. */
void secrets_add(struct secrets *secrets, const char *word);
/* Whether a parameter of that name is one although nobody says so. */
bool secret_name(const char *name);
/* Copies LEN bytes of TEXT to OUT with secrets blanked; cut when SIZE is too small.  Its
 * length. */
size_t secrets_blank(const struct secrets *secrets, const char *text, size_t len,
    char *out, size_t size);
/* How many bytes at the end of TEXT could be the beginning of a secret. */
size_t secrets_begun(const struct secrets *secrets, const char *text, size_t len);

/* Ends all that was started, hidden in other groups and sessions as it may be; at most 2 s.  Only
 * raw system calls: it is called in a signal handler, too. */
void device_end_children(void);

/* The groups that run (device_child()), for the end of this process. */
extern volatile pid_t device_children[DEVICE_CHILDREN_MAX];

#endif
