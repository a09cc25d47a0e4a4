/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to heartbeat/config: memory, problems, the text under the cursor and the table
 * of directives.
 *
 * A struct conf_reader lives for one file.  Everything it makes lies in the arena of the
 * struct that is being filled and goes with it.
 */
#ifndef HEARTBEAT_CONFIG_READER_H
#define HEARTBEAT_CONFIG_READER_H

#include "heartbeat/config/config.h"
#include "lib/choice.h"

#include <stddef.h>
#include <sys/types.h>

/* ---- Memory: nothing is freed alone.  Out of memory ends the process. -------- */

struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *arena);
char *arena_str(struct arena *arena, const char *text);
char *arena_strn(struct arena *arena, const char *text, size_t len);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* ARRAY of COUNT elements, moved when there is no room for one more. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t size);

/* ---- Problems ---------------------------------------------------------------- */

struct place {
	const char *file;
	int line, column;
};

/* What the old daemon says. */
struct legacy {
	int priority;
	const char *text; /* NULL = nothing */
	const char *info; /* lines after it, logged as info; NULL = none */
};

void problem_add(struct conf_problems *problems, enum conf_severity severity,
    struct place place, const struct legacy *legacy, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* ---- Text -------------------------------------------------------------------- */

#define TEXT_FILE_MAX (1024 * 1024) /* a longer file is refused */

/* The whole file, ended by a NUL that LEN does not count; the caller frees it.  0 or
 * -errno.  MTIME and MODE may be NULL. */
struct stat;
int text_read(const char *file, char **text, size_t *len, struct stat *st);

/* One physical line after the other. */
struct text_line {
	const char *text; /* not ended by NUL; without the newline and a CR before it */
	size_t len;
	int number; /* from 1 */
};
struct text_cursor {
	const char *at, *end;
	int line;
};
bool text_next_line(struct text_cursor *cursor, struct text_line *line);

struct conf_word {
	const char *text;
	int column; /* from 1 */
};

/* The values of spec 2.1.  True when TEXT is one; *VALUE is left alone otherwise.
 * *NEW_UNIT is set when old daemons would refuse it. */
bool value_time_parse(const char *text, int64_t *ms, bool *new_unit);
bool value_bool_parse(const char *text, bool *value);
bool value_number_parse(const char *text, int64_t *value);
/* "30 s", "500 ms": BUF is returned. */
const char *value_time_format(int64_t ms, char *buf, size_t size);

/* A word that stands for something in samples and recipes: "interface", "virtual-ip",
 * "<node>". */
bool value_is_placeholder(const char *word);

/* ---- ha.cf ------------------------------------------------------------------- */

#define HACF_LINE_MAX                                                                    \
	5119 /* longer lines were cut by the old reader; they are refused here */
#define HACF_DIRECTIVES_MAX 80
#define HACF_MEDIA_MAX 64
#define HACF_NODES_MAX 4096    /* more are an error: a list that long is a mistake */
#define HACF_NODES_OLD_MAX 100 /* old daemons refuse more */

struct conf_reader {
	struct conf *conf;
	struct conf_problems *problems;
	struct conf_options options;
	struct arena *arena; /* that of conf */
	const char *file;
	int line;              /* the one being read */
	int column;            /* of its directive */
	const char *directive; /* as written */
	const char *rest; /* the line after the directive, for messages that quote it */

	int seen[HACF_DIRECTIVES_MAX]; /* line of the last use, by place in the table; 0 =
	                                  never */
	const char
	    *value[HACF_DIRECTIVES_MAX]; /* text for others (spec 4.9); NULL = default */
	uint16_t udpport;
	int baud;
	int port_user_line; /* of the first medium that took udpport */
	int serial_line;    /* of the first that took baud */
	int ipfail_line;    /* of the client that starts ipfail */
	bool medium_refused,
	    ping_refused; /* a line was there: "there is none" would mislead */
};

#define CONF_LIST                                                                        \
	1u /* called for each word of the line; else once with the first, or the rest */
#define CONF_LINE 2u /* called once with the rest of the line as it is */
#define CONF_ONCE 4u /* a second value is an error */
#define CONF_KEPT 8u /* served to clients and exported as HA_name (spec 4.9) */
#define CONF_MEDIUM 16u
#define CONF_IDLE 32u /* parsed; the machinery is not there yet */
#define CONF_NEW 64u  /* old daemons refuse the directive */

struct directive {
	const char *name;
	/* 0, or -EINVAL after having said why. */
	int (*parse)(struct conf_reader *r, const struct directive *d,
	    const struct conf_word *w);
	size_t field, field_size; /* in struct conf; size 0 = none */
	int64_t min, max;         /* in the unit of the field */
	unsigned flags;
	const char *initial; /* default as -D prints it; NULL = none */
	const char *about;   /* description as -D and -v print it; NULL: not among them */
	const char *
	    legacy; /* what old daemons say of a refused value, %s in it; NULL = silent */
	const struct choice *choices; /* for parse_choice */
};

extern const struct directive *const conf_directives;
extern const size_t conf_directive_count;
const struct directive *directive_find(const char *name);

/* Each says what is wrong at COLUMN of the line being read.  LEGACY may be NULL. */
int refuse(struct conf_reader *r, int column, const char *legacy, const char *format, ...)
    __attribute__((format(printf, 4, 5))); /* returns -EINVAL */
void warn(struct conf_reader *r, int column, const char *legacy, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void note(struct conf_reader *r, int column, const char *legacy, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* What depends on the machine: refuses on this one, notes elsewhere and returns 0. */
int refuse_here(struct conf_reader *r, int column, const char *legacy, const char *format,
    ...) __attribute__((format(printf, 4, 5)));
/* A text in the memory of the problems. */
const char *old(struct conf_reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void idle_add(struct conf_reader *r, const char *what);

/* The parsers of the table, by file.  values in directives.c: */
int parse_word(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_number(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_bool(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
/* special.c: */
int parse_node(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_udpport(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_baud(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_threshold(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_failback(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_nice_failback(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_crm(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_crm_early(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_env(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_coreroot(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_watchdog(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_stonith(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_stonith_host(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_stonith_delay(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
/* clients.c: */
int parse_apiauth(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
int parse_client(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
void auth_defaults_add(struct conf_reader *r);
/* Entries that "crm VALUE" stands for. */
int auth_crm_add(struct conf_reader *r, bool manual);
/* The daemons that it stands for, to be started at this place of the list. */
int clients_crm_add(struct conf_reader *r, const struct directive *d);
/* media_check.c: */
int parse_medium(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);

/* The cross-checks of spec 5 that need ha.cf only. */
void crosscheck(struct conf_reader *r);

/* What differs between two nodes' files; each needs has_conf. */
void conf_compare(const struct conf_all *ours, const struct conf_all *theirs,
    struct conf_problems *problems);

/* conf_read() with options. */
int conf_read_with(const char *dir, const struct conf_options *options, struct conf *conf,
    struct conf_problems *problems);

#define GROUPS_MAX 2000    /* of haresources; more are an error */
#define RESOURCES_MAX 8000 /* of all groups together; as well */

/* ---- haresources ------------------------------------------------------------- */

/* What the words of a group say, without a look at the machine. */
void group_words_check(const struct conf_group *group, const char *file,
    struct conf_problems *problems);
/* Of those, the arguments of our scripts. */
void script_arguments_check(const struct conf_resource *rsc, const char *file,
    struct conf_problems *problems);
/* Against ha.cf, and against this machine's scripts. */
void groups_check(const struct conf_groups *groups, const struct conf *conf,
    const char *file, const struct conf_options *options, struct conf_problems *problems);
int haresources_read(const char *file, const struct conf_options *options,
    struct conf_groups *groups, struct conf_problems *problems);

int authkeys_read(const char *file, const struct conf_options *options,
    struct msg_keys *keys, struct conf_problems *problems);

#endif
