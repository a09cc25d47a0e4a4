#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every shell script of the source tree passes shellcheck, and names only directories that the
# build fills in.
cd "$(dirname "$0")/../.." || exit 1
if ! command -v shellcheck >/dev/null; then
	echo "skip scripts/shellcheck: shellcheck is not installed"
	exit 0
fi
failed=0
# Names without blanks.
# shellcheck disable=SC2013
for file in $(grep -rlE '^#!/bin/sh|^# shellcheck shell=sh' heartbeat/scripts stonith ha.d resource.d packaging tests bench \
	.ci 2>/dev/null | sort); do
	case $file in
	*.py | *.md) continue ;;
	esac
	# SC1091: what is sourced is named only after installation.
	if reason=$(shellcheck -f gcc -e SC1091 -s sh "$file"); then
		echo "ok scripts/shellcheck/$file"
	else
		echo "not ok scripts/shellcheck/$file: $(echo "$reason" | head -n 3 | tr '\n' '|')"
		failed=1
	fi
done
BUILD=${BUILD:-build}
# shellcheck disable=SC2013
for file in $(grep -rl '@[A-Z]*DIR@' "$BUILD/stage/etc" "$BUILD/stage/usr/share" "$BUILD/stage/usr/lib/stonith" 2>/dev/null); do
	echo "not ok scripts/placeholders: a name is not filled in: $file"
	failed=1
done
exit $failed
