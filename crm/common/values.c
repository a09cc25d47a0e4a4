/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/values.h"

#include "crm/common/durations.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int
value_bool(const char *text)
{
	static const struct {
		const char *word;
		int value;
	} words[] = { { "true", 1 }, { "on", 1 }, { "yes", 1 }, { "y", 1 }, { "1", 1 },
		{ "false", 0 }, { "off", 0 }, { "no", 0 }, { "n", 0 }, { "0", 0 } };

	for (size_t i = 0; text && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i].word) == 0)
			return words[i].value;
	return -1;
}

bool
value_is_true(const char *text)
{
	return value_bool(text) == 1;
}

void
value_assign_bool(const char *text, bool *flag)
{
	int value = value_bool(text);

	if (value >= 0)
		*flag = value;
}

int
value_int(const char *text, int default_value)
{
	if (!text)
		return default_value;
	long value = strtol(text, NULL, 10);

	return value > INT_MAX ? INT_MAX : value < INT_MIN ? INT_MIN : (int)value;
}

int64_t
value_ms(const char *text)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "ms", 1 }, { "us", 0.001 }, { "s", 1000 }, { "min", 60000 },
		{ "m", 60000 }, { "hr", 3600000 }, { "h", 3600000 } };

	if (!text)
		return 0;
	text += strspn(text, " \t\n");
	if (!isdigit((unsigned char)*text) && *text != '.')
		return -1;
	size_t digits = strspn(text, "0123456789.");
	char number[32];

	if (digits >= sizeof(number))
		return -1;
	memcpy(number, text, digits);
	number[digits] = '\0';
	double value = strtod(number, NULL);

	text += digits;
	text += strspn(text, " \t\n");
	if (*text == '\0')
		return value > 9e12 ? -1 : llround(value * 1000);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strncasecmp(text, units[i].unit, strlen(units[i].unit)) == 0) {
			value *= units[i].ms;
			return value > 9e15 ? -1 : llround(value);
		}
	return -1;
}

int64_t
value_interval_ms(const char *text)
{
	struct duration duration;
	int64_t ms;

	if (!text)
		return 0;
	if (*text != 'P')
		ms = value_ms(text);
	else
		ms = duration_parse(text, &duration, NULL) == 0
		         ? duration_seconds(&duration) * 1000
		         : 0;
	return ms < 0 ? 0 : ms;
}

int
score_parse(const char *text)
{
	if (!text)
		return 0;
	if (same(text, "INFINITY") || same(text, "+INFINITY"))
		return SCORE_INFINITY;
	if (same(text, "-INFINITY"))
		return -SCORE_INFINITY;
	int score = value_int(text, 0);

	return score > SCORE_INFINITY    ? SCORE_INFINITY
	       : score < -SCORE_INFINITY ? -SCORE_INFINITY
	                                 : score;
}

int
score_add(int a, int b)
{
	if (a <= -SCORE_INFINITY || b <= -SCORE_INFINITY)
		return -SCORE_INFINITY;
	if (a >= SCORE_INFINITY || b >= SCORE_INFINITY)
		return SCORE_INFINITY;
	a += b;
	return a > SCORE_INFINITY    ? SCORE_INFINITY
	       : a < -SCORE_INFINITY ? -SCORE_INFINITY
	                             : a;
}

const char *
score_text(int score, char *buf)
{
	if (score >= SCORE_INFINITY)
		return strcpy(buf, "INFINITY");
	if (score <= -SCORE_INFINITY)
		return strcpy(buf, "-INFINITY");
	snprintf(buf, 16, "%d", score);
	return buf;
}

int
version_compare(const char *a, const char *b)
{
	if (!a || !b)
		return !a && !b ? 0 : a ? 1 : -1;
	while (*a || *b) {
		char *a_end, *b_end;
		long x = strtol(a, &a_end, 10), y = strtol(b, &b_end, 10);

		if (x != y)
			return x < y ? -1 : 1;
		if (a_end == a && b_end == b) /* neither is a number: as text */
			return strcasecmp(a, b);
		a = *a_end == '.' ? a_end + 1
		                  : a_end + (a_end == a && *a ? strlen(a) : 0);
		b = *b_end == '.' ? b_end + 1
		                  : b_end + (b_end == b && *b ? strlen(b) : 0);
	}
	return 0;
}
