/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resources: which node runs which groups of haresources (spec/resources-v1.md).  Pure:
 * it is told of messages, nodes, ended scripts and the time, and answers through struct
 * rsc_effects.
 *
 * Terms.  A *set* is all groups of one preferred node; sets are moved as a whole, as the
 * protocol does.  Which sets a node holds is a bit mask over the normal nodes in the
 * order of ha.cf; the words none, local, foreign and all are that mask as seen from the
 * speaking node.
 *
 * The core keeps, for each peer, what it said it holds, and decides by one rule that is
 * evaluated after every event (review.c): a set that nobody alive holds, may still hold,
 * or is handing over, is taken by exactly one node: its own if that lives, else the heir,
 * the next living node in the order of ha.cf.  Everything that the protocol of the old
 * daemon says becomes a fact for that rule.
 */
#ifndef HEARTBEAT_RESOURCES_RESOURCES_H
#define HEARTBEAT_RESOURCES_RESOURCES_H

#include "heartbeat/config/config.h"
#include "heartbeat/message/message.h"
#include "lib/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSC_NODE_MAX                                                                     \
	64 /* normal nodes in haresources mode; more are refused at start                \
	    */
#define RSC_OUTPUT_MAX 4096 /* bytes of a status script's stdout that are looked at */

enum rsc_mode { RSC_NICE, RSC_LEGACY };

struct rsc_conf {
	const char *const *node; /* normal nodes, ha.cf order */
	size_t node_count;
	size_t self;
	enum conf_failback failback;
	int64_t deadtime_ms;
	int64_t script_timeout_ms; /* 0 = never */
	int stop_retries;          /* HA_STOPRETRYMAX: 10; <= 0 = until it succeeds */
	bool can_fence;            /* a STONITH device is configured */
	/* Before a node is reset we wait: always, and when we hold less than it did.  Two
	 * nodes that lose each other then do not both reset the other. */
	int64_t fence_delay_ms, fence_weaker_ms;
	uint64_t generation; /* of this life of ours; 0 = not known */
	bool restarted;      /* exec restart: resources of HOLD are running */
	const char *hold;    /* word of -C, with restarted */
};

/* RSC_GIVEIP: rc.d/local_giveip of the administrator, before a group is given up on
 * request (legacy mode). */
enum rsc_op {
	RSC_STATUS,
	RSC_START,
	RSC_STOP,
	RSC_GIVEIP,
	/* An address that another node had, too, is told to the neighbours once more; of
	 * other resources there is nothing to do. */
	RSC_ANNOUNCE,
};
extern const char
    *const rsc_op_names[]; /* "status" "start" "stop" "local_giveip" "announce" */

enum rsc_group_state {
	RSC_STOPPED,
	RSC_STARTING,
	RSC_RUNNING,
	RSC_STOPPING,
	RSC_FAILED, /* a start failed and the group was released */
	RSC_STUCK,  /* a stop failed for good */
};

/* One script to run.  The answer is rsc_ran() with the same ID, exactly once. */
struct rsc_run {
	uint32_t id;
	const struct conf_resource *resource;
	enum rsc_op op;
	const char *key, *asker; /* RSC_GIVEIP: of which group, and for whom */
};

#define RSC_SEND_FIELDS 8
struct rsc_send {
	const char *type;
	struct {
		const char *name, *value;
	} field[RSC_SEND_FIELDS];
	size_t count;
};

enum rsc_event_type {
	RSC_EV_GROUP,  /* a group changed its state: key, word, why, from (who held it
	                  before us) */
	RSC_EV_HOLDER, /* as far as this node knows, another node holds a group: key, word
	                * (its name,
	                * "" = nobody), from, why */
	RSC_EV_STABLE, /* what rsc_word() answers changed */
	RSC_EV_LEFT,   /* everything is released, shutdone was sent: the daemon may end */
	RSC_EV_RESTART, /* resources must be given up and the daemon start anew
	                   (partition); rsc_leave() is to be called */
	RSC_EV_REBOOT,  /* a resource does not stop: the machine must go down at once */
	RSC_EV_FENCED,  /* word: the node that says that we were reset, and took what runs
	                  here: the machine must go down at once */
};

struct rsc_event {
	enum rsc_event_type type;
	const char *key, *word, *why;
	const char *from; /* a node; NULL = none, not known, or not of this event */
};

struct rsc_effects {
	void (*send)(void *shell, const struct rsc_send *send);
	void (*run)(void *shell, const struct rsc_run *run);
	void (
	    *kill)(void *shell, uint32_t id, bool hard); /* a script that ran too long */
	void (*fence)(void *shell, const char *node);    /* answer: rsc_fenced() */
	/* The fencing that runs is pointless: no answer is wanted, and none may come. */
	void (*fence_stop)(void *shell, const char *node);
	/* The last success was none: another device is to be tried first from now on. */
	void (*fence_lied)(void *shell, const char *node);
	void (*arm)(void *shell, struct instant when);
	void (*tell)(void *shell, const struct rsc_event *event);
	void (*log)(void *shell, int priority, const char *text);
};

struct rsc;

