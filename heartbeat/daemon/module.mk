PROGRAMS += heartbeat
heartbeat_SRC := $(wildcard heartbeat/daemon/*.c)
heartbeat_DIR := $(LIBEXECDIR)
LINKS += $(SBINDIR)/heartbeat:$(LIBEXECDIR)/heartbeat
LINKS += $(PREFIX)/lib/heartbeat/heartbeat:$(LIBEXECDIR)/heartbeat
