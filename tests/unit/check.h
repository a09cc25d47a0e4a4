/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unit tests on CUnit, with the output that tests/run reads: a line "ok NAME" or "not ok
 * NAME: reason" for each case.  A test file lists its cases and ends with
 * CHECK_MAIN(cases).
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct check_case {
	const char *name;
	void (*run)(void);
};

static char check_note[512];

#define CHECK(cond, ...)                                                                 \
	do {                                                                             \
		bool check_ok_ = (cond);                                                 \
		if (!check_ok_) {                                                        \
			int check_n_ = snprintf(check_note, sizeof(check_note),          \
			    "%s:%d: %s:", __FILE__, __LINE__, #cond);                    \
			if (check_n_ > 0 && (size_t)check_n_ < sizeof(check_note))       \
				snprintf(check_note + check_n_,                          \
				    sizeof(check_note) - (size_t)check_n_,               \
				    " " __VA_ARGS__);                                    \
		}                                                                        \
		CU_assertImplementation(check_ok_, __LINE__, #cond, __FILE__, "",        \
		    CU_FALSE);                                                           \
	} while (0)

/* The last argument names the row of the table. */
#define CHECK_INT(got, want, ...)                                                        \
	do {                                                                             \
		intmax_t check_g_ = (intmax_t)(got), check_w_ = (intmax_t)(want);        \
		if (check_g_ != check_w_) {                                              \
			fprintf(stderr, "%s:%d: got %jd, want %jd:", __FILE__, __LINE__, \
			    check_g_, check_w_);                                         \
			fprintf(stderr, " " __VA_ARGS__);                                \
			fputc('\n', stderr);                                             \
			snprintf(check_note, sizeof(check_note),                         \
			    "%s:%d: got %jd, want %jd", __FILE__, __LINE__, check_g_,    \
			    check_w_);                                                   \
		}                                                                        \
		CU_assertImplementation(check_g_ == check_w_, __LINE__,                  \
		    #got " == " #want, __FILE__, "", CU_FALSE);                          \
	} while (0)

#define CHECK_STR(got, want, ...)                                                        \
	do {                                                                             \
		const char *check_g_ = (got), *check_w_ = (want);                        \
		bool check_ok_ = check_g_ && strcmp(check_g_, check_w_) == 0;            \
		if (!check_ok_) {                                                        \
			fprintf(stderr, "%s:%d: got '%s', want '%s':", __FILE__,         \
			    __LINE__, check_g_ ? check_g_ : "(null)", check_w_);         \
			fprintf(stderr, " " __VA_ARGS__);                                \
			fputc('\n', stderr);                                             \
			snprintf(check_note, sizeof(check_note),                         \
			    "%s:%d: got '%.180s', want '%.180s'", __FILE__, __LINE__,    \
			    check_g_ ? check_g_ : "(null)", check_w_);                   \
		}                                                                        \
		CU_assertImplementation(check_ok_, __LINE__, #got " eq " #want,          \
		    __FILE__, "", CU_FALSE);                                             \
	} while (0)

static inline int
check_main(const char *suite, const struct check_case *cases, size_t count)
{
	unsigned failed = 0;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	for (size_t i = 0; i < count; i++) {
		CU_pSuite s = CU_add_suite(cases[i].name, NULL, NULL);
		CU_pTest t = CU_add_test(s, cases[i].name, cases[i].run);

		check_note[0] = '\0';
		CU_basic_set_mode(CU_BRM_SILENT);
		CU_run_test(s, t);
		if (CU_get_number_of_failures() > 0) {
			printf("not ok %s/%s: %s\n", suite, cases[i].name, check_note);
			failed++;
		} else {
			printf("ok %s/%s\n", suite, cases[i].name);
		}
		fflush(stdout);
	}
	CU_cleanup_registry();
	return failed ? 1 : 0;
}

#define CHECK_MAIN(suite, cases)                                                         \
	int main(void)                                                                   \
	{                                                                                \
		return check_main(suite, cases, sizeof(cases) / sizeof((cases)[0]));     \
	}

#endif
