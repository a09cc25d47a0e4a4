# SPDX-License-Identifier: GPL-2.0-or-later
# Fencing: the library, the process that runs a driver, the drivers, stonith(8).
LIB_SRC += $(wildcard stonith/library/*.c)

PROGRAMS += stonith-device
stonith-device_SRC := $(wildcard stonith/device/*.c)
stonith-device_DIR := $(LIBEXECDIR)
stonith-device_LIBS := -rdynamic

PROGRAMS += stonith
stonith_SRC := $(wildcard stonith/commands/stonith*.c)
stonith_DIR := $(SBINDIR)

PROGRAMS += meatclient
meatclient_SRC := stonith/commands/meatclient.c
meatclient_DIR := $(SBINDIR)

# Drivers: one line each, with name_LIBS where it needs a library.
PLUGINS += null
PLUGINS += apcmaster apcsmart baytech cyclades nw_rpc100s rcd_serial rps10 wti_nps
PLUGINS += external
external_LIBS = $(XML_LIBS)
PLUGINS += rhcs
rhcs_SRC := $(wildcard stonith/plugins/rhcs*.c)
rhcs_LIBS = $(XML_LIBS)
PLUGINS += apcmastersnmp wti_mpc drac3 ibmhmc ipmilan vacm ssh suicide meatware
apcmastersnmp_LIBS := -lnetsnmp
wti_mpc_LIBS := -lnetsnmp
drac3_LIBS := -lcurl
ibmhmc_SRC := $(wildcard stonith/plugins/ibmhmc*.c)

PLUGINS += bladehpi
HPI_CFLAGS := $(shell pkg-config --cflags openhpi 2>/dev/null)
bladehpi_SRC := stonith/plugins/bladehpi.c stonith/plugins/bladehpi_$(if $(HPI_CFLAGS),hpi,none).c
bladehpi_LIBS := $(if $(HPI_CFLAGS),-lopenhpi)
$(BUILD)/obj/stonith/plugins/bladehpi_hpi.o: CPPFLAGS += $(HPI_CFLAGS)
syntax: CPPFLAGS += $(HPI_CFLAGS)

# Asked late: "make check" may install the library first.
XML_LIBS := -lxml2
$(BUILD)/obj/stonith/kit/params.o: CPPFLAGS += $(XML_CFLAGS)
$(BUILD)/fuzz/obj/stonith/kit/params.o: CPPFLAGS += $(XML_CFLAGS)
$(BUILD)/fuzz/stonith_params_fuzz: FUZZ_LIBS = $(XML_LIBS)
syntax: CPPFLAGS += $(XML_CFLAGS)
XML_CFLAGS = $(shell pkg-config --cflags libxml-2.0)

# libstonith, for programs of others.  The header says codes.h, which is installed beside it.
SHLIBS += libstonith
libstonith_SRC := $(wildcard stonith/libstonith/*.c)
libstonith_VERSION := 1
libstonith_MAP := stonith/libstonith/libstonith.map
libstonith_LIBS = $(HBC_LIBS)
$(BUILD)/obj/stonith/libstonith/%.o: CPPFLAGS += $(HBC_CFLAGS)
INSTALL += $(INCLUDEROOT)/stonith:0644:stonith/stonith.h $(INCLUDEROOT)/stonith:0644:stonith/codes.h
$(BUILD)/obj/tests/unit/libstonith_test.o: CPPFLAGS += $(HBC_CFLAGS)
$(BUILD)/tests/unit/libstonith_test: TEST_LIBS = $(HBC_LIBS)
$(BUILD)/tests/unit/libstonith_test: | $(BUILD)/lib/libstonith.a

# The inside of stonith-device, without its main().
$(BUILD)/tests/unit/stonith_secret_test: $(BUILD)/obj/stonith/device/secret.o $(BUILD)/obj/stonith/device/device.o
