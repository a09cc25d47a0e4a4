/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A resource of stonithd and its jobs: what both halves know.  devices.c has the resources and answers clients;
 * jobs.c does, one after the other, what is to be done with a device.
 */
#ifndef STONITH_STONITHD_JOBS_H
#define STONITH_STONITHD_JOBS_H

#include "stonith/library/library.h"
#include "stonith/stonithd/shell.h"

/* What is told of a start, stop or monitor. */
enum { FRC_OK = 0, FRC_STATUS = 1, FRC_NO_HOSTS = 6, FRC_STOPPED = 7, FRC_MONITOR = 14 };

enum job_kind { JOB_START, JOB_MONITOR, JOB_FENCE };

struct job {
	TAILQ_ENTRY(job) next;
	struct shell *shell;
	struct sdd_device *device;
	enum job_kind kind;
	size_t at; /* of its plan */
	bool runs;
	struct stn_device *stn;
	/* JOB_FENCE */
	uint32_t run;
	enum sd_op op;
	char node[SD_NODE_MAX + 1];
	struct instant end; /* also the time of waiting for another job counts */
	/* Others: who is told. */
	unsigned long session;
	int32_t callid;
	char raop_name[32];
	bool accepted; /* the client knows the callid */
	char why[320]; /* the last error that the device told; "" = none */
	uint8_t *params;
	size_t params_len;
};

struct param {
	char *name, *value;
};

struct sdd_device {
	LIST_ENTRY(sdd_device) next;
	char id[SD_ID_MAX + 1], type[SD_TYPE_MAX + 1];
	struct param param[STN_PARAMS_MAX];
	size_t param_count;
	int64_t priority, limit_ms;
	bool started;
	int last;                       /* result of the last start or monitor */
	TAILQ_HEAD(job_list, job) jobs; /* the first one runs */
};

/* NULL = there is none. */
struct sdd_device *sdd_device_find(struct shell *s, const char *id);
/* Its jobs are gone. */
void sdd_device_free(struct sdd_device *device);
/* The next job begins when none runs.  May free the device. */
void sdd_device_pump(struct sdd_device *device);

/* NULL: too many.  It is in no list yet. */
struct job *sdd_job_new(struct shell *s, struct sdd_device *device, enum job_kind kind);
/* Also ends its process. */
void sdd_job_free(struct job *job);
/* Tells the client that its start or monitor was accepted, or not; once. */
void sdd_job_reply(struct job *job, bool accepted);
/* ... and how it ended. */
void sdd_job_tell(struct job *job, int frc);

#endif
