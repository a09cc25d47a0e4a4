PROGRAMS += haresources2cib
haresources2cib_SRC := $(wildcard heartbeat/convert/*.c)
haresources2cib_DIR := $(SBINDIR)
haresources2cib_LIBS = $(XML_LIBS)
$(BUILD)/obj/heartbeat/convert/%.o: CPPFLAGS += $(XML_CFLAGS)
# Its name in heartbeat 2.
LINKS += $(foreach d,$(LIBEXECDIR) $(LIBDIR)/heartbeat,$(d)/haresources2cib.py:$(SBINDIR)/haresources2cib)
