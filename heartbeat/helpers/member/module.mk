# SPDX-License-Identifier: GPL-2.0-or-later
LIB_SRC += heartbeat/helpers/member/member.c
