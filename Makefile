# SPDX-License-Identifier: GPL-2.0-or-later
#
# The one entrance: all, install, check, demo, bench, fuzz, soak, deps.
# Each folder's module.mk only lists what it has; see the comment above "Fragments".

PREFIX     ?= /usr
SYSCONFDIR ?= /etc
STATEDIR   ?= /var/lib/heartbeat
RUNDIR     ?= /run/heartbeat
BINDIR     ?= $(PREFIX)/bin
SBINDIR    ?= $(PREFIX)/sbin
LIBDIR     ?= $(PREFIX)/lib
LIBEXECDIR ?= $(PREFIX)/libexec/heartbeat
SHAREDIR   ?= $(PREFIX)/share/heartbeat
DOCDIR     ?= $(PREFIX)/share/doc/heartbeat
MANDIR     ?= $(PREFIX)/share/man
INCLUDEDIR ?= $(PREFIX)/include/heartbeat
HADIR      ?= $(SYSCONFDIR)/ha.d
STONITHDIR ?= $(PREFIX)/lib/stonith/plugins
GLUEDIR    ?= $(PREFIX)/share/cluster-glue
DESTDIR    ?=

SAN ?=
BUILD ?= build$(if $(SAN),/san)
VERSION := 4.0.0

CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	    -Wno-missing-field-initializers -Wformat=2 -Wno-format-nonliteral
comma    := ,
CPPFLAGS += -D_GNU_SOURCE -I. -DHB_VERSION='"$(VERSION)"' -DHB_SYSCONFDIR='"$(SYSCONFDIR)"' \
	    -DHB_HADIR='"$(HADIR)"' -DHB_STATEDIR='"$(STATEDIR)"' -DHB_RUNDIR='"$(RUNDIR)"' \
	    -DHB_LIBEXECDIR='"$(LIBEXECDIR)"' -DHB_SHAREDIR='"$(SHAREDIR)"' \
	    -DHB_BINDIR='"$(BINDIR)"' -DHB_SBINDIR='"$(SBINDIR)"' \
	    -DHB_STONITHDIR='"$(STONITHDIR)"' -DHB_GLUEDIR='"$(GLUEDIR)"'
