/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenarios of membership with times that somebody waits for; each prints its line. */
#ifndef TESTS_SIM_MEMB_STORY_H
#define TESTS_SIM_MEMB_STORY_H

/* How many failed. */
int memb_stories(void);
int memb_hauls(void); /* long messages (memb_long.c) */

#endif
