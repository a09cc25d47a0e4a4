# SPDX-License-Identifier: GPL-2.0-or-later
# The logging daemon and the logger for scripts.  The pure half is in the library, for the tests.
LIB_SRC += heartbeat/helpers/logd/conf.c heartbeat/helpers/logd/wire.c
PROGRAMS += ha_logd ha_logger
ha_logd_SRC := $(addprefix heartbeat/helpers/logd/,main.c read.c write.c)
ha_logd_DIR := $(LIBDIR)/heartbeat
ha_logger_SRC := heartbeat/helpers/logd/logger.c
ha_logger_DIR := $(SBINDIR)
LINKS += $(LIBEXECDIR)/ha_logd:$(LIBDIR)/heartbeat/ha_logd $(LIBDIR)/heartbeat/ha_logger:$(SBINDIR)/ha_logger
