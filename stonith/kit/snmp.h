/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SNMP version 1 as power switches speak it (spec/stonith.md 9), on net-snmp. */
#ifndef STONITH_KIT_SNMP_H
#define STONITH_KIT_SNMP_H

#include "stonith/plugin.h"

struct snmp; /* one session */

/* To HOST:PORT with COMMUNITY, 1 s and 5 repeats a question.  NULL, logged, when it cannot be made. */
struct snmp *snmp_open_device(struct device *device, const char *host, unsigned port,
    const char *community);
void snmp_close_device(struct snmp *snmp);

/* OID in dots.  0; S_ACCESS (no answer); S_INVAL (no such name: not logged); S_OOPS. */
int snmp_read_int(struct snmp *snmp, const char *oid, long *value);
int snmp_read_text(struct snmp *snmp, const char *oid, char *text, size_t size);
int snmp_write_int(struct snmp *snmp, const char *oid, long value);

#endif
