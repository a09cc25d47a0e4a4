# SPDX-License-Identifier: GPL-2.0-or-later
# The addresses of a cluster: one program under many names.  Its pure half is in the library,
# so that the unit tests reach it.
LIB_SRC += heartbeat/helpers/ipaddr/request.c heartbeat/helpers/ipaddr/choice.c
PROGRAMS += hb_ipaddr
hb_ipaddr_SRC := $(addprefix heartbeat/helpers/ipaddr/,main.c agent.c address.c findif.c sendarp.c \
	kernel.c announce.c frame.c report.c state.c)
hb_ipaddr_LIBS := -lmnl -lnet
hb_ipaddr_DIR := $(LIBEXECDIR)
LINKS += $(foreach n,IPaddr IPaddr2 IPv6addr SendArp,$(HADIR)/resource.d/$(n):$(LIBEXECDIR)/hb_ipaddr)
LINKS += $(foreach n,send_arp findif,$(LIBEXECDIR)/$(n):hb_ipaddr $(LIBDIR)/heartbeat/$(n):$(LIBEXECDIR)/hb_ipaddr)
