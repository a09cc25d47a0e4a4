KIT_SRC += $(wildcard stonith/kit/*.c)
