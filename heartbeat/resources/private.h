/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share; see resources.h for the terms. */
#ifndef HEARTBEAT_RESOURCES_PRIVATE_H
#define HEARTBEAT_RESOURCES_PRIVATE_H

#include "heartbeat/resources/resources.h"
#include "lib/array.h"

#define RSC_LOCAL_TIMER_MS                                                               \
	10000 /* an old peer that starts with us gets this long to speak */
#define RSC_STANDBY_ASK_MS 10000    /* until the peer says that it can take */
#define RSC_STANDBY_BEGIN_MS 15000  /* from its request to the first stop of the giver */
#define RSC_STANDBY_STEP_MS 3600000 /* any later step */
#define RSC_REPEAT_MS 2000    /* then an old peer has what was sent again before it */
#define RSC_LEAVE_MS 3600000  /* then the release is over, whatever still runs */
#define RSC_PARTITION_MS 2000 /* from the discovery to the restart */
#define RSC_FENCE_RETRY_MS 5000
#define RSC_FENCE_TOLD_MS 60000 /* how often a fencing that does not succeed is told */
#define RSC_GIVEUP_MS 30000     /* from a failed start to handing the set over */
#define RSC_GIVEUP_AGAIN_MS                                                              \
	3600000 /* a group that failed here twice in this time is not handed over again  \
	         */
#define RSC_STOP_RETRY_MS 1000
#define RSC_KILL_HARD_MS 5000 /* from TERM to KILL */
#define RSC_SLOW_MS 60000     /* how often a long script is mentioned */
#define RSC_LOOK_MS                                                                      \
	10000 /* what has not said by then that it is stopped counts as running */
#define RSC_REQUESTS_IDLE 6  /* questions without an answer: a reload waits no longer */
#define RSC_REQUEST_MS 10000 /* an unanswered ip-request is asked again */

#define RSC_WHY_MAX 160 /* bytes of a reason, cut when longer */

typedef uint64_t rsc_set; /* bit i: the set of node i */
#define RSC_SET(i) ((rsc_set)1 << (i))

struct rsc_group {
	struct conf_group conf; /* our own copy */
	size_t home; /* node index; RSC_NODE_MAX = a node that is not configured */
	enum rsc_group_state state;
	char why[RSC_WHY_MAX]; /* of the last change */
	size_t holder,
	    from; /* node that holds it and who did before; RSC_NODE_MAX = none known */
	char holder_why[RSC_WHY_MAX];
	struct instant since;     /* it holds it */
	bool removed;             /* no longer in the file, kept because it runs */
	struct instant failed;    /* last failed start; never = none */
	bool given_up;            /* was handed over after that failure */
	struct instant requested; /* legacy: ip-request sent, answers are missing */
	unsigned asked;           /* legacy: how often again, without all answers */
	int64_t ask;      /* legacy: number of the last question; answers repeat it */
	rsc_set answered; /* legacy: who does not run it, since then */
	struct instant cleared; /* legacy: when the last answer came */
};

/* ---- Jobs: one at a time, in order ---- */

enum rsc_job_kind {
	RSC_JOB_ACQUIRE,
	RSC_JOB_RELEASE,
	RSC_JOB_ANSWER,
	RSC_JOB_LOOK,
	RSC_JOB_MARK
};

/* Whose work it is; a MARK job says that all before it is done. */
enum rsc_activity {
	RSC_ACT_LOCAL,    /* own set, at start or because nobody holds it */
	RSC_ACT_TAKEOVER, /* sets of others */
	RSC_ACT_GIVE,     /* standby, giving side */
	RSC_ACT_TAKE,     /* standby, taking side */
	RSC_ACT_LEAVE,
	RSC_ACT_REQUEST, /* single groups: ip-request-resp */
	RSC_ACT_YIELD,   /* another living node runs it, too */
	RSC_ACT_LOOK,    /* what runs here before anything is decided */
};

