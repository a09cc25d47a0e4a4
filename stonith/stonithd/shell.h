/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stonithd around its decisions:
 *
 *	serve.c    clients: a socket for requests, one for results
 *	devices.c  resources
 *	jobs.c     what is done with their devices, each action in a process of its own
 *	cluster.c  the messages of the other nodes
 *	main.c     options, begin, end
 */
#ifndef STONITH_STONITHD_SHELL_H
#define STONITH_STONITHD_SHELL_H

#include "heartbeat/helpers/member/member.h"
#include "lib/frame_server.h"
#include "stonith/stonithd/protocol.h"

#include <sys/queue.h>

enum sdd_exit {
	SDD_OK = 0,
	SDD_FAILED = 1,
	SDD_USAGE = 1,
	SDD_STOPPED = 3,
	SDD_NO_RESPAWN = 100 /* heartbeat does not start it again */
};

/* A client. */
struct sdd_session {
	LIST_ENTRY(sdd_session) next;
	unsigned long number;
	char name[SD_ID_MAX + 1], cookie[SDP_COOKIE_MAX + 1];
	uid_t uid;
	struct frame_client *api, *callback; /* NULL = not, or not any more */
};

struct sdd_device;
struct shell {
	const char *program;
	struct loop *loop;
	struct member member;
	bool alone, test;
	char self[SD_NODE_MAX + 1];
	struct sd *sd;
	struct loop_timer tick;
	struct frame_server api, callback;
	LIST_HEAD(, sdd_session) sessions;
	unsigned long session_number;
	LIST_HEAD(, sdd_device) devices;
	size_t job_count;
	int32_t job_number;
	uid_t cluster_uid; /* hacluster; 0 = there is none */
	int code;
};

/* Messages to clients. */
struct sdd_reply {
	struct msg m;
	uint8_t store[65536];
};
void sdd_reply_init(struct sdd_reply *reply, const char *word);
/* False: it could not be sent; the client goes. */
bool sdd_reply_send(struct sdd_reply *reply, struct frame_client *client);
/* The client of that number; NULL = gone. */
struct sdd_session *sdd_session_find(struct shell *s, unsigned long number);

int sdd_serve_open(struct shell *s, struct err *err);
void sdd_serve_close(struct shell *s);
void sdd_answer(void *shell, const struct sd_answer *answer);

/* Devices. */
/* A client's start, stop or monitor. */
void sdd_resource(struct shell *s, struct sdd_session *session,
    const struct sdp_request *request);
void sdd_run(void *shell, uint32_t run, const char *resource, enum sd_op op,
    const char *node, int64_t limit_ms);
void sdd_give_up(void *shell, uint32_t run);
/* Whether it was one of a device's. */
bool sdd_reaped(struct shell *s, pid_t pid, int status);
void sdd_devices_free(struct shell *s);
/* Adds what is known of the resources to REPLY. */
void sdd_devices_list(struct shell *s, struct sdd_reply *reply);

/* Cluster. */
/* Fills in s->self.  0, or -errno with ERR. */
int sdd_cluster_open(struct shell *s, struct err *err);
/* Once s->sd is there. */
int sdd_cluster_watch(struct shell *s, struct err *err);
void sdd_cluster_close(struct shell *s);
void sdd_send(void *shell, const struct sd_message *message);

#endif
