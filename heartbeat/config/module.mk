LIB_SRC += $(wildcard heartbeat/config/*.c)

# What "heartbeat --check", -D and -v answer, without the daemon around it: for the tests.
PROGRAMS += config_check
config_check_SRC := tests/tools/config_check.c
