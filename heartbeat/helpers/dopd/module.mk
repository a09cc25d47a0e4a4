# SPDX-License-Identifier: GPL-2.0-or-later
# What both programs decide is in the library, so that the unit tests and the fuzzer reach it.
LIB_SRC += heartbeat/helpers/dopd/dopd.c
PROGRAMS += dopd drbd-peer-outdater
dopd_SRC := heartbeat/helpers/dopd/main.c
dopd_DIR := $(LIBEXECDIR)
drbd-peer-outdater_SRC := heartbeat/helpers/dopd/outdater.c
drbd-peer-outdater_DIR := $(LIBEXECDIR)
LINKS += $(foreach n,dopd drbd-peer-outdater,$(LIBDIR)/heartbeat/$(n):$(LIBEXECDIR)/$(n))
