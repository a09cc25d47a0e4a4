# SPDX-License-Identifier: GPL-2.0-or-later
# What stonithd decides and reads is in the library, so that unit tests and the fuzzer reach it.
LIB_SRC += stonith/stonithd/fencer.c stonith/stonithd/askers.c stonith/stonithd/helpers.c stonith/stonithd/operation.c stonith/stonithd/protocol.c
LIB_SRC += $(wildcard stonith/client/*.c)
PROGRAMS += stonithd hb_fence apitest
stonithd_SRC := $(addprefix stonith/stonithd/,main.c serve.c devices.c jobs.c cluster.c)
stonithd_DIR := $(LIBEXECDIR)
hb_fence_SRC := $(wildcard stonith/commands/hb_fence*.c)
hb_fence_DIR := $(SBINDIR)
apitest_SRC := stonith/commands/apitest.c
apitest_DIR := $(LIBEXECDIR)/stonithdtest
LINKS += $(LIBDIR)/heartbeat/stonithd:$(LIBEXECDIR)/stonithd $(LIBDIR)/heartbeat/stonithdtest:$(LIBEXECDIR)/stonithdtest
