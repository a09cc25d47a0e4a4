# SPDX-License-Identifier: GPL-2.0-or-later
# Its decisions are in the library, so that the unit tests reach them.
LIB_SRC += heartbeat/helpers/ipfail/ipfail.c
PROGRAMS += ipfail
ipfail_SRC := heartbeat/helpers/ipfail/main.c
ipfail_DIR := $(LIBEXECDIR)
LINKS += $(LIBDIR)/heartbeat/ipfail:$(LIBEXECDIR)/ipfail
