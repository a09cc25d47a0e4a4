/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON for scripts: one object on one line. */
#include "heartbeat/commands/cl_status.h"
#include "lib/json.h"

#include <stdarg.h>
#include <stdio.h>

void
cl_json_pairs(const char *name, ...)
{
	const char *separator = "{";
	va_list args;

	va_start(args, name);
	for (; name; name = va_arg(args, const char *)) {
		const char *value = va_arg(args, const char *);

		fputs(separator, stdout);
		json_string(name, stdout);
		putchar(':');
		if (value)
			json_string(value, stdout);
		else
			fputs("null", stdout);
		separator = ",";
	}
	va_end(args);
	puts("}");
}

void
cl_json_links(const struct cl_link *list, size_t count, bool status)
{
	putchar('[');
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ",{\"name\":" : "{\"name\":", stdout);
		json_string(list[i].name, stdout);
		if (status) {
			fputs(",\"status\":", stdout);
			json_string(list[i].status, stdout);
		}
		putchar('}');
	}
	putchar(']');
}

void
cl_json_nodes(const struct cl_nodes *nodes)
{
	fputs("\"nodes\":[", stdout);
	for (size_t i = 0; i < nodes->count; i++) {
		const struct cl_node *node = &nodes->list[i];

		fputs(i ? ",{\"name\":" : "{\"name\":", stdout);
		json_string(node->name, stdout);
		fputs(",\"type\":", stdout);
		json_string(node->type, stdout);
		fputs(",\"status\":", stdout);
		json_string(node->status, stdout);
		if (node->link) {
			fputs(",\"links\":", stdout);
			cl_json_links(node->link, node->link_count, true);
		}
		putchar('}');
	}
	putchar(']');
}

void
cl_json_ccm(const struct cl_ccm *ccm)
{
	printf("\"ccm\":{\"quorum\":%s,\"evicted\":%s,\"instance\":%d,\"member\":%s,"
	       "\"members\":[",
	    ccm->quorum ? "true" : "false", ccm->evicted ? "true" : "false",
	    ccm->instance, ccm->is_member ? "true" : "false");
	for (size_t i = 0; i < ccm->count; i++) {
		printf("%s{\"id\":%d,\"name\":", i ? "," : "", ccm->member[i].id);
		json_string(ccm->member[i].name, stdout);
		printf(",\"born\":%d}", ccm->member[i].born);
	}
	fputs("]}", stdout);
}
