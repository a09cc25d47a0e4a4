# SPDX-License-Identifier: GPL-2.0-or-later
# What the system has to know of heartbeat.
GENERATED += packaging/heartbeat.service packaging/logd.service
INSTALL += $(PREFIX)/lib/systemd/system:0644:$(GEN)/packaging/heartbeat.service \
	$(PREFIX)/lib/systemd/system:0644:$(GEN)/packaging/logd.service \
	$(PREFIX)/lib/tmpfiles.d:0644:packaging/tmpfiles.conf:heartbeat.conf \
	$(PREFIX)/lib/sysusers.d:0644:packaging/sysusers.conf:heartbeat.conf
# Metrics for the node exporter; not enabled by itself.
GENERATED += packaging/heartbeat-metrics.service
INSTALL += $(PREFIX)/lib/systemd/system:0644:$(GEN)/packaging/heartbeat-metrics.service \
	$(PREFIX)/lib/systemd/system:0644:packaging/heartbeat-metrics.timer
INSTALL += $(DOCDIR):0644:doc/hb_status.schema.json
# Completion of commands in bash.
INSTALL += $(foreach f,$(wildcard packaging/bash-completion/*),$(PREFIX)/share/bash-completion/completions:0644:$(f))
# Under the other name that people look for.
LINKS += $(PREFIX)/lib/systemd/system/heartbeat-logd.service:logd.service
