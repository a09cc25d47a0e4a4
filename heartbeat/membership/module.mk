LIB_SRC += $(wildcard heartbeat/membership/*.c)
