/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/durations.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_MAX 16 /* "P1D1D..." ends somewhere: the sums stay small */

/* Where the number before LETTER belongs, and how many of those one is; NULL = no such letter. */
static int64_t *
unit_of(struct duration *d, char letter, bool in_time, int *each)
{
	*each = 1;
	switch (letter) {
	case 'Y':
		return &d->years;
	case 'M':
		*each = in_time ? 60 : 1;
		return in_time ? &d->seconds : &d->months;
	case 'W':
		*each = 7;
		return &d->days;
	case 'D':
		return &d->days;
	case 'H':
		*each = 3600;
		return &d->seconds;
	case 'S':
		return &d->seconds;
	}
	return NULL;
}

/* A number with perhaps a sign.  False: there is none, or it is no int. */
static bool
number_parse(const char **text, long *number)
{
	const char *digits = *text + (**text == '-' || **text == '+');
	char *end;

	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	*number = strtol(*text, &end, 10);
	*text = end;
	return errno == 0 && *number <= INT_MAX && *number >= -INT_MAX;
}

static bool
is_bearable(const struct duration *d)
{
	double days = (double)d->years * 365 + (double)d->months * 30 + (double)d->days;

	return fabs(days * 86400 + (double)d->seconds) <= DURATION_SECONDS_MAX &&
	       llabs(d->years) <= INT_MAX && llabs(d->months) <= INT_MAX &&
	       llabs(d->days) <= INT_MAX;
}

int
duration_parse(const char *text, struct duration *duration, const char **end)
{
	struct duration d = { 0 };
	bool in_time = false;
	int pairs = 0;

	if (!text || *text++ != 'P')
		return -EINVAL;
	for (;; pairs++) {
		if (*text == 'T' && !in_time) {
			in_time = true;
			text++;
		}
		if (*text != '-' && *text != '+' && !isdigit((unsigned char)*text))
			break;
		long n;
		int each;

		if (pairs == PAIRS_MAX || !number_parse(&text, &n))
			return -EINVAL;
		int64_t *unit = unit_of(&d, *text, in_time, &each);

		if (!unit)
			return -EINVAL;
		*unit += (int64_t)n * each;
		text++;
	}
	if (!pairs || !is_bearable(&d))
		return -EINVAL;
	if (end)
		*end = text;
	else if (text[strspn(text, " \n")] != '\0')
		return -EINVAL;
	*duration = d;
	return 0;
}

int64_t
duration_seconds(const struct duration *d)
{
	return (d->years * 365 + d->months * 30 + d->days) * 86400 + d->seconds;
}

/* Text. */

struct text {
	char *buf;
	size_t len;
};

/* "%*lld NAME[s]" after BEFORE; nothing for 0. */
static void
part_add(struct text *text, const char *before, int width, int64_t n, const char *name)
{
	if (!n)
		return;
	text->len +=
	    (size_t)snprintf(text->buf + text->len, DURATION_TEXT_MAX - text->len,
	        "%s%*lld %s%s", before, width, (long long)n, name, n == 1 ? "" : "s");
}

static void
clock_add(struct text *text, int64_t seconds)
{
	const int64_t part[] = { seconds / 3600, seconds / 60 % 60, seconds % 60 };
	static const char *const name[] = { "hour", "minute", "second" };
	const char *before = " (";

	for (int i = 0; i < 3; i++)
		if (part[i]) {
			part_add(text, before, 0, part[i], name[i]);
			before = " ";
		}
	strcpy(text->buf + text->len, ")");
}

const char *
duration_text(const struct duration *d, char *buf)
{
	struct text text = { buf, 0 };
	const struct {
		int64_t n;
		int width;
		const char *name;
	} days[] = { { d->years, 4, "year" }, { d->months, 2, "month" },
		{ d->days, 2, "day" } };

	buf[0] = '\0';
	for (int i = 0; i < 3; i++)
		if (days[i].n) {
			part_add(&text, "", days[i].width, days[i].n, days[i].name);
			strcpy(buf + text.len++, " ");
		}
	part_add(&text, "", 0, d->seconds, "second");
	int64_t away = d->seconds < 0 ? -d->seconds : d->seconds;

	if (away >= 60)
		clock_add(&text, away);
	if (!text.len)
		strcpy(buf, "0 seconds");
	return buf;
}

/* Periods. */

/* What stands before the "/", or behind it: a date or a duration.  0, 1 for a duration, or -EINVAL. */
static int
half_parse(const char *text, struct date *date, struct duration *duration,
    const char **end)
{
	if (*text == 'P')
		return duration_parse(text, duration, end) == 0 ? 1 : -EINVAL;
	return date_parse(text, date, end);
}

int
period_parse(const char *text, struct period *period)
{
	struct period p;
	struct duration d;
	const char *slash;
	int first = half_parse(text, &p.start, &d, &slash), second;

	if (first < 0 || *slash != '/')
		return -EINVAL;
	second = half_parse(slash + 1, &p.end, &d, NULL);
	if (second < 0 || (first && second))
		return -EINVAL;
	if (first) {
		d = (struct duration){ -d.years, -d.months, -d.days, -d.seconds };
		p.start = p.end;
		if (date_add(&p.start, &d) != 0)
			return -ERANGE;
	} else if (second) {
		p.end = p.start;
		if (date_add(&p.end, &d) != 0)
			return -ERANGE;
	}
	*period = p;
	return 0;
}
