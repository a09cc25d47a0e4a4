/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the operations say.  The result goes to stdout in the words that v1 resource
 * management parses ("Running OK"), reasons go to stderr; both go to the cluster's log
 * the way the shell function ha_log does it.  Nothing here fails.
 */
#ifndef IPADDR_REPORT_H
#define IPADDR_REPORT_H

#include <stdbool.h>
#include "heartbeat/helpers/ipaddr/ipaddr.h"

/* TAG begins the log lines: "IPaddr2". */
void report_open(const char *tag);

/* The outcome of an operation on stdout; MONITOR has its own word for success.  Returns
 * the exit code. */
int report_result(enum ipaddr_code code, bool monitor);

/* One line of why: LEVEL is "ERROR", "WARN" or "info". */
void report_line(const char *level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
