/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of hosts as people write them: blanks or commas between, any case (spec/stonith.md 1). */
#ifndef STONITH_KIT_HOSTLIST_H
#define STONITH_KIT_HOSTLIST_H

#include "stonith/plugin.h"

#define HOSTLIST_NAME_MAX 256 /* of one name, with its NUL: as long as DNS has them */

/* Takes the next host out of *TEXT into HOST, lower-cased: false at the end.  Names that do
 * not fit are an end, too, with *TEXT standing before them. */
bool hostlist_next(const char **text, char *host, size_t size);
/* Whether HOST, in any case, is one of the list; whole names only.  Names behind one that does
 * not fit into HOSTLIST_NAME_MAX are not looked at. */
bool hostlist_has(const char *text, const char *host);
/* device_host() for each.  S_OK, or S_BADCONFIG, logged, at a name that is too long. */
int hostlist_tell(struct device *device, const char *text);
/* HOST in lower case (ASCII), cut at SIZE. */
void host_lower(const char *host, char *lower, size_t size);
/* The same name in any case (ASCII). */
bool host_is(const char *a, const char *b);

/* device_host() in lower case. */
void host_tell(struct device *device, const char *host);

#endif
