LIB_SRC += $(wildcard heartbeat/config/*.c)
