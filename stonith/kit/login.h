/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Getting into a unit that may be busy (spec/stonith.md 7): many have one session only, and
 * somebody else may be in it for a moment.
 */
#ifndef STONITH_KIT_LOGIN_H
#define STONITH_KIT_LOGIN_H

#include "stonith/kit/dialog.h"

#define LOGIN_TRIES 20
#define LOGIN_PAUSE_MS 1000
#define LOGIN_BEGIN_MS 15000 /* after so long no attempt is begun any more */

/* One connection and what comes before the first prompt.  S_OK; S_ACCESS: name or password is
 * wrong, which is final, because units lock accounts; anything else may be tried again. */
typedef int login_attempt(struct dialog *d, struct device *device);

/* Tries until ATTEMPT succeeds or says S_ACCESS or S_BADCONFIG, each time on a new connection to HOST.
 * S_OK with D open; else closed, with what happened logged: S_ACCESS, S_BADCONFIG, or S_TIMEOUT when the
 * unit accepts connections and says nothing. */
int login(struct dialog *d, struct device *device, const char *host,
    login_attempt *attempt);

/* A name, password or address is sent as it is: whether TEXT has no byte that ends a line or
 * is some other control.  What it is goes to the log by NAME only. */
bool login_word_ok(struct device *device, const char *name);

#endif
