# SPDX-License-Identifier: GPL-2.0-or-later
# The document, the policy engine, and the tools that need no cluster.
CRM_SRC += $(wildcard crm/common/*.c crm/cib/*.c crm/pengine/*.c)
# What every tool has: options, answers; and the document it works on.
CRM_KIT := crm/commands/kit.c crm/commands/options.c crm/commands/connection.c $(CRM_SRC)
# What people see of a document.
CRM_STATUS := $(wildcard crm/status/*.c)
CRM_LIBS = $(XML_LIBS) -lm
$(BUILD)/obj/crm/%.o $(BUILD)/fuzz/obj/crm/%.o: CPPFLAGS += $(XML_CFLAGS)
# Their tests and fuzz targets begin with crm_.
$(BUILD)/obj/tests/unit/crm_%.o $(BUILD)/fuzz/obj/tests/fuzz/crm_%.o: CPPFLAGS += $(XML_CFLAGS)

PROGRAMS += ptest
ptest_SRC := crm/commands/ptest.c $(CRM_SRC)
ptest_DIR := $(SBINDIR)
ptest_LIBS = $(CRM_LIBS)
