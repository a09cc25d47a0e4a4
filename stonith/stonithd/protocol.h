/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of stonithd (spec/stonith.md 13): what clients ask, and what stonithds of several nodes
 * say to each other, as messages and as structs.  Pure.  Everything that is read is checked here.
 */
#ifndef STONITH_STONITHD_PROTOCOL_H
#define STONITH_STONITHD_PROTOCOL_H

#include "heartbeat/message/message.h"
#include "lib/err.h"
#include "stonith/stonithd/fencer.h"

#define SDP_SOCKET HB_RUNDIR "/stonithd"
#define SDP_CALLBACK HB_RUNDIR "/stonithd_callback"
#define SDP_COOKIE_MAX 40
#define SDP_BODY_MAX (128 * 1024)
#define SDP_PARAM_NAME_MAX 128
#define SDP_PARAM_MAX 4000

enum sdp_kind {
	SDP_SIGNON,
	SDP_SIGNOFF,
	SDP_FENCE,
	SDP_RESOURCE, /* start, stop, monitor */
	SDP_TYPES,
	/* Of this implementation. */
	SDP_DEVICES,
	SDP_HISTORY,
	SDP_KIND_COUNT
};
extern const char *const sdp_kind_names[SDP_KIND_COUNT];

enum sdp_raop { SDP_START, SDP_STOP, SDP_MONITOR, SDP_RAOP_COUNT };

struct sdp_request {
	enum sdp_kind kind;
	char name[SD_ID_MAX + 1];
	int64_t pid;
	char cookie[SDP_COOKIE_MAX + 1];
	struct sd_request fence; /* without the client */
	enum sdp_raop raop;
	char raop_name[32]; /* as it was asked for: "monitor" or "status" */
	char resource[SD_ID_MAX + 1], type[SD_TYPE_MAX + 1];
	const struct msg_field *params; /* in the message; NULL = none */
};

/* 0, or -EINVAL with the reason in ERR. */
int sdp_request_parse(const struct msg *m, struct sdp_request *request, struct err *err);

/* A resource's parameters without what is not for its device. */
struct sdp_params {
	int64_t priority, limit_ms;
	/* What is for the device.  0, or what to return. */
	int (*take)(void *data, const char *name, const char *value, struct err *err);
	void *data;
};
/* 0, or -EINVAL or what TAKE returned, with the reason in ERR. */
int sdp_params_parse(const struct msg_field *field, struct sdp_params *params,
    struct err *err);

/* "60", "60s", "2min", "500ms": milliseconds, or -EINVAL. */
int64_t sdp_time_parse(const char *text);
/* A number that may be negative.  0, -ENOENT or -EINVAL. */
int sdp_int(const struct msg *m, const char *name, int64_t *value);

/* Between stonithds.  0, -ENOENT (of other programs), or -EINVAL. */
int sdp_message_parse(const struct msg *m, struct sd_message *out);
/* 0 or -ENOSPC. */
int sdp_message_make(const struct sd_message *message, struct msg *m);

#endif
