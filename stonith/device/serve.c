/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of a device: each packet of the parent is answered, in order. */
#include "stonith/device/private.h"
#include "lib/array.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOSE_LIMIT_S 10 /* for a driver's good-bye to its device */

/* Seconds that a step may take when neither the parent nor the driver says. */
static const unsigned usual_limit[STEP_COUNT] = {
	[STEP_DESCRIBE] = 30,
	[STEP_LIST] = 30,
	[STEP_CHECK] = 60,
	[STEP_CONFIGURE] = 60,
	[STEP_STATUS] = 60,
	[STEP_HOSTS] = 60,
	[STEP_REQUEST] = 180,
};

/* Opening. */

static void
serve_open(struct device *device, const struct wire_packet *packet)
{
	static const char *const families[] = { "external", "rhcs" };
	const char *slash = strchr(packet->text[0], '/');
	size_t len = slash ? (size_t)(slash - packet->text[0]) : 0;

	snprintf(device->type, sizeof(device->type), "%s", packet->text[0]);
	snprintf(device->dir, sizeof(device->dir), "%s", packet->text[1]);
	device->tracing = packet->number[0] == 1;
	for (size_t i = 0; slash && i < ARRAY_LEN(families); i++)
		if (strlen(families[i]) == len &&
		    strncmp(families[i], device->type, len) == 0)
			device->subtype = device->type + len + 1;
}

/* The driver, loaded when the first step needs it; the parent hears why not. */
static bool
serve_load(struct device *device)
{
	char driver[sizeof(device->type)];
	struct err err;

	if (device->plugin)
		return true;
	snprintf(driver, sizeof(driver), "%s", device->type);
	if (device->subtype)
		driver[device->subtype - 1 - device->type] = '\0';
	device->plugin = device_driver_load(device->dir, driver, &err);
	if (!device->plugin) {
		device_log(device, LOG_ERR, "%s", err.text);
		return false;
	}
	return true;
}

/* Describing. */

static void
print_xml_param(FILE *out, const struct plugin_param *p)
{
	fprintf(out,
	    "<parameter name=\"%s\" unique=\"%d\" required=\"%d\">"
	    "<content type=\"%s\"",
	    p->name, p->unique, !p->optional, p->content ? p->content : "string");
	if (p->initial)
		fprintf(out, " default=\"%s\"", p->initial);
	fprintf(out,
	    " />\n<shortdesc lang=\"en\">\n%s</shortdesc>\n<longdesc lang=\"en\">\n%s"
	    "</longdesc>\n</parameter>\n",
	    p->label, p->text ? p->text : p->label);
}

static void
print_xml(FILE *out, const struct plugin *plugin)
{
	fputs("<parameters>", out);
	for (const struct plugin_param *p = plugin->params; p->name; p++)
		if (!p->hidden)
			print_xml_param(out, p);
	fputs("</parameters>", out);
}

static void
print_name(FILE *out, const char *name)
{
	fprintf(out, "%s%s", ftell(out) > 0 ? " " : "", name);
}

static void
print_names(FILE *out, const struct plugin *plugin, enum wire_about about)
{
	for (const struct plugin_param *p = plugin->params; p->name; p++)
		if (about == ABOUT_KNOWN || (about == ABOUT_NAMES && !p->unlisted) ||
		    (about == ABOUT_REQUIRED && !p->optional) ||
		    (about == ABOUT_SECRET && p->secret))
			print_name(out, p->name);
}

static int
serve_about(struct device *device, enum wire_about about)
{
	const struct plugin *plugin = device->plugin;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return S_OOPS;
	if (about == ABOUT_ID)
		fputs(device_id(device), out);
	else if (about == ABOUT_DESCR)
		fputs(plugin->descr, out);
	else if (about == ABOUT_URL)
		fputs(plugin->url ? plugin->url : "", out);
	else if (about == ABOUT_XML)
		print_xml(out, plugin);
	else
		print_names(out, plugin, about);
	if (fclose(out) != 0)
		return S_OOPS;
	device_say_about(device, about, text);
	free(text);
	return S_OK;
}

static int
serve_describe(struct device *device)
{
	int code = S_OK;

	if (device->plugin->describe)
		return device->plugin->describe(device);
	for (int about = 0; about < ABOUT_COUNT && code == S_OK; about++)
		if (about != ABOUT_NAME && (device->wanted & BIT(about)))
			code = serve_about(device, (enum wire_about)about);
	return code;
}

/* Configuring. */

