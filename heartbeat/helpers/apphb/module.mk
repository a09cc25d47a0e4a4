# SPDX-License-Identifier: GPL-2.0-or-later
# Application heartbeats: the daemon, its clients.
LIB_SRC += $(addprefix heartbeat/helpers/apphb/,wire.c watch.c conf.c client.c)
PROGRAMS += apphbd apphbtest cl_respawn
apphbd_SRC := heartbeat/helpers/apphb/apphbd.c
apphbd_DIR := $(LIBEXECDIR)
apphbtest_SRC := heartbeat/helpers/apphb/apphbtest.c
apphbtest_DIR := $(LIBEXECDIR)
cl_respawn_SRC := heartbeat/helpers/apphb/respawn.c
cl_respawn_DIR := $(BINDIR)
LINKS += $(foreach n,apphbd apphbtest,$(LIBDIR)/heartbeat/$(n):$(LIBEXECDIR)/$(n))
