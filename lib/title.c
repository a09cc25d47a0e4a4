/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/title.h"

#include "lib/file.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

/* Fields 48 and 49 of /proc/self/stat: where the kernel finds the arguments. */
static int
title_room(char **start, char **end)
{
	char stat[1024];
	unsigned long from, to;
	const char *c;
	int field = 2;

	if (file_read_bounded("/proc/self/stat", stat, sizeof(stat), NULL) < 0)
		return -1;
	c = strrchr(stat, ')'); /* the name before it may contain anything */
	while (c && field < 48) {
		c = strchr(c + 1, ' ');
		field++;
	}
	if (!c || sscanf(c, " %lu %lu", &from, &to) != 2 || from == 0 || to <= from)
		return -1;
	*start = (char *)(uintptr_t)from;
	*end = (char *)(uintptr_t)to;
	return 0;
}

void
title_set(const char *title)
{
	char *start, *end;

	prctl(PR_SET_NAME, title);
	if (title_room(&start, &end) < 0)
		return;
	memset(start, 0, (size_t)(end - start));
	snprintf(start, (size_t)(end - start), "%s", title);
}
