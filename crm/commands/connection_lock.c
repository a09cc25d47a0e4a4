/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two tools that work on one file: the second one waits, so that neither loses the other's change or reads half of it. */
#include "crm/commands/connection_private.h"

#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_MS 30000
#define LOCK_PAUSE_MS 10

/* Its directory is locked: the file itself is another one after each change.  Nobody has the lock for longer than a
 * file takes to be read or written; who does was stopped, and waiting for ever would help nobody. */
int
cib_file_lock(const char *path, int how, int *lock, struct err *err)
{
	char *folder = file_directory(path);
	struct timespec pause = { 0, LOCK_PAUSE_MS * 1000000L };

	*lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (*lock < 0)
		return CIB_OK; /* then nobody can write there, and this is told when it is tried */
	for (int waited_ms = 0; flock(*lock, how | LOCK_NB) < 0;
	     waited_ms += LOCK_PAUSE_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return CIB_OK; /* a file system without locks */
		if (waited_ms >= LOCK_WAIT_MS) {
			close(*lock);
			*lock = -1;
			return err_set(err, CIB_PERMISSIONS,
			    "'%s': somebody else has been changing it for %d seconds",
			    path, LOCK_WAIT_MS / 1000);
		}
		nanosleep(&pause, NULL);
	}
	return CIB_OK;
}
