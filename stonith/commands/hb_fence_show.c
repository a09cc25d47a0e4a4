/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hb_fence(8) shows: results, devices, what was done, types. */
#include "stonith/commands/hb_fence.h"

#include "lib/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
fence_json_pair(const char *separator, const char *name, const char *value)
{
	printf("%s\"%s\":", separator, name);
	json_string(value, stdout);
}

static const char *
text_of(const struct msg *m, const char *name)
{
	const char *text = msg_str(m, name);

	return text ? text : "";
}

/* Blank separated words as an array. */
static void
json_words(const char *separator, const char *name, const char *words)
{
	const char *comma = "";

	printf("%s\"%s\":[", separator, name);
	while (*words) {
		size_t len = strcspn(words, " ");
		char word[SD_NODE_MAX + 1];

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		if (len > 0) {
			fputs(comma, stdout);
			json_string(word, stdout);
			comma = ",";
		}
		words += len + (words[len] == ' ');
	}
	putchar(']');
}

void
fence_say_result(const struct sdc_result *result, const struct options *options)
{
	const char *word = sd_result_names[result->frc];

	if (options->json) {
		fence_json_pair("{", "action", sd_op_names[result->op]);
		fence_json_pair(",", "node", result->node);
		fence_json_pair(",", "result", word);
		json_words(",", result->op == SD_QUERY ? "nodes" : "by", result->nodes);
		puts("}");
	} else if (result->op == SD_QUERY) {
		if (result->nodes[0])
			puts(result->nodes);
		else
			fprintf(stderr, "hb_fence: nobody can fence node %s\n",
			    result->node);
	} else if (result->frc == SD_SUCCEEDED) {
		printf("%s of node %s: done by %s\n", sd_op_names[result->op],
		    result->node, result->nodes);
	} else {
		fprintf(stderr, "hb_fence: %s of node %s: %s\n", sd_op_names[result->op],
		    result->node,
		    result->frc == SD_TIMEOUT
		        ? "not done in time; hb_fence who tells who can"
		        : "nobody could; hb_fence history tells more");
	}
}

/* Lists. */

void
fence_take_device(void *data, const struct msg *item)
{
	struct list *list = data;

	list->count++;
	if (!list->options->json) {
		printf("%s: %s, priority %s: %s\n", text_of(item, "id"),
		    text_of(item, "type"), text_of(item, "priority"),
		    text_of(item, "hosts"));
		return;
	}
	fputs(list->separator, stdout);
	list->separator = ",";
	fence_json_pair("{", "id", text_of(item, "id"));
	fence_json_pair(",", "type", text_of(item, "type"));
	printf(",\"priority\":%lld,\"timeout_ms\":%lld,\"last_result\":%lld",
	    strtoll(text_of(item, "priority"), NULL, 10),
	    strtoll(text_of(item, "timeout"), NULL, 10),
	    strtoll(text_of(item, "last"), NULL, 10));
	json_words(",", "hosts", text_of(item, "hosts"));
	putchar('}');
}

static void
say_indented(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		printf("    %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

void
fence_take_history(void *data, const struct msg *item)
{
	struct list *list = data;
	const struct options *options = list->options;
	long long ago = strtoll(text_of(item, "ago"), NULL, 10),
	          took = strtoll(text_of(item, "took"), NULL, 10);
	time_t when = time(NULL) - (time_t)(ago / 1000);
	char stamp[40];
	struct tm tm;

	if (options->count > 0 &&
	    strcasecmp(options->words[0], text_of(item, "node")) != 0)
		return;
	list->count++;
	localtime_r(&when, &tm);
	strftime(stamp, sizeof(stamp),
	    options->json ? "%Y-%m-%dT%H:%M:%S%z" : "%Y-%m-%d %H:%M:%S", &tm);
	if (!options->json) {
		printf("%s %s of node %s for %s: %s", stamp, text_of(item, "action"),
		    text_of(item, "node"), text_of(item, "asker"),
		    text_of(item, "result"));
		printf(*text_of(item, "by") ? " by %s" : "%s", text_of(item, "by"));
		printf(*text_of(item, "device") ? ", device %s" : "%s",
		    text_of(item, "device"));
		printf(", %.1f s\n", (double)took / 1000);
		say_indented(text_of(item, "transcript"));
		return;
	}
	fputs(list->separator, stdout);
	list->separator = ",";
	fence_json_pair("{", "time", stamp);
	fence_json_pair(",", "action", text_of(item, "action"));
	fence_json_pair(",", "node", text_of(item, "node"));
	fence_json_pair(",", "asker", text_of(item, "asker"));
	fence_json_pair(",", "result", text_of(item, "result"));
	json_words(",", "by", text_of(item, "by"));
	fence_json_pair(",", "device", text_of(item, "device"));
	fence_json_pair(",", "type", text_of(item, "type"));
	printf(",\"took_ms\":%lld", took);
	fence_json_pair(",", "transcript", text_of(item, "transcript"));
	putchar('}');
}

void
fence_take_type(void *data, const char *type)
{
	struct list *list = data;

	list->count++;
	if (!list->options->json) {
		puts(type);
		return;
	}
	fputs(list->separator, stdout);
	list->separator = ",";
	json_string(type, stdout);
}
