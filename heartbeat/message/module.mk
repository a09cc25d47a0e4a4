LIB_SRC += $(wildcard heartbeat/message/*.c)
