/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of an HMC.  What is taken for a name is safe as a word of its shell: plain, or in quotes
 * that nothing in it can end.
 */
#include "stonith/kit/hmc.h"
#include "tests/fuzz/fuzz.h"

static void
check_word(const char *name)
{
	char word[HMC_WORD_MAX];
	size_t len;

	hmc_word_format(name, word);
	len = strlen(word);
	FUZZ_MUST(len > 0 && word[0] != '-');
	if (word[0] == '\'')
		FUZZ_MUST(len == strlen(name) + 2 && word[len - 1] == '\'' &&
		          strchr(word + 1, '\'') == word + len - 1);
	else
		FUZZ_MUST(!strpbrk(word, " \t\n\"'`$&;|<>()\\*?[]{}!#~"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[HMC_NAME_MAX], release[HMC_NAME_MAX];
	char *line = malloc(size + 1);
	int version, mode;

	if (!line)
		abort();
	memcpy(line, data, size);
	line[size] = '\0';
	if (hmc_name_is_good(line))
		check_word(line);
	if (hmc_mode_parse(line, name, &mode)) {
		FUZZ_MUST(mode >= 0);
		check_word(name);
	}
	if (hmc_version_parse(line, &version, release))
		FUZZ_MUST(version >= 0 && release[0]);
	hmc_name_matches("sysA", line);
	FUZZ_MUST(hmc_state_parse(line) <= HMC_UNKNOWN);
	free(line);
	return 0;
}