struct rsc_job {
	enum rsc_job_kind kind;
	enum rsc_activity activity;
	struct rsc_group *group; /* not for MARK */
	size_t node;   /* MARK of TAKEOVER: the node taken over; ANSWER: who asks */
	char asks[20]; /* ANSWER: the number of the question */
	const char *why;
	bool again; /* ACQUIRE: what runs is announced once more */
};

enum rsc_step {
	RSC_STEP_NONE,
	RSC_STEP_STATUS,
	RSC_STEP_START,
	RSC_STEP_STOP,
	RSC_STEP_STOP_WAIT,
	RSC_STEP_STOP_CHECK,
	RSC_STEP_PROBE,
	RSC_STEP_GIVEIP,
	RSC_STEP_ANNOUNCE,
	RSC_STEP_LOOK
};

struct rsc_exec {
	struct rsc_job *queue; /* ring */
	size_t queue_max, first, count;
	struct rsc_job job; /* the current one; valid when busy */
	bool busy;
	bool giving_up; /* an ACQUIRE that failed and now releases */
	bool cut_short; /* an ACQUIRE that must not start anything more: we leave */
	enum rsc_step step;
	size_t resource; /* index in the group */
	int tries;       /* failed stops of this resource */
	bool stuck;      /* a resource of this group did not stop at all */
	uint32_t id;     /* of the running script; 0 = none */
	enum rsc_op op;  /* .. and what it does */
	uint32_t last_id;
	struct instant began; /* of the script */
	struct instant due;   /* retry of a stop, or never */
	struct instant kill_due, slow_due;
	bool killed_soft;
};

/* ---- Peers ---- */

/* See fencing.c. */
enum rsc_fence {
	RSC_FENCE_NONE,
	RSC_FENCE_DELAYED, /* until fence_due: it may have the right to reset us first */
	RSC_FENCE_RUNNING,
	RSC_FENCE_WAITING, /* until fence_due: the last attempt failed */
};

struct rsc_peer {
	const char *name;
	enum rsc_node_state state;
	bool anything; /* was ever heard in this life of ours */
	bool reported; /* said what it holds since it (re)started */
	bool mute;     /* active, but does not speak our protocol (legacy mode) */
	bool stable;   /* its last isstable */
	bool is_old; /* takes messages as they come, also when one before them is missing
	              */
	bool seen_start; /* it came up while we listened: it cannot be in the middle of a
	                    release */
	struct instant mute_due; /* when it counts as mute if it stays silent */
	int64_t
	    ask; /* only a report that answers this counts (field hbans); 0 = any does */
	bool asked_again; /* the question may have been lost */
	char asks[20];    /* what its last "starting" wants to be answered with */
	bool merges;      /* it returns from a partition, and gives way like we do */
	bool was_away;    /* was dead before it came back: it may have done anything
	                     meanwhile */
	bool kept; /* restarted without dying: may run all that it did (legacy mode) */
	struct instant conflict_since; /* it holds what we do */
	bool gone;                     /* sent shutdone */
	rsc_set hold;                  /* what it said, or is deduced to hold */
	rsc_set releasing;             /* given up by word, but not yet done */
	bool resolved;                 /* dead, and what it held is free */
	uint64_t generation;           /* of its present, or last, life; 0 = not known */
	enum rsc_fence fence;
	struct instant fence_due, fence_since;
	struct instant fence_told_due; /* the next reminder */
	unsigned fence_tries;
	char fence_why[RSC_WHY_MAX]; /* what became of it last */
	/* It is said to be reset: from its last generation nothing may be heard any
	 * more.  .. BY is NULL when it was our own device. */
	bool fenced;
	const char *fenced_by;
	char dead_why[RSC_WHY_MAX]; /* our copy: the event only lent it */
};

/* ---- The core ---- */

enum rsc_phase {
	RSC_PHASE_INIT,     /* communication is not up: nothing is decided */
	RSC_PHASE_STARTING, /* waiting to hear what the others hold */
	RSC_PHASE_SETTLED,
	RSC_PHASE_LEAVING, /* releasing everything */
	RSC_PHASE_LEFT,
};

