#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Another compiler than the one that builds takes every source, with all our warnings: clang, which also reads the fuzz targets.
cd "$(dirname "$0")/../.." || exit 1
if ! command -v clang >/dev/null; then
	echo "skip compilers/clang: clang is not installed"
	exit 0
fi
if reason=$(env -u MAKEFLAGS -u MAKELEVEL make -s syntax CC=clang 2>&1); then
	echo "ok compilers/clang"
else
	echo "not ok compilers/clang: $(echo "$reason" | grep -m 3 -E 'error|Error' | tr '\n' '|')"
	exit 1
fi
