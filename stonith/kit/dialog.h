/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Talking to a device in bytes: wait for one of several words, send an answer
 * (spec/stonith.md 1 "Expect", 7, 8).  One dialog is one open connection: a TCP stream with
 * telnet's option bytes taken out and answered, a serial line, or a command on a pipe.
 * Bounded in every direction: a device may send megabytes, nothing, or half a word.
 */
#ifndef STONITH_KIT_DIALOG_H
#define STONITH_KIT_DIALOG_H

#include "stonith/plugin.h"

#include <stdint.h>
#include <sys/types.h>

#define DIALOG_KEPT 512           /* bytes of what came that are kept for messages */
#define DIALOG_TOKENS_MAX 16      /* words that are waited for at once */
#define DIALOG_READ_MAX (1 << 20) /* bytes read in one wait before it is given up */

struct dialog {
	struct device *device;
	int fd;       /* -1 = closed */
	int fd_out;   /* the same but for a command */
	pid_t child;  /* of a command; else 0 */
	bool telnet;  /* IAC sequences are handled */
	unsigned iac; /* where in such a sequence we are */
	uint8_t iac_verb;
	long pace_ms;   /* between two bytes sent; 0 = none */
	char lock[128]; /* of a tty; "" = none */
	uint8_t in[1024];
	size_t in_used, in_taken;
	char kept
	    [DIALOG_KEPT]; /* what the last wait skipped and matched, NUL-terminated */
	size_t kept_len;
};

/* TCP to HOST ("name", "1.2.3.4", "[::1]:2323", "name:2323"), any family; PORT is for hosts
 * without one.  0 or S_ACCESS, logged. */
int dialog_tcp(struct dialog *d, struct device *device, const char *host, unsigned port,
    bool telnet, long timeout_ms);
/* A tty with its lock (/var/lock/LCK..NAME), raw or canonical, 8N1, at BAUD bit/s (300 to
 * 115200).  FLAGS of open(2) besides O_NOCTTY.  0, S_ACCESS (locked, cannot be opened), logged. */
int dialog_tty(struct dialog *d, struct device *device, const char *path, unsigned baud,
    bool canonical, int flags);
/* A command without a shell, its stdin and stdout on pipes, stderr dropped.  ARGV[0] is looked up in
 * PATH.  0 or S_ACCESS. */
int dialog_command(struct dialog *d, struct device *device, char *const *argv);
/* Closes, unlocks, ends the command with all that it started.  Harmless when closed. */
void dialog_close(struct dialog *d);

/* Sends all.  0, S_TIMEOUT, or S_OOPS when the line is gone. */
int dialog_send(struct dialog *d, const char *text);
int dialog_send_bytes(struct dialog *d, const void *bytes, size_t len);

/* Waits for the first of TOKENS (NULL-terminated list) to be complete; ties go to the first in
 * the list; overlaps are found ("aab" has "ab").  Its index, or -S_TIMEOUT, or -S_OOPS at the
 * end of the line and after too many bytes.  QUIET: failing is not logged as CRIT. */
int dialog_expect(struct dialog *d, const char *const *tokens, long timeout_ms);
int dialog_expect_quiet(struct dialog *d, const char *const *tokens, long timeout_ms);
/* For one token: 0 or a code. */
int dialog_wait(struct dialog *d, const char *token, long timeout_ms);
/* Reads up to the end of a line ("\r\n" or "\n\r", or a lone "\n") into LINE, without it.  Its length, or
 * negative as above.  What does not fit is dropped. */
int dialog_line(struct dialog *d, char *line, size_t size, long timeout_ms);
/* What the last wait went over. */
const char *dialog_kept(const struct dialog *d);

/* Waits without reading. */
void dialog_pause(long ms);

#endif
