/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory on a disk with a volatile cache, for tests of the store.  Only sync() makes certain: what was
 * written into a file without it may be there, torn, zero or missing after the power failed, and of the changes of names
 * since the last sync of the directory any may have reached the disk, each by itself.
 */
#ifndef TESTS_UNIT_CRM_STORE_DISK_H
#define TESTS_UNIT_CRM_STORE_DISK_H

#include "crm/cib/store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISK_FILES = 320, DISK_NAMES = 256, DISK_PENDING = 64, DISK_NAME = 40 };

struct disk_file {
	char *data; /* as programs see it */
	size_t len;
	bool certain; /* it is on the disk like that */
};

struct disk_name {
	char name[DISK_NAME];
	int file;
};

/* One change of names: TO means FILE from now on, or nothing (-1); FROM means nothing any more. */
struct disk_change {
	char to[DISK_NAME], from[DISK_NAME];
	int file;
};

struct disk {
	struct disk_file file[DISK_FILES];
	int file_count;
	struct disk_name now[DISK_NAMES], sure[DISK_NAMES];
	int now_count, sure_count;
	struct disk_change pending[DISK_PENDING];
	int pending_count;
	int steps_left; /* the power fails in the step after that many; -1 = never */
	int fail_at;    /* that step, counted from 1, does nothing: no space; 0 = none */
	bool dead;
	bool lies;          /* sync() does nothing: to see that the tests notice */
	const char *broken; /* this name cannot be read: EIO */
	int steps;          /* done so far */
};

