# SPDX-License-Identifier: LGPL-2.1-or-later
# Two libraries for programs: libhbclient, the client interface, and libhbplumb, what such programs
# expect beside it.  What each shows is in its .map.
HBC_DIR := heartbeat/libhbclient
HBC_MESSAGE := $(addprefix $(HBC_DIR)/,fields.c values.c wire.c)
HBC_CFLAGS = $(shell pkg-config --cflags glib-2.0)
HBC_LIBS = $(shell pkg-config --libs glib-2.0)
$(BUILD)/obj/$(HBC_DIR)/%.o: CPPFLAGS += $(HBC_CFLAGS)

SHLIBS += libhbclient libhbplumb
libhbclient_SRC := $(wildcard $(HBC_DIR)/*.c)
libhbclient_VERSION := 1
libhbclient_MAP := $(HBC_DIR)/libhbclient.map
libhbclient_LIBS = $(HBC_LIBS)
libhbplumb_SRC := $(HBC_MESSAGE) $(wildcard $(HBC_DIR)/helpers/*.c)
libhbplumb_VERSION := 1
libhbplumb_MAP := $(HBC_DIR)/libhbplumb.map
libhbplumb_LIBS = $(HBC_LIBS)

# Old makefiles say -lplumb; cluster-glue's own has that name where everybody looks.
LINKS += $(LIBDIR)/heartbeat/libplumb.so:../libhbplumb.so.1

INCLUDEROOT := $(patsubst %/heartbeat,%,$(INCLUDEDIR))
INSTALL += $(foreach f,$(wildcard $(HBC_DIR)/include/heartbeat/*.h),$(INCLUDEDIR):0644:$(f)) \
	$(foreach f,$(wildcard $(HBC_DIR)/include/clplumbing/*.h),$(INCLUDEROOT)/clplumbing:0644:$(f))

INSTALL += $(DOCDIR)/examples:0644:doc/examples/hello.c
GENERATED += $(HBC_DIR)/libhbclient.pc
INSTALL += $(LIBDIR)/pkgconfig:0644:$(BUILD)/gen/$(HBC_DIR)/libhbclient.pc

# Tests of the inside.
HBC_TESTS := $(addprefix tests/,unit/hbclient_fields unit/hbclient_order unit/hbclient_callbacks vectors/hbclient)
HBC_TEST_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(libhbclient_SRC) $(libhbplumb_SRC)))
$(HBC_TESTS:%=$(BUILD)/%_test): $(HBC_TEST_OBJ)
$(HBC_TESTS:%=$(BUILD)/%_test): TEST_LIBS = $(BUILD)/libhb.a $(HBC_LIBS)
$(HBC_TESTS:%=$(BUILD)/obj/%_test.o): CPPFLAGS += $(HBC_CFLAGS)
$(BUILD)/fuzz/hbclient_fuzz: $(libhbclient_SRC:%.c=$(BUILD)/fuzz/obj/%.o)
$(BUILD)/fuzz/hbclient_fuzz: FUZZ_LIBS = $(HBC_LIBS)
$(BUILD)/fuzz/obj/$(HBC_DIR)/%.o $(BUILD)/fuzz/obj/tests/fuzz/hbclient_fuzz.o: CPPFLAGS += $(HBC_CFLAGS)
