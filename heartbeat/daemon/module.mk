PROGRAMS += heartbeat
heartbeat_SRC := $(filter-out heartbeat/daemon/respawn.c heartbeat/daemon/rest_clock.c,$(wildcard heartbeat/daemon/*.c))
heartbeat_DIR := $(LIBEXECDIR)
LINKS += $(SBINDIR)/heartbeat:$(LIBEXECDIR)/heartbeat
LINKS += $(PREFIX)/lib/heartbeat/heartbeat:$(LIBEXECDIR)/heartbeat
# Its pure parts are in the library, so that the unit tests reach them.
LIB_SRC += heartbeat/daemon/respawn.c heartbeat/daemon/rest_clock.c
