$(BUILD)/obj/tests/crm/%.o: CPPFLAGS += $(XML_CFLAGS)
PROGRAMS += plan_properties
plan_properties_SRC := tests/crm/properties.c tests/crm/rules.c tests/crm/draw.c tests/crm/draw_resources.c $(CRM_SRC)
plan_properties_LIBS = $(CRM_LIBS)
PROGRAMS += cib_driver
cib_driver_SRC := tests/crm/cib_driver.c $(CRM_SRC)
cib_driver_LIBS = $(CRM_LIBS)
