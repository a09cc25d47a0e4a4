/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values as people write them in a CIB: whatever they are, what comes out is within its bounds and agrees with itself. */
#include "tests/fuzz/fuzz.h"

#include "crm/common/durations.h"
#include "crm/common/values.h"
#include "crm/simulate/simulate.h"

static void
numbers(const char *text)
{
	int score = score_parse(text);
	char buf[16];

	FUZZ_MUST(score >= -SCORE_INFINITY && score <= SCORE_INFINITY);
	FUZZ_MUST(score_parse(score_text(score, buf)) == score);
	FUZZ_MUST(score_add(score, -SCORE_INFINITY) == -SCORE_INFINITY);
	FUZZ_MUST(value_ms(text) >= -1);
	FUZZ_MUST(value_interval_ms(text) >= 0);
	FUZZ_MUST(value_bool(text) >= -1 && value_bool(text) <= 1);
	FUZZ_MUST(value_is_true(text) == (value_bool(text) == 1));
	value_int(text, 0);
}

static int
sign(int x)
{
	return (x > 0) - (x < 0);
}

static void
versions(const char *a, const char *b)
{
	FUZZ_MUST(version_compare(a, a) == 0);
	FUZZ_MUST(sign(version_compare(a, b)) == -sign(version_compare(b, a)));
	FUZZ_MUST(same(a, b) == same(b, a));
}

static void
date_check(struct date date)
{
	struct date_fields f;

	date_fields(&date, &f);
	FUZZ_MUST(f.month >= 1 && f.month <= 12 && f.monthday >= 1 && f.monthday <= 31);
	FUZZ_MUST(f.yearday >= 1 && f.yearday <= 366 && f.weekday >= 1 && f.weekday <= 7);
	FUZZ_MUST(f.week >= 1 && f.week <= 53 && f.hours >= 0 && f.hours <= 23);
	FUZZ_MUST(f.minutes >= 0 && f.minutes <= 59 && f.seconds >= 0 && f.seconds <= 59);
	FUZZ_MUST(f.moon >= 0 && f.moon <= 7);
}

static void
times(const char *text)
{
	struct date date;
	struct duration duration;
	struct period period;
	char buf[DURATION_TEXT_MAX];
	const char *end;

	if (date_parse(text, &date, &end) == 0) {
		FUZZ_MUST(end > text && end <= text + strlen(text));
		date_check(date);
	}
	if (duration_parse(text, &duration, NULL) == 0) {
		int64_t seconds = duration_seconds(&duration);

		FUZZ_MUST(seconds <= 2 * DURATION_SECONDS_MAX &&
		          seconds >= -2 * DURATION_SECONDS_MAX);
		FUZZ_MUST(strlen(duration_text(&duration, buf)) < sizeof(buf));
	}
	if (period_parse(text, &period) == 0) {
		date_check(period.start);
		date_check(period.end);
	}
}

static void
outcomes(const char *text)
{
	struct sim_outcome o;
	struct err err;

	if (sim_outcome_parse(text, &o, &err) < 0) {
		FUZZ_MUST(err.text[0] != '\0');
		return;
	}
	FUZZ_MUST(o.resource[0] && o.task[0] && o.node[0]);
	FUZZ_MUST(o.rc >= 0 && o.rc <= 255 && o.interval_ms >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size / 2;
	char *text = malloc(size + 1), *a = malloc(half + 1);

	if (!text || !a)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	memcpy(a, data, half);
	a[half] = '\0';
	numbers(text);
	versions(a, text + half);
	times(text);
	outcomes(text);
	free(text);
	free(a);
	return 0;
}
