LIB_SRC += $(wildcard lib/*.c)
