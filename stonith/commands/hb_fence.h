/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How hb_fence shows what stonithd tells: for people, or as JSON (hb_fence_show.c). */
#ifndef STONITH_COMMANDS_HB_FENCE_H
#define STONITH_COMMANDS_HB_FENCE_H

#include "stonith/client/client.h"

struct options {
	bool json;
	int64_t timeout_ms;
	const char *file;
	const char *const *words;
	int count;
};

/* "SEPARATOR"NAME":"VALUE"" */
void fence_json_pair(const char *separator, const char *name, const char *value);
void fence_say_result(const struct sdc_result *result, const struct options *options);

struct list {
	const struct options *options;
	const char *separator;
	size_t count;
};

/* Each shows one, and counts it in the struct list that DATA is. */
void fence_take_device(void *data, const struct msg *item);
void fence_take_history(void *data, const struct msg *item);
void fence_take_type(void *data, const char *type);

#endif
