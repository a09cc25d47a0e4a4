/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside libstonith. */
#ifndef STONITH_LIBSTONITH_PRIVATE_H
#define STONITH_LIBSTONITH_PRIVATE_H

#pragma GCC visibility push(default)
#include "stonith/stonith.h"
#pragma GCC visibility pop

#include "lib/array.h"
#include "stonith/library/library.h"

struct handle {
	Stonith old; /* first */
	struct stn_device *device;
	stonith_log_fn *log;
	int debug;
	char **names;
};

/* What it says of itself, NULL when it does not. */
const char *handle_describe(struct handle *handle, enum wire_about about);

#endif
