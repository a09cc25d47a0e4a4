/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a Dell DRAC III says and wants to hear (spec/stonith.md 10), without the wire. */
#ifndef STONITH_KIT_DRAC_H
#define STONITH_KIT_DRAC_H

#include <stddef.h>

#define DRAC_CHALLENGE 16    /* bytes */
#define DRAC_HASH_MAX 32     /* of the text of a login hash, with the zero */
#define DRAC_ELEMENT_MAX 128 /* of the text of an element, with the zero */

/* The text of the first element NAME anywhere in LEN bytes of an answer, which need be neither
 * XML nor text.  0, or -EINVAL when there is none, or none that fits and is printable. */
int drac_element(const char *answer, size_t len, const char *name,
    char text[DRAC_ELEMENT_MAX]);

/* The answer to CHALLENGE, which is base64.  0, or -EINVAL when it is none. */
int drac_hash(const char *challenge, const char *password, char hash[DRAC_HASH_MAX]);

#endif
