LIB_SRC += $(wildcard heartbeat/resources/*.c)
