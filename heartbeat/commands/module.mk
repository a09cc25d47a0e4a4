# cl_status asks over a socket in a directory of group haclient: "make install" makes it setgid where
# that group is known, and packaging/install-files says how where it is not.
PROGRAMS += cl_status
cl_status_SRC := $(wildcard heartbeat/commands/cl_*.c)
cl_status_DIR := $(BINDIR)
SETGID += $(BINDIR)/cl_status:haclient:2555
PROGRAMS += hb_fenced
hb_fenced_SRC := heartbeat/commands/hb_fenced.c
hb_fenced_DIR := $(SBINDIR)
PROGRAMS += hb_status
hb_status_SRC := $(wildcard heartbeat/commands/hb_status*.c) heartbeat/commands/cl_query.c
hb_status_DIR := $(BINDIR)
SETGID += $(BINDIR)/hb_status:haclient:2555
