/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzzers of fencing drivers share: a device that says what the fuzzer says. */
#ifndef TESTS_FUZZ_STONITH_DEVICE_H
#define TESTS_FUZZ_STONITH_DEVICE_H

#include "stonith/kit/dialog.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/device.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct device fuzz_device;
static int fuzz_void; /* the other end, which does not read */

/* A line on which DATA has come and nothing follows; what is sent goes into a void.  IN_BYTES: a byte at a time, for short
 * data only. */
static inline void
fuzz_dialog(struct dialog *d, const uint8_t *data, size_t size, bool telnet,
    bool in_bytes)
{
	int pair[2];

	fuzz_device.log[0] = fuzz_device.hosts[0] = fuzz_device.trace[0] = '\0';
	fuzz_device.time_left_ms = 60000;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	for (size_t step = in_bytes ? 1 : 1000, at = 0; at < size; at += step) {
		size_t n = size - at < step ? size - at : step;

		if (write(pair[1], data + at, n) != (ssize_t)n)
			abort();
	}
	shutdown(pair[1], SHUT_WR);
	dialog_fd(d, &fuzz_device, pair[0], telnet);
	d->socket = true;
	fuzz_void = pair[1];
}

static inline void
fuzz_hang_up(struct dialog *d)
{
	dialog_close(d);
	close(fuzz_void);
}

#endif
