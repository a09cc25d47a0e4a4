# SPDX-License-Identifier: GPL-2.0-or-later
# The document, the policy engine, and the tools that need no cluster.
CRM_SRC += $(wildcard crm/common/*.c crm/cib/*.c crm/pengine/*.c crm/simulate/*.c)
# What every tool has: options, answers; and the document it works on.
CRM_KIT := $(addprefix crm/commands/,kit.c options.c refusal.c connection.c connection_file.c connection_lock.c \
	connection_schema.c) $(CRM_SRC)
# What people see of a document.
CRM_STATUS := $(wildcard crm/status/*.c)
# What a tool has that needs no document.
CRM_PLAIN := crm/commands/kit.c crm/commands/options.c $(wildcard crm/common/*.c)
CRM_LIBS = $(XML_LIBS) -lm
$(BUILD)/obj/crm/%.o $(BUILD)/fuzz/obj/crm/%.o: CPPFLAGS += $(XML_CFLAGS)
# Their tests and fuzz targets begin with crm_.
$(BUILD)/obj/tests/unit/crm_%.o $(BUILD)/fuzz/obj/tests/fuzz/crm_%.o: CPPFLAGS += $(XML_CFLAGS)

# The schemas: compiled in, and as files for the crm shell, which looks for them where pacemaker has its own.
SCHEMADIR ?= $(PREFIX)/share/pacemaker
SCHEMA_NAMES := heartbeat-0.6 $(foreach v,1.0 1.2 1.3 2.0 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 2.9 2.10 3.0 3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9 next,pacemaker-$(v))
SCHEMAS := $(SCHEMA_NAMES:%=$(BUILD)/schemas/%.rng)
$(BUILD)/obj/crm/cib/schema_text.o $(BUILD)/fuzz/obj/crm/cib/schema_text.o: $(wildcard crm/cib/schemas/*.rng.in)
PROGRAMS += make_schemas
make_schemas_SRC := crm/cib/schemas/make.c $(filter crm/common/% crm/cib/%,$(CRM_SRC))
make_schemas_LIBS = $(CRM_LIBS)
$(SCHEMAS) &: $(BUILD)/bin/make_schemas
	$(call say,RNG,$(BUILD)/schemas)
	@mkdir -p $(BUILD)/schemas
	$(Q)$< $(BUILD)/schemas
all: $(SCHEMAS)
INSTALL += $(SCHEMAS:%=$(SCHEMADIR):0644:%)

PROGRAMS += ptest
ptest_SRC := crm/commands/ptest.c crm/commands/planfile.c $(CRM_SRC)
ptest_DIR := $(SBINDIR)
ptest_LIBS = $(CRM_LIBS)

# Tools, each with what stands behind it.
PROGRAMS += cibadmin crm_attribute crm_standby crm_failcount crm_master crm_ticket crm_shadow crm_diff
cibadmin_SRC := crm/commands/cibadmin.c crm/commands/access.c $(CRM_KIT)
crm_ticket_SRC := crm/commands/crm_ticket.c crm/commands/tickets.c $(CRM_KIT)
crm_shadow_SRC := crm/commands/crm_shadow.c crm/commands/difftext.c $(CRM_KIT)
crm_diff_SRC := crm/commands/crm_diff.c $(CRM_KIT)
CRM_ATTRIBUTE := crm/commands/attribute.c crm/commands/attributes.c $(CRM_KIT)
$(foreach p,crm_attribute crm_standby crm_failcount crm_master,$(eval $(p)_SRC := crm/commands/$(p).c $(CRM_ATTRIBUTE)))
$(foreach p,cibadmin crm_attribute crm_standby crm_failcount crm_master crm_ticket crm_shadow crm_diff,\
	$(eval $(p)_DIR := $(SBINDIR))$(eval $(p)_LIBS = $$(CRM_LIBS)))

# And those without a document.
PROGRAMS += iso8601 crm_uuid
$(foreach p,iso8601 crm_uuid,$(eval $(p)_SRC := crm/commands/$(p).c $(CRM_PLAIN))\
	$(eval $(p)_DIR := $(SBINDIR))$(eval $(p)_LIBS = $$(CRM_LIBS)))

PROGRAMS += crm_rule
crm_rule_SRC := crm/commands/crm_rule.c $(CRM_KIT)
crm_rule_DIR := $(SBINDIR)
crm_rule_LIBS = $(CRM_LIBS)

PROGRAMS += crm_verify
crm_verify_SRC := crm/commands/crm_verify.c $(CRM_KIT)
crm_verify_DIR := $(SBINDIR)
crm_verify_LIBS = $(CRM_LIBS)

# What people see.
PROGRAMS += crm_mon
crm_mon_SRC := crm/commands/crm_mon.c $(CRM_STATUS) $(CRM_KIT)
crm_mon_DIR := $(SBINDIR)
crm_mon_LIBS = $(CRM_LIBS)

PROGRAMS += crm_resource
crm_resource_SRC := $(addprefix crm/commands/,crm_resource.c resource_agents.c resource_show.c resource_constraints.c resource_params.c resource_set.c resource_move.c \
	resource_cluster.c resource_run.c agents.c agent_run.c) $(CRM_STATUS) $(CRM_KIT)
crm_resource_DIR := $(SBINDIR)
crm_resource_LIBS = $(CRM_LIBS)

PROGRAMS += crm_simulate
crm_simulate_SRC := crm/commands/crm_simulate.c crm/commands/simulate_show.c crm/commands/planfile.c $(CRM_STATUS) $(CRM_KIT)
crm_simulate_DIR := $(SBINDIR)
crm_simulate_LIBS = $(CRM_LIBS)
