/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One JSON object: "format", the fields of the cluster, and the lists.
 */
#include "heartbeat/status/status.h"
#include "lib/json.h"

#include <inttypes.h>
#include <string.h>

/* "64:3,inf:1" -> [[64,3],[null,1]] */
static void
json_histogram(const char *text, FILE *out)
{
	const char *separator = "";
	int used;

	putc('[', out);
	while (*text) {
		int64_t end = -1;
		uint64_t count;

		used = 0;
		if (sscanf(text, "inf:%" SCNu64 "%n", &count, &used) < 1 &&
		    sscanf(text, "%" SCNd64 ":%" SCNu64 "%n", &end, &count, &used) < 2)
			break;
		if (end < 0)
			fprintf(out, "%s[null,%" PRIu64 "]", separator, count);
		else
			fprintf(out, "%s[%" PRId64 ",%" PRIu64 "]", separator, end,
			    count);
		separator = ",";
		text += used;
		text += *text == ',';
	}
	putc(']', out);
}

static void
json_value(const void *item, const struct status_field *f, FILE *out)
{
	const char *at = (const char *)item + f->offset;
	int64_t value;

	switch (f->kind) {
	case STATUS_NAME:
		if (!*at) {
			fputs("null", out);
			return;
		}
		/* fall through */
	case STATUS_TEXT:
		json_string(at, out);
		return;
	case STATUS_HISTOGRAM:
		json_histogram(at, out);
		return;
	case STATUS_BOOL:
		fputs(*(const bool *)at ? "true" : "false", out);
		return;
	case STATUS_INT:
	case STATUS_CLOCK:
		break;
	}
	memcpy(&value, at, sizeof(value));
	if (f->kind == STATUS_INT ? value < 0 : value == STATUS_CLOCK_UNKNOWN)
		fputs("null", out);
	else
		fprintf(out, "%" PRId64, value);
}

static void
json_fields(const struct status_table *table, const void *item, const char *separator,
    FILE *out)
{
	for (size_t i = 0; i < table->count; i++) {
		fprintf(out, "%s\"%s\":", i ? "," : separator, table->field[i].name);
		json_value(item, &table->field[i], out);
	}
}

void
status_json(const struct hb_status *status, FILE *out)
{
	fprintf(out, "{\"format\":%d", STATUS_JSON_FORMAT);
	json_fields(&status_tables[STATUS_CLUSTER], &status->cluster, ",", out);
	for (int record = STATUS_NODE; record < STATUS_RECORDS; record++) {
		const struct status_table *table = &status_tables[record];
		size_t count;
		const char *item =
		    status_items(status, (enum status_record)record, &count);

		fprintf(out, ",\n\"%s\":[", table->list);
		for (size_t i = 0; i < count; i++, item += table->size) {
			fputs(i ? ",\n {" : "\n {", out);
			json_fields(table, item, "", out);
			putc('}', out);
		}
		putc(']', out);
	}
	fputs("}\n", out);
}
