# SPDX-License-Identifier: GPL-2.0-or-later
# The SNMP subagent.  What it knows and how that looks as OIDs is in the library, so that tests reach it.
LIB_SRC += heartbeat/helpers/hbagent/facts.c heartbeat/helpers/hbagent/view.c
PROGRAMS += hbagent
hbagent_SRC := $(addprefix heartbeat/helpers/hbagent/,main.c agent.c source.c ask.c)
hbagent_LIBS := -lnetsnmpagent -lnetsnmp -lpthread
hbagent_DIR := $(LIBEXECDIR)
LINKS += $(LIBDIR)/heartbeat/hbagent:$(LIBEXECDIR)/hbagent
INSTALL += $(PREFIX)/share/snmp/mibs:0644:heartbeat/helpers/hbagent/LINUX-HA-MIB.txt
