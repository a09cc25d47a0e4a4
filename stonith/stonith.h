/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libstonith.so.1: fencing devices for programs, with the functions that cluster-glue's library of
 * that name offers.  One thread.  Every call that asks a device waits for it, at most as long as its
 * driver allows.
 *
 * A handle is made for a type, configured once, and then asked.  Before it is configured, status and
 * requests return S_INVAL and there is no list of hosts.
 */
#ifndef STONITH_STONITH_H
#define STONITH_STONITH_H

#include "codes.h"

#ifdef __cplusplus
extern "C" {
#endif

struct _GHashTable;

typedef struct stonith {
	char *stype; /* the type; read only */
	             /* the rest is the library's */
} Stonith;

typedef struct {
	char *s_name; /* NULL ends a list */
	char *s_value;
} StonithNVpair;

/* What stonith_get_info() tells. */
enum {
	ST_CONF_XML = 1,   /* the <parameters> block */
	ST_DEVICEID = 2,   /* what the device is */
	ST_DEVICENAME = 3, /* this unit: its address, its tty; once it is configured */
	ST_DEVICEDESCR = 4,
	ST_DEVICEURL = 5
};

/* Priorities of the log function. */
enum { STONITH_FATAL = 1, STONITH_CRIT, STONITH_WARN, STONITH_INFO, STONITH_DEBUG };
typedef void stonith_log_fn(int priority, const char *format, ...);

/* NULL when there is no such type. */
Stonith *stonith_new(const char *type);
void stonith_delete(Stonith *s);
/* Where messages go; NULL = stderr. */
void stonith_set_log(Stonith *s, stonith_log_fn *log);
/* Above 0, messages of priority debug are passed on, too. */
void stonith_set_debug(Stonith *s, int level);

/* All types, NULL at the end, to be freed by stonith_free_hostlist(). */
char **stonith_types(void);
void stonith_free_hostlist(char **list);

/* Names of the parameters, NULL at the end; the handle's.  NULL when it does not say. */
const char *const *stonith_get_confignames(Stonith *s);
/* NULL when it does not say; the handle's, until the next call. */
const char *stonith_get_info(Stonith *s, int what);

/* Each returns an enum stonith_code. */
int stonith_set_config(Stonith *s, StonithNVpair *list);
int stonith_set_config_file(Stonith *s, const char *path);
int stonith_set_config_info(Stonith *s, const char *text);
int stonith_get_status(Stonith *s);
int stonith_req_reset(Stonith *s, int operation, const char *host);
/* NULL at the end, to be freed by stonith_free_hostlist().  NULL when it fails. */
char **stonith_get_hostlist(Stonith *s);

/* Lists for stonith_set_config(), to be freed by free_NVpair(): from the environment, from values in
 * the order of the names, from a hash table of strings.  NULL when it cannot be made. */
StonithNVpair *stonith_env_to_NVpair(Stonith *s);
StonithNVpair *stonith1_compat_string_to_NVpair(Stonith *s, const char *text);
StonithNVpair *stonith_ghash_to_NVpair(struct _GHashTable *table);
void free_NVpair(StonithNVpair *list);

/* Lower case, in place. */
void strdown(char *text);

#ifdef __cplusplus
}
#endif

#endif
