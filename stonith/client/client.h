/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stonithd for programs (spec/stonith.md 13): sign on, have nodes fenced, start, monitor and stop
 * devices, hear results.  Requests wait for their acceptance; results come later, in any order,
 * through sdc_result().  Not thread safe; several objects in one process are fine.
 */
#ifndef STONITH_CLIENT_CLIENT_H
#define STONITH_CLIENT_CLIENT_H

#include "heartbeat/client/client.h"
#include "lib/err.h"
#include "stonith/stonithd/protocol.h"

struct sdc;

struct sdc_param {
	const char *name, *value; /* name NULL ends a list */
};

struct sdc_result {
	bool resource; /* of a start, stop or monitor; else of a fencing operation */
	int32_t callid;
	int frc; /* enum sd_result, or what the resource's action ended with */
	enum sd_op op;
	char node[SD_NODE_MAX + 1], nodes[SD_LIST_MAX];
	char id[SD_ID_MAX + 1], action[32];
};

/* NULL when memory is short.  NAME: what the log calls the program. */
struct sdc *sdc_new(const char *name);
/* Closes without a word, if that has not happened.  NULL is fine. */
void sdc_free(struct sdc *sdc);
/* 0, or -errno with the reason in ERR: -ENOENT, -ECONNREFUSED (stonithd does not run), -EPERM. */
int sdc_signon(struct sdc *sdc, struct instant deadline, struct err *err);
void sdc_signoff(struct sdc *sdc);

/* A fencing operation, or the question who can; the number of the call in *CALLID.  UUID is the
 * node's, and must be there.  0, -EINVAL, -EBUSY (refused), -ETIMEDOUT, or as client_read(). */
int sdc_fence(struct sdc *sdc, enum sd_op op, const char *node, const char *uuid,
    int64_t timeout_ms, int32_t *callid, struct err *err);
/* "start", "stop", "monitor" of a resource; PARAMS for a start, may be NULL.  The same. */
int sdc_resource(struct sdc *sdc, const char *action, const char *id, const char *type,
    const struct sdc_param *params, int32_t *callid, struct err *err);
/* The device types: TAKE gets each. */
int sdc_types(struct sdc *sdc, void (*take)(void *data, const char *type), void *data,
    struct err *err);
/* The structs of the answer to SDP_DEVICES or SDP_HISTORY: TAKE gets each. */
int sdc_list(struct sdc *sdc, enum sdp_kind kind,
    void (*take)(void *data, const struct msg *item), void *data, struct err *err);

/* For poll(2): readable when a result may have come. */
int sdc_fd(const struct sdc *sdc);
/* The next result.  0, -ETIMEDOUT, or as client_read(). */
int sdc_result(struct sdc *sdc, struct sdc_result *result, struct instant deadline);

#endif
