# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the external fencing scripts have in common (stonith-plugins(7), "EXTERNAL SCRIPTS"); to be
# sourced.  It is not executable, so nobody takes it for a device.
#
# A script sets, before it calls plugin_main "$@":
#   names devid devname devdescr devurl   what it answers to getconfignames and getinfo-*
#   params                  function: one "param" line for each parameter
#   required                parameters without which nothing can be done
#   device_hosts            function: the hosts, one a line
#   device_status, device_reset, device_on, device_off
#                           functions; the last three get the host.  One that is missing is refused.
#
# Parameters arrive in the environment, and are data: they are expanded in quotes only, and what goes
# to a shell on another machine passes through remote_word.  Success is positive evidence.

set -uf
LC_ALL=C
export LC_ALL # texts of tools are looked at
# 3, 4: the log's terminal, also where what a command says is caught.
{ command exec 3<&0; } 2>/dev/null || exec 3</dev/null
exec 4>&2 </dev/null
PATH=${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:@GLUEDIR@
export PATH
HA_LOGTAG=${HA_LOGTAG:-external/${0##*/}}
export HA_LOGTAG
ping_tries=15
newline='
'

# What the texts of the facts say; a script may differ in each.
names='' devid='' devname='' devdescr='' devurl='' required=''

say() { # LEVEL TEXT...
	if is_there ha_log.sh; then
		ha_log.sh "$@" <&3 2>&4
	else
		printf '%s: %s\n' "$HA_LOGTAG" "$*" >&4
	fi
}
fail() { # TEXT...
	say err "$@"
	exit 1
}

# VALUE of the parameter NAME, or DEFAULT when it is missing or empty.
value_of() { # NAME [DEFAULT]
	eval "value=\${$1-}"
	value=${value:-${2-}}
}

# getinfo-xml.

xml_text() {
	printf '%s' "$1" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g'
}

# UNIQUE, REQUIRED, DEFAULT: "-" leaves the attribute out.
param() { # NAME UNIQUE REQUIRED CONTENT DEFAULT LABEL TEXT
	line="<parameter name=\"$1\""
	[ "$2" = - ] || line="$line unique=\"$2\""
	[ "$3" = - ] || line="$line required=\"$3\""
	line="$line>$newline<content type=\"$4\""
	[ "$5" = - ] || line="$line default=\"$(xml_text "$5")\""
	printf '%s />\n<shortdesc lang="en">\n%s\n</shortdesc>\n<longdesc lang="en">\n%s\n</longdesc>\n</parameter>\n' \
		"$line" "$(xml_text "$6")" "$(xml_text "$7")"
}

# Hosts and other words.

# For tools that are told line by line.
need_line() { # NAME...
	for name; do
		value_of "$name"
		case $value in
		*"$newline"* | *"$(printf '\r')"*) fail "parameter $name: a line end cannot be part of it" ;;
		esac
	done
}

lower() {
	printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]'
}

is_host_name() {
	case $1 in
	'' | [-.]* | *[!A-Za-z0-9._-]*) return 1 ;;
	esac
	[ ${#1} -le 255 ]
}

is_number() {
	case $1 in
	'' | *[!0-9]* | ?????????*) return 1 ;;
	esac
}

# An address or a name of a machine that a tool is given as one word.
is_address() {
	case $1 in
	'' | -* | *[!A-Za-z0-9._:%@-]*) return 1 ;;
	esac
}

need_address() { # NAME...
	for name; do
		value_of "$name"
		is_address "$value" || fail "parameter $name: '$value' is not a name or an address"
	done
}

need_number() { # NAME DEFAULT
	value_of "$1" "$2"
	is_number "$value" || fail "parameter $1: '$value' is not a number"
}

# The words of a list, one a line; blanks, commas and line ends divide it.
list_words() {
	printf '%s\n' "$1" | tr ', \t\r\f' '[\n*]' | sed '/^$/d'
}

# The entries HOST or HOST:WHAT of LIST: the hosts.
list_hosts() {
	list_words "$1" | sed 's/:.*//'
}

