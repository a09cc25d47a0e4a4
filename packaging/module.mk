# SPDX-License-Identifier: GPL-2.0-or-later
# What the system has to know of heartbeat.
GENERATED += packaging/heartbeat.service
INSTALL += $(PREFIX)/lib/systemd/system:0644:$(GEN)/packaging/heartbeat.service \
	$(PREFIX)/lib/tmpfiles.d:0644:packaging/tmpfiles.conf:heartbeat.conf \
	$(PREFIX)/lib/sysusers.d:0644:packaging/sysusers.conf:heartbeat.conf
# Completion of commands in bash.
INSTALL += $(foreach f,$(wildcard packaging/bash-completion/*),$(PREFIX)/share/bash-completion/completions:0644:$(f))
