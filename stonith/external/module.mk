# SPDX-License-Identifier: GPL-2.0-or-later
# Fencing devices that are scripts, and what they have in common: beside them, but not executable, which
# keeps it out of the list of devices.
GLUEDIR ?= $(PREFIX)/share/cluster-glue
GEN_SED += -e 's|@GLUEDIR@|$(GLUEDIR)|g' -e 's|@STONITHDIR@|$(STONITHDIR)|g'
EXTERNAL := $(addprefix stonith/external/,drac5 dracmc-telnet ec2 hetzner hmchttp ibmrsa ibmrsa-telnet ipmi ippower9258 \
	kdumpcheck libvirt nut rackpdu riloe ssh vcenter vmware xen0 xen0-ha)
EXTERNAL_LIBS := $(addprefix stonith/external/,external-lib.sh external_lib.py)
EXTERNAL_HELPERS := stonith/external/xen0-ha-dom0-stonith-helper
GENERATED += $(EXTERNAL) $(EXTERNAL_LIBS) $(EXTERNAL_HELPERS)
INSTALL += $(foreach f,$(EXTERNAL),$(STONITHDIR)/external:0755:$(GEN)/$(f)) \
	$(foreach f,$(EXTERNAL_LIBS),$(STONITHDIR)/external:0644:$(GEN)/$(f)) \
	$(foreach f,$(EXTERNAL_HELPERS),$(STONITHDIR):0755:$(GEN)/$(f))
# The log of such scripts, where old ones look for it.
GENERATED += heartbeat/scripts/ha_log.sh
INSTALL += $(SHAREDIR):0755:$(GEN)/heartbeat/scripts/ha_log.sh
LINKS += $(GLUEDIR)/ha_log.sh:$(SHAREDIR)/ha_log.sh $(LIBDIR)/heartbeat/ha_log.sh:$(SHAREDIR)/ha_log.sh