ALLCFLAGS = -std=gnu11 $(CFLAGS) $(WARN) -fPIC -fvisibility=hidden $(if $(SAN),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALLLDFLAGS = $(LDFLAGS) $(if $(SAN),-fsanitize=address -fsanitize=undefined)
COMMON_LIBS := -lqb -lnettle -lz -lbz2 -luuid

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')

all: programs

# Fragments.  What they may set:
#   LIB_SRC    += sources that go into libhb.a, which every program and test links
#   PROGRAMS   += name     with  name_SRC := sources, name_LIBS := -l..., name_DIR := directory it
#                          is installed into, name_MODE := 0755 unless given
#   SHLIBS     += name     with  name_SRC := sources (their objects serve no program), name_VERSION := of
#                          the binary interface, name_MAP := what it exports, name_LIBS := -l...; a static
#                          library comes with it
#   KIT_SRC    += sources that go into libkit.a, for fencing drivers: who links it has the device_*()
#                          functions of stonith/plugin.h
#   CRM_SRC    += sources that go into libcrm.a, for tests of the CRM; its programs list them
#   PLUGINS    += name     a fencing driver: stonith/plugins/name.c, or  name_SRC := sources;  name_LIBS := -l...
#   INSTALL    += dir:mode:file[:name]   installed as it is
#   CONFFILES  += dir:mode:file[:name]   the same, but a file that an administrator changed is kept
#                                        and ours is put beside it as name.new
#   LINKS      += path:target            symbolic links
#   SETGID     += path:group:mode        an installed program gets that group and mode
#   GENERATED  += file     its copy under $(GEN) has @SHAREDIR@ and its like filled in
LIB_SRC :=
KIT_SRC :=
CRM_SRC :=
PLUGINS :=
PROGRAMS :=
SHLIBS :=
INSTALL :=
CONFFILES :=
LINKS :=
SETGID :=
GENERATED :=
FRAGMENTS := $(wildcard lib/module.mk heartbeat/module.mk heartbeat/*/module.mk heartbeat/helpers/*/module.mk crm/module.mk \
	stonith/module.mk stonith/*/module.mk ha.d/module.mk resource.d/module.mk man/module.mk packaging/module.mk tests/*/module.mk bench/module.mk)
include $(FRAGMENTS)
all: $(GENERATED:%=$(GEN)/%)

LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
KIT_OBJ := $(KIT_SRC:%.c=$(BUILD)/obj/%.o)
CRM_OBJ := $(CRM_SRC:%.c=$(BUILD)/obj/%.o)
PROG_OBJ := $(foreach p,$(PROGRAMS),$($(p)_SRC:%.c=$(BUILD)/obj/%.o))
BIN := $(BUILD)/bin

$(BUILD)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALLCFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libhb.a: $(LIB_OBJ)
$(BUILD)/libkit.a: $(KIT_OBJ)
$(BUILD)/libcrm.a: $(CRM_OBJ)
$(BUILD)/libhb.a $(BUILD)/libkit.a $(BUILD)/libcrm.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

define program
$(BIN)/$(1): $($(1)_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/libhb.a
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALLCFLAGS) $$(ALLLDFLAGS) -o $$@ $$^ $(if $($(1)_LIBS),-Wl$(comma)--as-needed $($(1)_LIBS)) -Wl,--as-needed $$(COMMON_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

programs: $(PROGRAMS:%=$(BIN)/%)

# Libraries.  The static one has all of libhb.a that it needs, and is one object: nothing inside it can
# meet a name of the program's.
SHLIB_DIR := $(BUILD)/lib
SHLIB_OBJ := $(sort $(foreach l,$(SHLIBS),$($(l)_SRC:%.c=$(BUILD)/obj/%.o)))
define shlib
$(SHLIB_DIR)/$(1).so.$($(1)_VERSION): $($(1)_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/libhb.a $($(1)_MAP)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALLCFLAGS) $$(ALLLDFLAGS) -shared -Wl,-soname,$$(@F) -Wl,--version-script=$($(1)_MAP) \
		$(if $(SAN),,-Wl$(comma)-z$(comma)defs) -o $$@ $$(filter %.o %.a,$$^) -Wl,--as-needed $$($(1)_LIBS) $$(COMMON_LIBS)
	$$(Q)ln -sf $$(@F) $$(@D)/$(1).so
$(SHLIB_DIR)/$(1).a: $(SHLIB_DIR)/$(1).so.$($(1)_VERSION)
	$$(call say,AR,$$@)
	$$(Q)$$(CC) -r -nostdlib -o $$@.o $($(1)_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/libhb.a
	$$(Q)nm -D --defined-only $$< | awk '{ print $$$$3 }' >$$@.names && \
		objcopy --keep-global-symbols=$$@.names $$@.o && rm -f $$@ && ar rcs $$@ $$@.o && rm $$@.o $$@.names
all: $(SHLIB_DIR)/$(1).a
INSTALL += $(LIBDIR):0644:$(SHLIB_DIR)/$(1).so.$($(1)_VERSION) $(LIBDIR):0644:$(SHLIB_DIR)/$(1).a
LINKS += $(LIBDIR)/$(1).so:$(1).so.$($(1)_VERSION)
endef
$(foreach l,$(SHLIBS),$(eval $(call shlib,$(l))))

# Fencing drivers: each has the parts of the kit that it uses; device_*() come from the program that loads it.
PLUGIN_DIR := $(BUILD)/plugins
plugin_src = $(or $($(1)_SRC),stonith/plugins/$(1).c)
PLUGIN_SRC := $(foreach p,$(PLUGINS),$(call plugin_src,$(p)))
define plugin
$(PLUGIN_DIR)/stonith2/$(1).so: $(patsubst %.c,$(BUILD)/obj/%.o,$(call plugin_src,$(1))) $(BUILD)/libkit.a $(BUILD)/libhb.a
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALLCFLAGS) $$(ALLLDFLAGS) -shared -o $$@ $$^ -Wl,--as-needed $$($(1)_LIBS) $$(COMMON_LIBS)
	$$(Q)chmod go-w $$@
all: $(PLUGIN_DIR)/stonith2/$(1).so
INSTALL += $(STONITHDIR)/stonith2:0644:$(PLUGIN_DIR)/stonith2/$(1).so
endef
$(foreach p,$(PLUGINS),$(eval $(call plugin,$(p))))

# Tests.  Each tests/unit/*_test.c (and tests/vectors/*_test.c) is one program.
UNIT_SRC := $(wildcard tests/unit/*_test.c tests/vectors/*_test.c tests/media/*_test.c)
UNIT_BIN := $(UNIT_SRC:tests/%.c=$(BUILD)/tests/%)
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/libkit.a $(BUILD)/libcrm.a $(BUILD)/libhb.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALLCFLAGS) $(ALLLDFLAGS) -o $@ $^ $(TEST_LIBS) -lcunit -Wl,--as-needed $(CRM_LIBS) -lmnl -lnet $(COMMON_LIBS)
tests: $(UNIT_BIN)
.SECONDARY:

# What a compiler says of every source, without making anything: make syntax CC=clang.
SYNTAX_SRC := $(sort $(LIB_SRC) $(KIT_SRC) $(CRM_SRC) $(PLUGIN_SRC) $(foreach p,$(PROGRAMS) $(SHLIBS),$($(p)_SRC)) $(UNIT_SRC) $(wildcard tests/fuzz/*_fuzz.c))
syntax: CPPFLAGS += $(HBC_CFLAGS)
syntax:
	$(Q)printf '%s\n' $(SYNTAX_SRC) | xargs -P 2 -n 16 $(CC) $(CPPFLAGS) $(ALLCFLAGS) -fsyntax-only

# Fuzzing: each tests/fuzz/*_fuzz.c is one libFuzzer target; FUZZ_SECONDS each.
FUZZ_SECONDS ?= 60
FUZZ_SRC := $(wildcard tests/fuzz/*_fuzz.c)
FUZZ_FLAGS = -std=gnu11 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)clang $(CPPFLAGS) $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/fuzz/libkit.a: $(KIT_SRC:%.c=$(BUILD)/fuzz/obj/%.o)
$(BUILD)/fuzz/libcrm.a: $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(CRM_SRC) $(CRM_STATUS))
$(BUILD)/fuzz/libhb.a: $(LIB_SRC:%.c=$(BUILD)/fuzz/obj/%.o)
$(BUILD)/fuzz/libkit.a $(BUILD)/fuzz/libcrm.a $(BUILD)/fuzz/libhb.a:
	$(Q)rm -f $@ && ar rcs $@ $^
$(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/tests/fuzz/%.o $(BUILD)/fuzz/libkit.a $(BUILD)/fuzz/libcrm.a $(BUILD)/fuzz/libhb.a
	$(call say,FUZZ,$@)
	$(Q)clang $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ -Wl,--as-needed $(FUZZ_LIBS) $(CRM_LIBS) $(COMMON_LIBS)
fuzz-build: $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)
fuzz: fuzz-build
	$(Q)tests/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS) $(notdir $(FUZZ_SRC:.c=))

check: deps-check all tests stage
	$(Q)BUILD=$(BUILD) SAN=$(SAN) tests/run

# A staged installation for the lab, the demo and the benches.
STAGE := $(BUILD)/stage
stage: all
	$(Q)rm -rf $(STAGE)
	$(Q)$(MAKE) --no-print-directory install DESTDIR=$(abspath $(STAGE)) BUILD=$(BUILD) SAN=$(SAN) >/dev/null

define install_program
	$(Q)install -D -m $(or $($(1)_MODE),0755) $(BIN)/$(1) $(DESTDIR)$($(1)_DIR)/$(or $($(1)_NAME),$(1))

endef

install: all
	$(foreach p,$(PROGRAMS),$(if $($(p)_DIR),$(call install_program,$(p))))
	$(Q)DESTDIR='$(DESTDIR)' packaging/install-files install $(INSTALL)
	$(Q)DESTDIR='$(DESTDIR)' packaging/install-files conffiles $(CONFFILES)
	$(Q)DESTDIR='$(DESTDIR)' packaging/install-files links $(LINKS)
	$(Q)DESTDIR='$(DESTDIR)' packaging/install-files setgid $(SETGID)

deps:
	$(Q)packaging/deps install
deps-check:
	$(Q)packaging/deps ensure

demo: deps-check all stage
	$(Q)tests/lab/demo $(if $(SHELL_IN),--shell $(SHELL_IN))

bench: deps-check all stage
	$(Q)bench/run

soak: deps-check all tests stage
	$(Q)BUILD=$(BUILD) tests/soak
	$(Q)BUILD=$(BUILD) LAB_STAGE=$(BUILD)/stage tests/lab/soak -m $(or $(SOAK_MINUTES),60)
	$(Q)BUILD=$(BUILD) LAB_STAGE=$(BUILD)/stage tests/lab/fence_soak

format:
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf build

.PHONY: all programs tests syntax check stage install deps deps-check demo bench soak fuzz fuzz-build format clean
.DEFAULT_GOAL := all

-include $(LIB_OBJ:.o=.d) $(KIT_OBJ:.o=.d) $(CRM_OBJ:.o=.d) $(PLUGIN_SRC:%.c=$(BUILD)/obj/%.d) $(PROG_OBJ:.o=.d) $(SHLIB_OBJ:.o=.d) $(UNIT_SRC:%.c=$(BUILD)/obj/%.d)
-include $(FUZZ_SRC:%.c=$(BUILD)/fuzz/obj/%.d) $(foreach s,$(LIB_SRC) $(KIT_SRC) $(CRM_SRC) $(CRM_STATUS),$(s:%.c=$(BUILD)/fuzz/obj/%.d))