/* NULL when memory is short. */
struct rsc *rsc_new(const struct rsc_conf *conf, const struct rsc_effects *fx,
    void *shell);
void rsc_free(struct rsc *rsc);

/* haresources was read (anew).  Copied.  -EAGAIN while scripts of a group run: offer it
 * again later. */
int rsc_set_groups(struct rsc *rsc, const struct conf_groups *groups);

/* ---- Events ---- */

enum rsc_node_state { RSC_NODE_DEAD, RSC_NODE_JOINING /* init, up */, RSC_NODE_ACTIVE };

/* ANYTHING: a packet of it was received in this life of ours.  WHY is kept for what
 * follows from it. */
void rsc_node(struct rsc *rsc, struct instant now, const char *name,
    enum rsc_node_state state, bool anything, const char *why);
/* The generation of NODE, before what is told of it. */
void rsc_generation(struct rsc *rsc, const char *name, uint64_t generation);
/* A peer that we did not see dying has a new generation. */
void rsc_restarted(struct rsc *rsc, struct instant now, const char *name);
/* Messages of a living node are lost for good: it is asked again what it holds. */
void rsc_lost(struct rsc *rsc, struct instant now, const char *name);
/* A node thought dead was alive all the time.  MERGES: it and every other living node give
 * way where two hold the same, so nobody has to restart. */
void rsc_partition(struct rsc *rsc, struct instant now, const char *name, bool merges);
/* We did not run for longer than the others bear: they have taken our sets by now. */
void rsc_overslept(struct rsc *rsc, struct instant now, const char *why);
/* Asks every resource whether it runs here already.  To be called before rsc_comm_up(),
 * or not at all: then nothing does. */
void rsc_look(struct rsc *rsc, struct instant now);
void rsc_comm_up(struct rsc *rsc, struct instant now);
/* A message of type starting, resource, ask_resources, hb_takeover, ip-request,
 * ip-request-resp, shutdone or stonith. */
bool rsc_wants(const char *type);
void rsc_message(struct rsc *rsc, struct instant now, const char *from,
    const struct msg *m);
/* A local wish that would go out as a message: ask_resources me (hb_standby, ipfail).
 * Refusals are logged. 0, or -EBUSY refused for now, -EINVAL bad word, -ENOTSUP legacy
 * mode, -ENOTCONN nobody to take over. */
int rsc_ask_standby(struct rsc *rsc, struct instant now, const char *word);
/* CODE: exit status; -1 when it was killed or could not be started.  OUTPUT: stdout of a
 * status. */
void rsc_ran(struct rsc *rsc, struct instant now, uint32_t id, int code,
    const char *output, size_t len);
enum rsc_fence_result { RSC_FENCE_OK, RSC_FENCE_FAILED, RSC_FENCE_BADHOST };
void rsc_fenced(struct rsc *rsc, struct instant now, const char *node,
    enum rsc_fence_result result);
/* BY says that it made sure that the dead NODE is down.  0; -ENOENT there is no such
 * node, -EALREADY it is not waited for. */
int rsc_confirm(struct rsc *rsc, struct instant now, const char *name, const char *by);
void rsc_tick(struct rsc *rsc, struct instant now);
/* Give everything up.  RSC_EV_LEFT follows, at the latest after an hour. */
void rsc_leave(struct rsc *rsc, struct instant now, const char *why);

/* ---- For status ---- */
const char *rsc_word(const struct rsc *rsc); /* none local foreign all transition */
/* The same without "transition": for -C.  Of more than two nodes the words say too
 * little: then it may be "+" and the names of the nodes whose sets are held. */
const char *rsc_hold_word(const struct rsc *rsc);
bool rsc_is_idle(
    const struct rsc *rsc); /* no script runs or waits, nothing is about to be given up */
/* .. and nothing is asked for: a reload may keep it all. */
bool rsc_may_reload(const struct rsc *rsc);
enum rsc_mode rsc_mode(const struct rsc *rsc);
size_t rsc_group_count(const struct rsc *rsc);
struct rsc_group_info {
	const char *key, *home;
	enum rsc_group_state state; /* here */
	const char *why;            /* it is in that state */
	const char *holder; /* node that holds it, as far as this one knows; NULL =
	                       nobody, or not known */
	const char *from;   /* who held it before; NULL = nobody, or not known */
	const char *holder_why;
	struct instant since; /* the holder has it; never = not since this daemon runs */
	const struct conf_group *conf;
};
/* Lent until the next call. */
void rsc_group_info(const struct rsc *rsc, size_t i, struct rsc_group_info *info);
extern const char *const rsc_group_state_names[];
/* A dead node that must be reset before anything of it may be taken. */
struct rsc_fencing_info {
	const char *state;         /* "delayed" "running" "waiting" */
	const char *why;           /* what became of it last */
	struct instant since, due; /* due: the next attempt; never = one runs */
	unsigned tries;
};
/* False: nothing of that kind.  Lent until the next call. */
bool rsc_fencing(const struct rsc *rsc, const char *name, struct rsc_fencing_info *info);

/* Asserts the invariants. */
void rsc_check(const struct rsc *rsc);

#endif
