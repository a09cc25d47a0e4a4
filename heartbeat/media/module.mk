LIB_SRC += $(wildcard heartbeat/media/*.c)
