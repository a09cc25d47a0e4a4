/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stonithd decides (spec/stonith.md 13): which device fences a node, who else is asked for it,
 * in which order, when it is given up, and what is told to whom.  Pure: no clock, no socket, no
 * process.  Facts come in with their time, and are answered by calling struct sd_effects.
 *
 * An operation is one action on one node; who asks for the same while it runs joins it.
 *
 *	LOCAL    a device of this node is at work; the next one when it fails
 *	ASKING   every node was asked who can (whocanst); answers come (icanst, icantst)
 *	REMOTE   one helper is at work (stit); the next one when it fails, dies, or is late (rstit)
 *	LEAVING  it is this node's own end: reported, and done a moment later
 *
 * Success is what a device said, here or at a helper, and nothing else, with one exception: a
 * node that ends itself can only say so before.
 */
#ifndef STONITH_STONITHD_FENCER_H
#define STONITH_STONITHD_FENCER_H

#include "lib/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SD_NODE_MAX 80          /* bytes of a node's name; longer ones are refused */
#define SD_ID_MAX 255           /* of a resource's, of a client's name */
#define SD_TYPE_MAX 100         /* of a device type */
#define SD_TEXT_MAX 512         /* of what a client wants back with its result */
#define SD_LIST_MAX 2048        /* of a list of nodes; more are left out */
#define SD_RESOURCE_MAX 64      /* more are refused */
#define SD_HOST_MAX 1024        /* of one resource; more are refused */
#define SD_OP_MAX 64            /* at a time; more requests fail at once */
#define SD_WAITER_MAX 32        /* of one operation; the same */
#define SD_PEER_MAX 256         /* nodes that are looked at; others never help */
#define SD_HISTORY_MAX 64       /* the oldest is forgotten */
#define SD_TRANSCRIPT_MAX 16384 /* bytes; the rest is left out */
#define SD_ASK_MS 2000   /* answers are waited for, at most half of the request's time */
#define SD_AGAIN_MS 2000 /* a question or request that was not answered is repeated */
#define SD_LEAVE_MS 1000 /* between the report and our own end */
#define SD_TIMEOUT_MAX_MS 86400000

enum sd_op { SD_QUERY, SD_RESET, SD_ON, SD_OFF, SD_OP_COUNT };
enum sd_result { SD_SUCCEEDED, SD_CANNOT, SD_TIMEOUT, SD_GENERIC, SD_RESULT_COUNT };
extern const char *const sd_op_names[SD_OP_COUNT];
extern const char *const sd_result_names[SD_RESULT_COUNT];

/* Between stonithds. */
enum sd_message_type {
	SD_WHOCANST,
	SD_ICANST,
	SD_ICANTST,
	SD_STIT,
	SD_RSTIT,
	SD_RESETTED,
	SD_MESSAGE_COUNT
};
struct sd_message {
	enum sd_message_type type;
	char peer[SD_NODE_MAX + 1]; /* its sender, or who is to get it; "" = all */
	char node[SD_NODE_MAX + 1]; /* "" = not told, by old ones in their answers */
	enum sd_op op;
	int64_t timeout_ms;
	int32_t callid;
	enum sd_result result;
	int64_t priority; /* of the best device of who can; 0 from old ones */
	bool modern;      /* the sender answers failures too, and wants that */
};

/* What a client asks for. */
struct sd_request {
	enum sd_op op;
	char node[SD_NODE_MAX + 1];
	int64_t timeout_ms;
	unsigned long client; /* the shell's number of it */
	char client_name[SD_ID_MAX + 1];
	int64_t client_pid;
	char uuid[SD_TEXT_MAX + 1], pdata[SD_TEXT_MAX + 1]; /* go back with the result */
	bool has_pdata;
};

struct sd_answer {
	const struct sd_request *request;
	int32_t callid;
	enum sd_result result;
	const char *nodes; /* who did it, or all who can; blank separated */
};

/* Each call only takes note: it does not block, does not fail and does not call back. */
struct sd_effects {
	/* The device RESOURCE does OP on NODE; sd_ran() tells the end, always. */
	void (*run)(void *shell, uint32_t run, const char *resource, enum sd_op op,
	    const char *node, int64_t limit_ms);
	/* It is not waited for any more: it may be stopped, and sd_ran() is not called. */
	void (*give_up)(void *shell, uint32_t run);
	void (*send)(void *shell, const struct sd_message *message);
	void (*answer)(void *shell, const struct sd_answer *answer);
	void (*arm)(void *shell, struct instant when); /* sd_tick() then */
	void (*log)(void *shell, int priority, const char *text);
};

/* What has been done, or is being done. */
struct sd_history {
	uint32_t number; /* grows; 0 = free */
	char node[SD_NODE_MAX + 1], asker[SD_ID_MAX + 1], nodes[SD_ID_MAX + 1],
	    resource[SD_ID_MAX + 1], type[SD_TYPE_MAX + 1];
	enum sd_op op;
	enum sd_result result;
	bool over;
	struct instant begun, ended;
	size_t transcript_len;
	char *transcript; /* of the devices here; NULL = none */
};

struct sd_resource {
	char id[SD_ID_MAX + 1], type[SD_TYPE_MAX + 1];
	int64_t priority; /* lower ones first */
	int64_t limit_ms; /* of an action; 0 = what the request leaves */
	char **host;
	size_t host_count;
	uint32_t serial; /* in the order of their start */
};

struct sd;

/* NULL: no memory.  SEED makes numbers of calls of one life differ from those of another. */
struct sd *sd_new(const char *self, bool test_mode, uint32_t seed,
    const struct sd_effects *fx, void *shell);
/* Without a word to anybody. */
void sd_free(struct sd *sd);

/* Nodes. */
void sd_peer(struct sd *sd, const char *name, bool alive, struct instant now);

/* Started devices.  0, -E2BIG, -EINVAL (a name that is too long), -ENOMEM. */
int sd_resource_put(struct sd *sd, const char *id, const char *type, int64_t priority,
    int64_t limit_ms, char *const *hosts);
void sd_resource_remove(struct sd *sd, const char *id);
/* In the order in which they are tried; NULL behind the last. */
const struct sd_resource *sd_resource_at(const struct sd *sd, size_t i);

/* A client's request: the number of the call (> 0: a device here begins), or 0 when too much goes on.
 * The result is told by a later sd_tick(), never before this returns. */
int32_t sd_request(struct sd *sd, const struct sd_request *request, struct instant now);
/* The client is gone; what it began goes on. */
void sd_client_gone(struct sd *sd, unsigned long client);
/* A message of another stonithd. */
void sd_heard(struct sd *sd, const struct sd_message *message, struct instant now);
/* The end of a run: an enum stonith_code. */
void sd_ran(struct sd *sd, uint32_t run, int code, struct instant now);
/* A line of its transcript. */
void sd_transcript(struct sd *sd, uint32_t run, char way, const char *text);
void sd_tick(struct sd *sd, struct instant now);
/* Everybody who waits is told that it failed. */
void sd_close(struct sd *sd, struct instant now);

/* The latest first; NULL behind the last. */
const struct sd_history *sd_history_at(const struct sd *sd, size_t i);
size_t sd_op_count(const struct sd *sd);

#endif
