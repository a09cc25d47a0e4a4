LIB_SRC += $(wildcard heartbeat/status/*.c)
