/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words that stand for numbers, in lists that people choose from. */
#ifndef LIB_CHOICE_H
#define LIB_CHOICE_H

struct choice {
	const char *name; /* NULL ends the list */
	int value;
};

/* Facilities of syslog; "none" is -1. */
extern const struct choice log_facilities[];

/* NAME in any case, or NULL. */
const struct choice *choice_find(const struct choice *list, const char *name);
/* The number of a facility, -1 when NAME is NULL, none, or unknown. */
int log_facility_parse(const char *name);
/* The first name of VALUE, or NULL. */
const char *choice_name(const struct choice *list, int value);

#endif
