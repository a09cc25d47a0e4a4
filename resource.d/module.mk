# SPDX-License-Identifier: GPL-2.0-or-later
# Resource scripts that are scripts; the address resources are a program
# (heartbeat/helpers/ipaddr).
RESOURCE_SCRIPTS := $(addprefix resource.d/,Filesystem Delay MailTo apache OCF)
GENERATED += $(RESOURCE_SCRIPTS) resource.d/hto-mapfuncs
CONFFILES += $(foreach f,$(RESOURCE_SCRIPTS) resource.d/hto-mapfuncs,$(HADIR)/resource.d:0755:$(GEN)/$(f))
