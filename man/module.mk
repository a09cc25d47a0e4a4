# SPDX-License-Identifier: GPL-2.0-or-later
# Every page of this folder goes to the section that its name ends in.
MAN_PAGES := $(wildcard man/*.[1-8])
LINKS += $(foreach n,IPaddr IPaddr2 IPv6addr SendArp,$(MANDIR)/man8/$(n).8:hb_ipaddr.8)
INSTALL += $(foreach f,$(MAN_PAGES),$(MANDIR)/man$(subst .,,$(suffix $(f))):0644:$(f))
