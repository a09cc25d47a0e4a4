LIB_SRC += $(wildcard heartbeat/client/*.c)
