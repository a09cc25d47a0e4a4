/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How values are written in a CIB (spec/policy-engine.md 2): truth, numbers, times, scores, versions. */
#ifndef CRM_COMMON_VALUES_H
#define CRM_COMMON_VALUES_H

#include <stdbool.h>
#include <stdint.h>
#include <strings.h>

#define SCORE_INFINITY 1000000

/* 1, 0, or -1 for anything else; NULL is anything else. */
int value_bool(const char *text);
bool value_is_true(const char *text);
/* *FLAG is left alone by what is neither true nor false. */
void value_assign_bool(const char *text, bool *flag);

/* strtol() within int; DEFAULT_VALUE for NULL, 0 for what is no number. */
int value_int(const char *text, int default_value);
/* "10" and "10s" are 10000 ms; 0 for NULL, -1 for what is no time. */
int64_t value_ms(const char *text);
/* The same with ISO 8601 durations ("P1D"); what is unreadable or negative is 0. */
int64_t value_interval_ms(const char *text);

/* Clipped to +-SCORE_INFINITY; 0 for NULL. */
int score_parse(const char *text);
int score_add(int a, int b);
/* "INFINITY", "-INFINITY" or the number; BUF has 16 bytes and is returned. */
const char *score_text(int score, char *buf);

/* Part by part, as numbers; <0, 0, >0.  NULL is less than anything. */
int version_compare(const char *a, const char *b);

/* Equal but for the case of ASCII letters; NULL equals nothing.  Most that is compared differs in its first letter. */
static inline bool
same(const char *a, const char *b)
{
	return a && b && ((*a ^ *b) & 0xDF) == 0 && strcasecmp(a, b) == 0;
}

#endif
