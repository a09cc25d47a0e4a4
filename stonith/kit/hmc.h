/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an IBM Hardware Management Console prints (spec/stonith.md 10), without the wire. */
#ifndef STONITH_KIT_HMC_H
#define STONITH_KIT_HMC_H

#include <stdbool.h>
#include <stddef.h>

#define HMC_NAME_MAX 128 /* of a system, a partition, a profile; with the zero */
/* A name as a word of the HMC's shell, with its quotes and the zero. */
#define HMC_WORD_MAX (HMC_NAME_MAX + 2)

enum hmc_state {
	HMC_ON,      /* Running */
	HMC_RISING,  /* Starting, Open Firmware: has power, and had none before */
	HMC_FALLING, /* Shutting Down: not yet off */
	HMC_OFF,     /* Not Activated, Ready */
	HMC_UNKNOWN  /* Not Available, Error, and all else */
};

/* A line of "lshmc -v": whether it is "*RM V7R3.5.0.0" or "*RM R3V2.6".  VERSION is the number
 * behind the V (7, 2), RELEASE the text of both, without blanks around it. */
bool hmc_version_parse(const char *line, int *version, char release[HMC_NAME_MAX]);
/* A line of a list of names: whether it is one that can be used as a word of a command. */
bool hmc_name_is_good(const char *line);
/* NAME for the HMC's shell: as it is, or in quotes where it needs them.  It is a good one. */
void hmc_word_format(const char *name, char word[HMC_WORD_MAX]);
/* "sysA:255": cut in two. */
bool hmc_mode_parse(const char *line, char name[HMC_NAME_MAX], int *mode);
/* Whether NAME is one of PATTERNS, which are names or "prefix*" with blanks between; none at
 * all, or NULL: every one is. */
bool hmc_name_matches(const char *name, const char *patterns);
enum hmc_state hmc_state_parse(const char *line);

#endif