static void
serve_param(struct device *device, const struct wire_packet *packet)
{
	struct device_param *p = &device->param[device->param_count];

	if (device->param_count >= DEVICE_PARAMS_MAX || device->configured)
		return; /* the library allows neither */
	p->name = strdup(packet->text[0]);
	p->value = strdup(packet->text[1]);
	if (!p->name || !p->value) {
		free(p->name);
		free(p->value);
		return;
	}
	device->param_count++;
	if (secret_name(p->name))
		device_secret(device, p->value);
}

static int
serve_configure(struct device *device)
{
	const struct plugin *plugin = device->plugin;
	int code;

	for (const struct plugin_param *p = plugin->params; p->name; p++) {
		const char *value = device_param(device, p->name);

		if (!value && !p->optional) {
			device_log(device, LOG_DEBUG, "%s: parameter '%s' is missing",
			    device->type, p->name);
			return plugin->missing_code ? plugin->missing_code : S_INVAL;
		}
		if (p->secret)
			device_secret(device, value);
	}
	code = plugin->configure(device);
	device->configured = code == S_OK;
	return code;
}

/* Steps. */

static int
serve_do(struct device *device, enum wire_step step, enum stonith_op op, const char *host)
{
	const struct plugin *plugin = device->plugin;

	if (step > STEP_CONFIGURE && !device->configured)
		return S_INVAL;
	switch (step) {
	case STEP_DESCRIBE:
		return serve_describe(device);
	case STEP_LIST:
		return plugin->list ? plugin->list(device) : S_INVAL;
	case STEP_CHECK:
		return plugin->configure_asks ? S_OK : serve_configure(device);
	case STEP_CONFIGURE:
		return device->configured ? S_OOPS : serve_configure(device);
	case STEP_STATUS:
		return plugin->status(device);
	case STEP_HOSTS:
		return plugin->hosts(device);
	case STEP_REQUEST:
		return plugin->request(device, op, host);
	default:
		return S_INVAL;
	}
}

static long
serve_limit_ms(const struct plugin *plugin, enum wire_step step)
{
	unsigned own = step == STEP_STATUS    ? plugin->status_limit
	               : step == STEP_HOSTS   ? plugin->hosts_limit
	               : step == STEP_REQUEST ? plugin->request_limit
	                                      : 0;

	return 1000L * (own ? own : usual_limit[step]);
}

static void
serve_step(struct device *device, const struct wire_packet *packet)
{
	enum wire_step step = (enum wire_step)packet->number[0];
	struct wire_packet begun = { .kind = WIRE_BEGUN }, ended = { .kind = WIRE_ENDED };
	int code = S_OOPS;

	device->end = instant_add_ms(instant_now(), 1000L * usual_limit[step]);
	if (serve_load(device)) {
		begun.number[2] = packet->number[2] > 0
		                      ? packet->number[2]
		                      : (int32_t)serve_limit_ms(device->plugin, step);
		device->end = instant_add_ms(instant_now(), begun.number[2]);
		device_say(device, &begun);
		device->wanted = (unsigned)packet->number[1];
		code = serve_do(device, step, (enum stonith_op)packet->number[1],
		    packet->text[0]);
	}
	if (code == S_TIMEOUT)
		device_end_children();
	device_trace_flush(device);
	/* A code that is none is a failure, whatever its low byte. */
	ended.number[0] = code >= 0 && code <= 255 ? code : 255;
	device_say(device, &ended);
	/* What a script left behind, and has ended since, comes to us. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* Whether it goes on. */
static bool
serve_packet(struct device *device, const struct wire_packet *packet)
{
	switch (packet->kind) {
	case WIRE_OPEN:
		serve_open(device, packet);
		return true;
	case WIRE_PARAM:
		serve_param(device, packet);
		return true;
	case WIRE_STEP:
		if (device->type[0] == '\0')
			return false;
		serve_step(device, packet);
		return true;
	default:
		return false;
	}
}

void
device_serve(struct device *device)
{
	uint8_t buf[WIRE_PACKET_MAX];
	struct wire_packet packet;
	ssize_t n;

	do {
		n = recv(device->fd, buf, sizeof(buf), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || wire_decode(buf, (size_t)n, true, &packet, NULL) < 0)
			break;
		if (!serve_packet(device, &packet))
			break;
		explicit_bzero(buf, sizeof(buf));
	} while (true);
	if (!device->configured || !device->plugin->close)
		return;
	device->end = instant_add_ms(instant_now(), 1000L * CLOSE_LIMIT_S);
	alarm(CLOSE_LIMIT_S);
	device->plugin->close(device);
}