static inline struct disk_name *
disk_find(struct disk_name *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

static inline void
disk_name_set(struct disk_name *names, int *count, const char *name, int file)
{
	struct disk_name *n = disk_find(names, *count, name);

	if (file < 0) {
		if (n)
			*n = names[--*count];
		return;
	}
	if (!n) {
		if (*count == DISK_NAMES)
			abort();
		n = &names[(*count)++];
		snprintf(n->name, sizeof(n->name), "%s", name);
	}
	n->file = file;
}

static inline void
disk_change_apply(struct disk_name *names, int *count, const struct disk_change *c)
{
	disk_name_set(names, count, c->to, c->file);
	if (*c->from) {
		const struct disk_name *n = disk_find(names, *count, c->from);

		if (n && n->file == c->file)
			disk_name_set(names, count, c->from, -1);
	}
}

/* Whether the step is begun; the one in which the power fails may be done or not. */
static inline bool
disk_step(struct disk *d)
{
	if (d->dead || ++d->steps == d->fail_at)
		return false;
	if (d->steps_left == 0)
		d->dead = true;
	if (d->steps_left > 0)
		d->steps_left--;
	return true;
}

static inline int
disk_done(const struct disk *d)
{
	return d->dead ? -EIO : 0;
}

static inline void
disk_change(struct disk *d, const char *to, const char *from, int file)
{
	struct disk_change *c = &d->pending[d->pending_count++];

	if (d->pending_count == DISK_PENDING)
		abort();
	snprintf(c->to, sizeof(c->to), "%s", to);
	snprintf(c->from, sizeof(c->from), "%s", from);
	c->file = file;
	disk_change_apply(d->now, &d->now_count, c);
}

static inline int
disk_add(struct disk *d, const void *data, size_t len, bool certain)
{
	struct disk_file *f = &d->file[d->file_count];

	if (d->file_count == DISK_FILES)
		abort();
	f->data = malloc(len + 1);
	memcpy(f->data, data, len);
	f->data[len] = '\0';
	f->len = len;
	f->certain = certain;
	return d->file_count++;
}

/* The operations. */

static ssize_t
sim_read(void *where, const char *name, size_t max, char **data)
{
	struct disk *d = where;
	const struct disk_name *n = disk_find(d->now, d->now_count, name);

	if (d->dead || (d->broken && strcmp(d->broken, name) == 0))
		return -EIO;
	if (!n)
		return -ENOENT;
	const struct disk_file *f = &d->file[n->file];

	if (f->len > max)
		return -EFBIG;
	*data = malloc(f->len + 1);
	memcpy(*data, f->data, f->len + 1);
	return (ssize_t)f->len;
}

static int
sim_create(void *where, const char *name, const void *data, size_t len, mode_t mode)
{
	struct disk *d = where;

	(void)mode;
	if (!disk_step(d))
		return -EIO;
	if (disk_find(d->now, d->now_count, name))
		return -EEXIST;
	disk_change(d, name, "", disk_add(d, data, len, false));
	return disk_done(d);
}

static int
sim_sync(void *where, const char *name)
{
	struct disk *d = where;
	const struct disk_name *n = disk_find(d->now, d->now_count, name);

	if (!disk_step(d))
		return -EIO;
	if (d->dead || d->lies)
		return disk_done(d);
	if (strcmp(name, ".") == 0) {
		for (int i = 0; i < d->pending_count; i++)
			disk_change_apply(d->sure, &d->sure_count, &d->pending[i]);
		d->pending_count = 0;
	} else if (n)
		d->file[n->file].certain = true;
	else
		return -ENOENT;
	return 0;
}

static int
sim_link(void *where, const char *from, const char *to)
{
	struct disk *d = where;
	const struct disk_name *n = disk_find(d->now, d->now_count, from);

	if (!disk_step(d))
		return -EIO;
	if (!n)
		return -ENOENT;
	if (disk_find(d->now, d->now_count, to))
		return -EEXIST;
	disk_change(d, to, "", n->file);
	return disk_done(d);
}

static int
sim_rename(void *where, const char *from, const char *to)
{
	struct disk *d = where;
	const struct disk_name *n = disk_find(d->now, d->now_count, from);

	if (!disk_step(d))
		return -EIO;
	if (!n)
		return -ENOENT;
	disk_change(d, to, from, n->file);
	return disk_done(d);
}

static int
sim_unlink(void *where, const char *name)
{
	struct disk *d = where;

	if (!disk_step(d))
		return -EIO;
	if (!disk_find(d->now, d->now_count, name))
		return -ENOENT;
	disk_change(d, name, "", -1);
	return disk_done(d);
}

static int
sim_stat(void *where, const char *name, struct store_stat *found)
{
	struct disk *d = where;

	if (strcmp(name, ".") == 0)
		*found = (struct store_stat){ .is_directory = true, .mode = 0750 };
	else if (disk_find(d->now, d->now_count, name))
		*found = (struct store_stat){ .is_regular = true, .mode = 0600 };
	else
		return -ENOENT;
	return 0;
}

static const struct store_files sim_files = {
	.read = sim_read,
	.create = sim_create,
	.sync = sim_sync,
	.link = sim_link,
	.rename = sim_rename,
	.unlink = sim_unlink,
	.stat = sim_stat,
};

/* The power. */

static inline void
disk_clear(struct disk *d)
{
	for (int i = 0; i < d->file_count; i++)
		free(d->file[i].data);
	memset(d, 0, sizeof(*d));
	d->steps_left = -1;
}

/* As much of a file as got to the disk: HOW chooses. */
static inline void
disk_tear(struct disk_file *f, unsigned how)
{
	if (f->certain)
		return;
	if (how == 0)
		f->len = 0;
	else if (how == 1)
		f->len /= 2;
	else if (how == 2)
		memset(f->data + f->len / 2, 0, f->len - f->len / 2);
	f->data[f->len] = '\0';
}

/* What is found on D when the power is back, in AFTER: of the pending changes those whose bit is in MASK. */
static inline void
disk_reboot(const struct disk *d, unsigned long mask, unsigned how, struct disk *after)
{
	memset(after, 0, sizeof(*after));
	after->steps_left = -1;
	memcpy(after->sure, d->sure, sizeof(after->sure));
	after->sure_count = d->sure_count;
	for (int i = 0; i < d->pending_count; i++)
		if (mask & (1UL << i))
			disk_change_apply(after->sure, &after->sure_count,
			    &d->pending[i]);
	/* Files that have no name any more are gone. */
	int moved[DISK_FILES];

	for (int i = 0; i < d->file_count; i++)
		moved[i] = -1;
	for (int i = 0; i < after->sure_count; i++) {
		int old = after->sure[i].file;

		if (moved[old] < 0) {
			moved[old] = disk_add(after, d->file[old].data, d->file[old].len,
			    d->file[old].certain);
			disk_tear(&after->file[moved[old]], how);
			after->file[moved[old]].certain = true;
		}
		after->sure[i].file = moved[old];
	}
	memcpy(after->now, after->sure, sizeof(after->now));
	after->now_count = after->sure_count;
}

/* A file that is there for certain. */
static inline void
disk_put(struct disk *d, const char *name, const char *text)
{
	int file = disk_add(d, text, strlen(text), true);

	disk_name_set(d->now, &d->now_count, name, file);
	disk_name_set(d->sure, &d->sure_count, name, file);
}

/* Whether any file has exactly that content. */
static inline bool
disk_has(const struct disk *d, const char *text)
{
	for (int i = 0; i < d->now_count; i++) {
		const struct disk_file *f = &d->file[d->now[i].file];

		if (f->len == strlen(text) && memcmp(f->data, text, f->len) == 0)
			return true;
	}
	return false;
}

#endif
