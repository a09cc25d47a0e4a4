# SPDX-License-Identifier: GPL-2.0-or-later
# Resource scripts that are scripts; the address resources are a program (heartbeat/helpers/ipaddr).
# Those that only call the OCF agent of their name are one script under many names.
RESOURCE_SCRIPTS := $(addprefix resource.d/,Delay Filesystem IPsrcaddr LVM LVSSyncDaemonSwap MailTo OCF Raid1 apache \
	drbddisk portblock)
OCF_RESOURCES := AudibleAlarm ICP LinuxSCSI ManageRAID ManageVE ServeRAID WAS WinPopup Xen Xinetd db2 ids
GENERATED += $(RESOURCE_SCRIPTS) resource.d/hto-mapfuncs
CONFFILES += $(foreach f,$(RESOURCE_SCRIPTS) resource.d/hto-mapfuncs,$(HADIR)/resource.d:0755:$(GEN)/$(f))
LINKS += $(foreach n,$(OCF_RESOURCES),$(HADIR)/resource.d/$(n):$(SHAREDIR)/ocf-resource)
