/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Talking to a device in bytes: wait for one of several words, send an answer
 * (spec/stonith.md 1 "Expect", 7, 8).  One dialog is one open connection: a TCP stream, with
 * telnet's option bytes taken out and answered, a serial line, or the output of a command.
 * Bounded in every direction: a device may send megabytes, nothing, or half a word.
 */
#ifndef STONITH_KIT_DIALOG_H
#define STONITH_KIT_DIALOG_H

#include "stonith/kit/telnet.h"
#include "stonith/kit/serial.h"
#include "stonith/plugin.h"

#include <stdint.h>
#include <sys/types.h>

#define DIALOG_KEPT 512           /* bytes of what came that are kept for messages */
#define DIALOG_TOKEN_MAX 128      /* bytes of a word that is waited for */
#define DIALOG_READ_MAX (1 << 20) /* bytes read in one wait before it is given up */
#define DIALOG_SEND_MS 10000      /* the line may be busy for so long when we send */
#define DIALOG_RESERVE_MS 1500    /* of the time of a step, kept for saying good-bye */

struct dialog {
	struct device *device;
	int fd;         /* -1 = closed */
	pid_t child;    /* of a command; else 0 */
	bool socket;    /* fd is one */
	bool is_telnet; /* IAC sequences are handled, in both directions */
	struct telnet telnet;
	bool
	    leaving; /* we say good-bye: the reserve may be used, and nobody is told of failures */
	long pace_ms;               /* between two bytes sent; 0 = none */
	char lock[SERIAL_LOCK_MAX]; /* of a tty; "" = none */
	struct termios saved;       /* of a tty, before us */
	bool restore;               /* they are put back by dialog_close() */
	uint8_t in[1024];
	size_t in_used, in_taken;
	size_t wait_bytes; /* read in this wait */
	bool after_lf;     /* the last line ended with a "\n" alone: a "\r" may follow */
	char kept
	    [DIALOG_KEPT]; /* the first of what the last wait went over, NUL-terminated */
	size_t kept_len;
};

/* TCP to HOST ("name", "1.2.3.4", "::1", "[::1]:2323", "name:2323"), any family; PORT is for
 * hosts without one, 0 = that of the service telnet.  0; S_ACCESS with a warning logged;
 * S_BADCONFIG, logged, when HOST is none of these. */
int dialog_tcp(struct dialog *d, struct device *device, const char *host, unsigned port,
    bool telnet, long timeout_ms);
/* A tty with its lock.  0, S_ACCESS (locked, cannot be opened), logged. */
int dialog_tty(struct dialog *d, struct device *device, const struct serial_line *line);
/* A command without a shell; its stdout is read, it has no stdin, and what it says on stderr is dropped.
 * ARGV[0] is looked up in PATH.  0, or S_ACCESS, logged. */
int dialog_command(struct dialog *d, struct device *device, char *const *argv);
/* What is already open: a descriptor that does not block, and is the dialog's now. */
void dialog_fd(struct dialog *d, struct device *device, int fd, bool telnet);
/* Closes, unlocks, ends the command with all that it started.  Harmless when closed, and for a
 * dialog that is all zero. */
void dialog_close(struct dialog *d);

/* Sends all.  0, S_TIMEOUT, or S_OOPS when the line is gone. */
int dialog_send(struct dialog *d, const char *text);
int dialog_send_bytes(struct dialog *d, const void *bytes, size_t len);
/* The last word to a unit: sends TEXT, and waits a moment for it to hang up.  Closing at once, with
 * bytes of it unread, would be a reset, which can overtake the word itself. */
void dialog_farewell(struct dialog *d, const char *text);
/* What has come so far is dropped. */
void dialog_flush(struct dialog *d);

/* Waits for the first of TOKENS (NULL-terminated list) to be complete; ties go to the first in
 * the list; overlaps are found ("aab" has "ab").  Its index, or -S_TIMEOUT, or -S_OOPS at the
 * end of the line and after too many bytes.  QUIET: failing is not logged as CRIT. */
int dialog_expect(struct dialog *d, const char *const *tokens, long timeout_ms);
int dialog_expect_quiet(struct dialog *d, const char *const *tokens, long timeout_ms);
/* For one token: 0 or a code. */
int dialog_wait(struct dialog *d, const char *token, long timeout_ms);
/* Reads up to the end of a line ("\r\n" or "\n\r", or a lone "\n") into LINE, without
 * it.  Its length, or negative as above, not logged.  What does not fit is dropped; LINE may be
 * NULL. */
int dialog_line(struct dialog *d, char *line, size_t size, long timeout_ms);
/* Logs what the last wait went over, so that a failed one is understood; nothing when that is
 * nothing. */
void dialog_told(struct dialog *d, int priority);
/* What the last wait went over. */
const char *dialog_kept(const struct dialog *d);

/* Whether a wait failed because the other end has nothing more to say: not for too many bytes. */
bool dialog_is_at_end(const struct dialog *d);

/* Waits without reading. */
void dialog_pause(long ms);

#endif
