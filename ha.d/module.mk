# SPDX-License-Identifier: GPL-2.0-or-later
# What is installed as /etc/ha.d, and the samples.
HAD_RC := $(addprefix ha.d/rc.d/,status ip-request ip-request-resp hb_takeover ask_resources)
GENERATED += ha.d/harc ha.d/shellfuncs ha.d/README.config ha.d/init.d/heartbeat ha.d/init.d/logd $(HAD_RC)
CONFFILES += $(HADIR):0755:$(GEN)/ha.d/harc $(HADIR):0644:$(GEN)/ha.d/shellfuncs \
	$(HADIR):0644:$(GEN)/ha.d/README.config
CONFFILES += $(foreach f,$(HAD_RC),$(HADIR)/rc.d:0755:$(GEN)/$(f))
CONFFILES += $(SYSCONFDIR)/init.d:0755:$(GEN)/ha.d/init.d/heartbeat $(SYSCONFDIR)/init.d:0755:$(GEN)/ha.d/init.d/logd
CONFFILES += $(SYSCONFDIR)/logrotate.d:0644:ha.d/logrotate:heartbeat
INSTALL += $(DOCDIR):0644:ha.d/samples/ha.cf $(DOCDIR):0600:ha.d/samples/authkeys \
	$(DOCDIR):0644:ha.d/samples/haresources $(DOCDIR):0644:ha.d/samples/logd.cf
LINKS += $(SYSCONFDIR)/heartbeat:ha.d