enum rsc_standby_phase { RSC_SB_NOT, RSC_SB_ME, RSC_SB_OTHER, RSC_SB_DONE };

struct rsc_standby {
	enum rsc_standby_phase phase;
	bool we_give;
	size_t peer;    /* the other side; RSC_NODE_MAX = not known yet (ME) */
	char word[8];   /* the set in the view of the giver */
	rsc_set given;  /* what we, as giver, stop */
	rsc_set had;    /* .. and held before */
	rsc_set takers; /* nodes that said they can take (bits of nodes, not of sets) */
	bool lapsed; /* as taker we heard nothing of the giver in time: it may still begin
	              */
	bool taken;  /* a taker said "done"; with several takers the others may follow */
	struct instant deadline;
};

struct rsc {
	struct rsc_effects fx;
	void *shell;
	enum rsc_mode mode;
	enum conf_failback failback;
	size_t self, node_count;
	rsc_set all;
	int64_t deadtime_ms, script_timeout_ms;
	int stop_retries;
	bool can_fence;
	int64_t fence_delay_ms, fence_weaker_ms; /* see struct rsc_conf */
	uint64_t generation;                     /* of this life of ours; 0 = not known */
	bool continued; /* an exec restart: what runs here is known */

	struct rsc_group **group; /* file order; removed ones at the end */
	size_t group_count;
	struct rsc_exec exec;

	struct rsc_peer peer[RSC_NODE_MAX]; /* [self] only has its name */
	enum rsc_phase phase;
	rsc_set hold;
	rsc_set
	    paused; /* held by another node, too: not acquired further until it is done */
	bool looking; /* looks at what runs here already (look.c), until .. */
	struct instant look_due;
	struct instant kept_due; /* what we hold is said again: we are not up yet */
	bool comm_up_waits;      /* .. and communication is up */
	rsc_set found;           /* sets of which something runs here */
	rsc_set failback_due;    /* sets taken because of a death: may go home */
	struct rsc_standby standby;

	struct instant settle_due; /* local timer; never = not running */
	bool settle_extended; /* it was given a deadtime more for an active peer that says
	                         nothing */
	bool asked[RSC_NODE_MAX]; /* sent "starting" before we were up: gets its answer
	                             then */
	unsigned news;            /* counts what may have consequences */
	struct instant orphan_since[RSC_NODE_MAX];
	rsc_set orphan_asked;      /* their nodes were asked once more */
	struct instant giveup_due; /* a failed group's set is to be handed over */
	const struct rsc_group *giveup_group;
	struct instant
	    slept;  /* we stood still until then, with nobody alive that we knew of */
	bool apart; /* others may run what we hold: nothing new is begun */
	struct instant partition_due; /* restart after a healed partition */
	struct instant leave_due;     /* hard limit */
	bool leave_wanted, leave_told;
	const char *leave_why;

	char hold_words[512]; /* for rsc_hold_word() */
	bool announced_stable;
	bool repeat_wanted;        /* that we are stable was just said .. */
	struct instant repeat_due; /* .. and is to be said once more, to old peers */
	bool initial_told;
	const char *word_told;
	const char *reason; /* of the last acquisition: "T_RESOURCES(us)" ... */
};

