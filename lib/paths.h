/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where things are.  The build sets the roots; the names below them are the old ones
 * (spec/config.md 14.3), because scripts in the field spell them out.
 */
#ifndef LIB_PATHS_H
#define LIB_PATHS_H

#define HB_CONFIG HB_HADIR "/ha.cf"
#define HB_AUTHKEYS HB_HADIR "/authkeys"
#define HB_HARESOURCES HB_HADIR "/haresources"
#define HB_NODEINFO HB_HADIR "/nodeinfo"
#define HB_GENERATION HB_STATEDIR "/hb_generation"
#define HB_UUID HB_STATEDIR "/hb_uuid"
#define HB_HOSTCACHE HB_STATEDIR "/hostcache"
#define HB_DELHOSTCACHE HB_STATEDIR "/delhostcache"
#define HB_FIFO HB_STATEDIR "/fifo"
#define HB_COREDIR HB_STATEDIR "/cores"
#define HB_PIDFILE "/var/run/heartbeat.pid"
#define HB_REGISTER HB_RUNDIR "/register"
#define HB_KEPTDIR HB_RUNDIR ".reload" /* beside it: that one belongs to hacluster */
#define HB_RSCTMP "/var/run/heartbeat/rsctmp"

#endif