# What HOST has behind its colon, in ENTRY: DEFAULT when nothing.  1 = no such host, or twice.
list_find() { # LIST HOST DEFAULT
	entry=$(list_words "$1" | host=$2 awk '
		{ at = index($0, ":"); name = at ? substr($0, 1, at - 1) : $0 }
		tolower(name) == tolower(ENVIRON["host"]) { print at ? substr($0, at + 1) : ""; found++ }
		END { exit found != 1 }') || return 1
	entry=${entry:-$3}
}

# A word for a shell on another machine: as it is when nothing in it means anything there.
remote_word() {
	case $1 in
	'' | *[!A-Za-z0-9_./:@%+=,-]*)
		printf "'"
		printf '%s' "$1" | sed "s/'/'\\\\''/g"
		printf "'"
		;;
	*) printf '%s' "$1" ;;
	esac
}

# Commands.

# Runs COMMAND for at most SECONDS, then ends it; 124 or 137 then.  In our process group, so that whoever
# ends us ends it too.
limited() { # SECONDS COMMAND...
	seconds=$1
	shift
	timeout --foreground -k 2 "$seconds" "$@"
}

is_there() {
	command -v "$1" >/dev/null 2>&1
}

need_command() {
	for command; do
		is_there "$command" || fail "the command '$command' is not installed"
	done
}

ping_once() {
	limited 10 ping -w1 -c1 "$1"
}

# 0 = one of TRIES pings, a second apart, got no answer.  A ping that cannot be sent (no such name, no
# route) says nothing about the host.
ping_fails() { # HOST TRIES
	left=$2
	while [ "$left" -gt 0 ]; do
		code=0
		ping_once "$1" >/dev/null 2>&1 || code=$?
		case $code in
		0) ;;
		1) return 0 ;;
		*) say warn "ping of $1 cannot tell anything (exit $code)" ;;
		esac
		left=$((left - 1))
		[ "$left" -gt 0 ] && sleep 1
	done
	return 1
}

# Until TEST... succeeds: tried so many times, a second apart.
until_true() { # TRIES TEST...
	tries=$1
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 1
	done
}

# The one way in.

check_parameters() {
	missing=''
	for name in $required; do
		value_of "$name"
		[ -n "$value" ] || missing="$missing $name"
	done
	[ -z "$missing" ] || fail "parameters are missing:$missing"
	! is_there device_check || device_check
}

# HOST is a line of LIST, whole, in any case.
is_listed() { # HOST LIST
	wanted=$(lower "$1")
	for name in $(lower "$2"); do
		[ "$name" != "$wanted" ] || return 0
	done
	return 1
}

# The operation's host must be one of ours.
check_host() {
	is_host_name "$1" || fail "'$1' is not a host name"
	hosts=$(device_hosts) || fail "the list of hosts is not available"
	is_listed "$1" "$hosts" || fail "this device does not control host '$1'"
}

usage() {
	echo "usage: ${0##*/} {reset|on|off HOST|status|gethosts|getconfignames|getinfo-{devid|devname|devdescr|devurl|xml}}" >&2
	exit "$1"
}

plugin_main() {
	case ${1-} in
	getconfignames) printf '%s\n' "$names" ;;
	getinfo-devid) printf '%s\n' "$devid" ;;
	getinfo-devname) printf '%s\n' "${devname:-$devid}" ;;
	getinfo-devdescr) printf '%s\n' "$devdescr" ;;
	getinfo-devurl) printf '%s\n' "$devurl" ;;
	getinfo-xml)
		echo '<parameters>'
		params
		echo '</parameters>'
		;;
	gethosts)
		check_parameters
		hosts=$(device_hosts) || exit 1
		printf '%s\n' "$hosts"
		;;
	status)
		check_parameters
		device_status
		;;
	reset | on | off)
		[ $# -ge 2 ] || usage 1
		is_there "device_$1" || fail "this device cannot do '$1'"
		check_parameters
		check_host "$2"
		"device_$1" "$2"
		;;
	-h | --help | help) usage 0 2>&1 ;;
	*) usage 1 ;;
	esac
	exit
}
