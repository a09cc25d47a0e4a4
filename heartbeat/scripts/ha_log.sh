#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ha_log.sh LEVEL TEXT...: a line of a fencing script to the cluster's log.
#
# At a terminal it is shown there.  Else ha_logd gets it (unless HA_LOGD is something else than yes), or,
# when that does not listen, syslog (facility HA_LOGFACILITY, daemon; none: not) and the files HA_LOGFILE and
# HA_DEBUGLOG.  The line is named HA_LOGTAG, and after the process that called.
set -uf
PATH=${PATH:+$PATH:}/usr/bin:/bin:@SBINDIR@:@BINDIR@

refuse() {
	echo "ERROR: ha_log.sh: $*" >&2
	exit 1
}

[ $# -ge 2 ] || refuse "not enough arguments [$#]"
level=$1
shift
case $level in
crit) word=CRIT level=crit ;;
err | error) word=ERROR level=err ;;
warn | warning) word=WARN level=warning ;;
notice | info) word=$level ;;
debug)
	word=debug
	case ${HA_debug:-0} in
	0) exit 0 ;;
	esac
	;;
*) refuse "unrecognized loglevel: $level" ;;
esac
tag=${HA_LOGTAG-}${CRM_meta_st_device_id:+($CRM_meta_st_device_id)}[$PPID]
text="$word: $*"

if [ -t 0 ]; then
	printf '%s: %s\n' "$tag" "$text" >&2
	exit 0
fi
if [ "${HA_LOGD:-yes}" = yes ] && ha_logger -t "$tag" "$text" >/dev/null 2>&1; then
	exit 0
fi
case ${HA_LOGFACILITY:-daemon} in
none) ;;
*) logger -t "$tag" -p "${HA_LOGFACILITY:-daemon}.$level" -- "$text" ;;
esac
to_file() { # FILE
	printf '%s: %s %s\n' "$tag" "$(date '+%Y/%m/%d_%T')" "$text" >>"$1"
}
if [ -n "${HA_LOGFILE-}" ] && [ "$level" != debug ]; then
	to_file "$HA_LOGFILE"
fi
if [ -n "${HA_DEBUGLOG-}" ] && [ "$HA_DEBUGLOG" != "${HA_LOGFILE-}" ]; then
	to_file "$HA_DEBUGLOG"
fi
exit 0
