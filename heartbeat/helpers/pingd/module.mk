# SPDX-License-Identifier: GPL-2.0-or-later
LIB_SRC += heartbeat/helpers/pingd/pingd.c
PROGRAMS += pingd
pingd_SRC := heartbeat/helpers/pingd/main.c
pingd_DIR := $(LIBEXECDIR)
LINKS += $(LIBDIR)/heartbeat/pingd:$(LIBEXECDIR)/pingd
