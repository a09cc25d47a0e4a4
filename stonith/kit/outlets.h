/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The outlets of a power switch as its tables tell them: number, name, on or off
 * (spec/stonith.md 7).  A host may have several.
 */
#ifndef STONITH_KIT_OUTLETS_H
#define STONITH_KIT_OUTLETS_H

#include "stonith/plugin.h"

#define OUTLETS_MAX 64 /* of a unit; more are not seen, which is logged */
#define OUTLET_NAME_MAX 32
#define OUTLETS_TEXT_MAX (OUTLETS_MAX * 11)

enum outlet_state { OUTLET_UNKNOWN, OUTLET_ON, OUTLET_OFF };

struct outlet {
	unsigned number;
	char name[OUTLET_NAME_MAX]; /* without blanks around it; may be empty */
	enum outlet_state state;
};

struct outlets {
	struct outlet outlet[OUTLETS_MAX];
	size_t count;
};

/* The first of the words of TEXT that is "on" or "off", in any case; a word may have a "*" behind
 * it.  OUTLET_UNKNOWN when there is none. */
enum outlet_state outlet_state_parse(const char *text);
/* The name in the WIDTH columns from TEXT on, blanks around it cut; what follows it is returned. */
const char *outlet_name_parse(const char *text, size_t width, char name[OUTLET_NAME_MAX]);

void outlets_add(struct device *device, struct outlets *all, const struct outlet *outlet);
/* Those of HOST, in the order of the table. */
void outlets_of(const struct outlets *all, const char *host, struct outlets *of);
/* device_host() for each name, lower-cased; double ones, too. */
void outlets_tell(struct device *device, const struct outlets *all);
/* "2,4", with BETWEEN between. */
const char *outlets_text(const struct outlets *outlets, const char *between,
    char text[OUTLETS_TEXT_MAX]);

/* What a unit is asked for: its table, now.  0 or a code. */
typedef int outlets_read(void *session, struct outlets *all);
/* Waits, up to LIMIT_MS, until each of OUTLETS is in state WANT according to the unit.  S_OK;
 * S_RESETFAIL, logged, when one is not; what READ fails with.  KNOWN: the unit always tells, so that an
 * outlet of which it does not is none that was switched; otherwise it is taken to be as WANT, with a
 * warning. */
int outlets_await(struct device *device, const struct outlets *outlets,
    enum outlet_state want, bool known, long limit_ms, outlets_read *read, void *session);

#endif
