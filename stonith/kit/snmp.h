/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SNMP version 1 as power switches speak it (spec/stonith.md 9), on net-snmp: one variable a
 * question.  An answer of another type, for another variable, or with bytes that are no text is
 * no answer.
 */
#ifndef STONITH_KIT_SNMP_H
#define STONITH_KIT_SNMP_H

#include "stonith/plugin.h"

#include <stdint.h>

#define SNMP_OID_MAX 64 /* numbers in a name; longer ones are our own mistake */

struct snmp; /* one session */

/* To HOST:PORT with COMMUNITY, 1 s and 5 repeats a question.  HOST is a name or an address of
 * any family; PORT is text as a person wrote it.  0, S_BADCONFIG (no such host, no such port) or
 * S_OOPS, logged. */
int snmp_open_device(struct snmp **snmp, struct device *device, const char *host,
    const char *port, const char *community);
void snmp_close_device(struct snmp *snmp);

/* OID in dots.  0; S_ACCESS (no answer; logged); S_INVAL (no such name: not logged); S_OOPS
 * (another answer than one can use; logged). */
int snmp_read_int(struct snmp *snmp, const char *oid, long *value);
/* Text that does not fit, or is none, is S_OOPS. */
int snmp_read_text(struct snmp *snmp, const char *oid, char *text, size_t size);
/* S_RESETFAIL when the device refuses. */
int snmp_write_int(struct snmp *snmp, const char *oid, long value);

/* The text in LEN bytes of a device, without the blanks and zeros that fill it up.  0, or -EINVAL
 * when it does not fit or has control characters. */
int snmp_text_parse(const uint8_t *bytes, size_t len, char *text, size_t size);

#endif
