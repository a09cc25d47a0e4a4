# SPDX-License-Identifier: GPL-2.0-or-later
# The script layer.  Scripts name the directories of the installation as @SHAREDIR@ and so on;
# what is installed is the copy under $(GEN) with the names filled in.
GEN := $(BUILD)/gen
GEN_SED := -e 's|@SHAREDIR@|$(SHAREDIR)|g' -e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g' -e 's|@HADIR@|$(HADIR)|g' \
	-e 's|@DOCDIR@|$(DOCDIR)|g' -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@STATEDIR@|$(STATEDIR)|g' \
	-e 's|@BINDIR@|$(BINDIR)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|g' \
	-e 's|@INCLUDEROOT@|$(INCLUDEROOT)|g' -e 's|@VERSION@|$(VERSION)|g'
$(GEN)/%: %
	@mkdir -p $(@D)
	$(Q)sed $(GEN_SED) $< >$@.new && mv $@.new $@

SCRIPTS := $(addprefix heartbeat/scripts/,ResourceManager mach_down req_resource hb_standby hb_takeover \
	hb_addnode hb_delnode hb_setweight hb_setsite ocf-resource \
	TestHeartbeatComm ha_propagate BasicSanityCheck)
SCRIPT_LIBS := $(addprefix heartbeat/scripts/,shellfuncs move-functions node-functions ocf-wrapper agent-table ha_config)
GENERATED += $(SCRIPTS) $(SCRIPT_LIBS)
INSTALL += $(foreach f,$(SCRIPTS),$(SHAREDIR):0755:$(GEN)/$(f))
INSTALL += $(foreach f,$(SCRIPT_LIBS),$(SHAREDIR):0644:$(GEN)/$(f))
# Where packages of other times had them.
LINKS += $(foreach f,$(notdir $(SCRIPTS)),$(LIBDIR)/heartbeat/$(f):$(SHAREDIR)/$(f))
LINKS += $(foreach f,hb_standby hb_takeover hb_addnode hb_delnode,$(SBINDIR)/$(f):$(SHAREDIR)/$(f))
LINKS += $(LIBDIR)/heartbeat/ha_config:$(SHAREDIR)/ha_config
GENERATED += heartbeat/scripts/hb_report
INSTALL += $(SBINDIR):0755:$(GEN)/heartbeat/scripts/hb_report