/* say.c */
void rsc_logf(const struct rsc *rsc, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rsc_send_resource(struct rsc *rsc, const char *info);
void rsc_send_answer(struct rsc *rsc, const char *asks);
void rsc_send_ask(struct rsc *rsc, const char *info, const char *word, size_t to);
void rsc_send_starting(struct rsc *rsc, struct instant now, size_t who);
void rsc_send_fenced(struct rsc *rsc, size_t node, const char *result, const char *info);
void rsc_tell(struct rsc *rsc, enum rsc_event_type type, const char *key,
    const char *word, const char *why);
/* Names of the nodes whose sets are in HOLD; empty when they do not fit. */
void rsc_hold_names(const struct rsc *rsc, rsc_set hold, char *names, size_t size);

/* rsc.c */
void rsc_set_phase(struct rsc *rsc, enum rsc_phase phase, const char *why);
void rsc_set_hold(struct rsc *rsc, rsc_set hold, const char *why);
/* Communication is up, and what runs here is known. */
void rsc_begin(struct rsc *rsc, struct instant now);

/* nodes.c */
size_t rsc_node_index(const struct rsc *rsc, const char *name); /* RSC_NODE_MAX = none */
bool rsc_peer_lives(const struct rsc *rsc, size_t i);
bool rsc_is_ending(const struct rsc *rsc); /* nothing new is begun */
void rsc_come_apart(struct rsc *rsc, struct instant restart);

/* sets.c */
const char *rsc_word_of(rsc_set hold, size_t self);
void rsc_set_of_names(const struct rsc *rsc, const char *names, rsc_set *set);
bool rsc_set_of_word(const struct rsc *rsc, const char *word, size_t speaker,
    rsc_set *set);
rsc_set rsc_set_of_message(const struct rsc *rsc, const struct msg *m, size_t speaker);
const char *rsc_word_flip(const char *word);
rsc_set rsc_claimed(const struct rsc *rsc);
rsc_set rsc_claimed_by_others(const struct rsc *rsc);
rsc_set rsc_still_running(const struct rsc *rsc);
size_t rsc_heir(const struct rsc *rsc, size_t home);
size_t rsc_nearer(const struct rsc *rsc, size_t home, size_t other);
void rsc_audit(struct rsc *rsc);

/* groups.c */
void rsc_group_set_state(struct rsc *rsc, struct rsc_group *g, enum rsc_group_state next,
    const char *why);
struct rsc_group *rsc_group_find(const struct rsc *rsc, const char *word);
void rsc_groups_free(struct rsc *rsc);

/* holders.c */
void rsc_holders_review(struct rsc *rsc, struct instant now);
/* Why who held the set of HOME last does not any more; NULL when that node lives, or none
 * did. */
const char *rsc_holder_lost_why(const struct rsc *rsc, size_t home);
/* Who held G before us; NULL = nobody, or not known. */
const char *rsc_group_from(const struct rsc *rsc, const struct rsc_group *g);

/* jobs.c */
void rsc_exec_acquire(struct rsc *rsc, struct rsc_group *g, enum rsc_activity activity,
    const char *why);
/* Another node had it, too: its addresses are announced again. */
void rsc_exec_resume(struct rsc *rsc, struct rsc_group *g, const char *why);
void rsc_exec_release(struct rsc *rsc, struct rsc_group *g, enum rsc_activity activity,
    const char *why);
void rsc_exec_answer(struct rsc *rsc, struct rsc_group *g, size_t asker,
    const char *asks);
void rsc_exec_look(struct rsc *rsc, struct rsc_group *g);
void rsc_exec_mark(struct rsc *rsc, enum rsc_activity activity, size_t node);
void rsc_exec_drop(struct rsc *rsc,
    unsigned activities); /* waiting jobs of these; bits */
/* Groups of SET are not acquired any more; CUT: nor is the one at work completed. */
void rsc_exec_forget(struct rsc *rsc, rsc_set set, bool cut);
bool rsc_exec_will_release(const struct rsc *rsc, const struct rsc_group *g);
void rsc_exec_cut_short(struct rsc *rsc, unsigned activities); /* .. and starts no more */
bool rsc_exec_is_idle(const struct rsc *rsc);
bool rsc_exec_has(const struct rsc *rsc, enum rsc_activity activity);
bool rsc_exec_next(struct rsc *rsc, struct rsc_job *job); /* false = none waits */

/* executor.c */
void rsc_exec_pump(struct rsc *rsc, struct instant now);
void rsc_exec_tick(struct rsc *rsc, struct instant now);
struct instant rsc_exec_due(const struct rsc *rsc);

/* output.c */
bool rsc_status_is_held(const char *output, size_t len);

/* review.c: what follows from the facts */
void rsc_review(struct rsc *rsc, struct instant now);
bool rsc_is_settled(const struct rsc *rsc); /* field isstable */
bool rsc_is_stable(const struct rsc *rsc);
void rsc_activity_done(struct rsc *rsc, struct instant now, enum rsc_activity activity,
    size_t node);

/* fencing.c */
void rsc_fence_begin(struct rsc *rsc, struct instant now, size_t node);
/* It is heard again, or we end. */
void rsc_fence_end(struct rsc *rsc, size_t node, const char *why);
/* NODE lives in the generation of which we believed that it was reset. */
void rsc_fence_lied(struct rsc *rsc, size_t node);
void rsc_fence_tick(struct rsc *rsc, struct instant now);
struct instant rsc_fence_tick_due(const struct rsc *rsc);
void rsc_on_stonith(struct rsc *rsc, struct instant now, size_t from,
    const struct msg *m);

/* negotiate.c, standby.c, death.c, legacy.c, leave.c, look.c */
void rsc_look_found(struct rsc *rsc, struct rsc_group *g);
void rsc_look_done(struct rsc *rsc, struct instant now);
void rsc_look_settled(struct rsc *rsc);
void rsc_kept_tick(struct rsc *rsc, struct instant now);
void rsc_on_starting(struct rsc *rsc, size_t from, const struct msg *m);
void rsc_settle_try(struct rsc *rsc, struct instant now);
void rsc_mute_try(struct rsc *rsc, struct instant now);
void rsc_answer_asked(struct rsc *rsc);
void rsc_on_resource(struct rsc *rsc, struct instant now, size_t from,
    const struct msg *m);
void rsc_on_ask(struct rsc *rsc, struct instant now, size_t from, const struct msg *m);
void rsc_on_takeover(struct rsc *rsc, struct instant now, size_t from,
    const struct msg *m);
void rsc_on_shutdone(struct rsc *rsc, struct instant now, size_t from);
void rsc_on_ip_request(struct rsc *rsc, size_t from, const struct msg *m);
void rsc_on_ip_response(struct rsc *rsc, struct instant now, size_t from,
    const struct msg *m);
int rsc_standby_ask(struct rsc *rsc, struct instant now, const char *word);
void rsc_standby_began(struct rsc *rsc, struct instant now, size_t from);
void rsc_standby_given(struct rsc *rsc, struct instant now);
void rsc_standby_taken(struct rsc *rsc);
void rsc_standby_review(struct rsc *rsc);
rsc_set rsc_standby_moving(const struct rsc *rsc);
void rsc_standby_cancel(struct rsc *rsc, const char *why);
void rsc_standby_takes(struct rsc *rsc, struct instant now, size_t from);
void rsc_standby_lost(struct rsc *rsc, size_t node, const char *why);
void rsc_standby_tick(struct rsc *rsc, struct instant now);
void rsc_on_death(struct rsc *rsc, struct instant now, size_t node);
/* What NODE held is free. */
void rsc_resolve(struct rsc *rsc, struct instant now, size_t node);
void rsc_legacy_acquire(struct rsc *rsc, struct instant now, const char *why);
void rsc_legacy_tick(struct rsc *rsc, struct instant now);
void rsc_legacy_request(struct rsc *rsc, struct instant now, struct rsc_group *g);
/* The answers about G waited so long for their turn that they mean nothing any more. */
bool rsc_legacy_is_stale(const struct rsc *rsc, struct instant now,
    const struct rsc_group *g);
void rsc_legacy_takeover(struct rsc *rsc, struct instant now, size_t node);
void rsc_legacy_returned(struct rsc *rsc, struct instant now);
void rsc_legacy_active(struct rsc *rsc, struct instant now);
void rsc_legacy_yield(struct rsc *rsc, size_t node);
void rsc_answer(struct rsc *rsc, const struct rsc_group *g, const struct rsc_job *job,
    bool owned);
void rsc_leave_begin(struct rsc *rsc, struct instant now, const char *why);
void rsc_leave_step(struct rsc *rsc, struct instant now);
void rsc_left(struct rsc *rsc);

#endif
