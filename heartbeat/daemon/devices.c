/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking after fencing devices: what they call themselves, and every hour whether they
 * answer, one after the other.  Many devices serve one session at a time, so a reset
 * comes first and a check makes room.
 */
#include "heartbeat/daemon/fence.h"
#include "lib/log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* From the first line on devices are called by their names, if they tell them soon. */
#define NAME_WAIT_MS 50
#define NAME_WAITS_MAX 40
#define STATUS_MS 3600000
#define STATUS_AGAIN_MS 10000 /* while nodes are reset */
#define STATUS_KILL_MS 3000

/* ---- Names: the short description in the meta-data ---- */

static void
name_read(struct hb_device *device)
{
	static const char open[] = "<shortdesc lang=\"en\">", close[] = "</shortdesc>";
	char text[16384], *at, *end;
	ssize_t len = pread(device->name_fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return;
	text[len] = '\0';
	at = strstr(text, open);
	end = at ? strstr(at, close) : NULL;
	if (!end)
		return;
	at += strlen(open);
	at += strspn(at, " \t\r\n");
	while (end > at && strchr(" \t\r\n", end[-1]))
		end--;
	if ((size_t)(end - at) >= sizeof(device->name) || end == at ||
	    memchr(at, '<', (size_t)(end - at)))
		return;
	memcpy(device->name, at, (size_t)(end - at));
	device->name[end - at] = '\0';
	for (char *c = device->name; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
}

static void
on_name_end(struct hb *hb, struct hb_child *child, int status)
{
	for (size_t i = 0; hb->fences && i < hb->all.conf.stonith_count; i++) {
		struct hb_device *device = &hb->fences->device[i];

		if (device->name_pid != child->pid)
			continue;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			name_read(device);
		close(device->name_fd);
		device->name_fd = -1;
		device->name_pid = 0;
	}
}

static void
name_ask(struct hb *hb, size_t i)
{
	static const char *const words[] = { "-m", NULL };
	struct hb_device *device = &hb->fences->device[i];

	device->name_fd = memfd_create("stonith", MFD_CLOEXEC);
	if (device->name_fd < 0 || !conf_stonith_program())
		return;
	device->name_pid =
	    hb_device_run(hb, i, words, device->name_fd, "STONITH-name", on_name_end);
}

/* ---- Status ---- */

static void status_begin(struct hb *hb);

static void
on_status_end(struct hb *hb, struct hb_child *child, int status)
{
	struct hb_fences *f = hb->fences;
	bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	const char *name;

	if (!f || f->status_pid != child->pid)
		return;
	f->status_pid = 0;
	loop_timer_arm(&f->status_timer,
	    instant_add_ms(loop_now(hb->loop),
	        f->status_left ? STATUS_AGAIN_MS : STATUS_MS));
	if (f->status_left)
		return;
	name = hb_device_name(hb, f->status_device);
	if (!ok)
		log_line(LOG_ERR, "STONITH device %s not operational!", name);
	hb_managed_log("STONITH-stat", child->pid, status,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	if (!ok) {
		log_line(LOG_ERR, "STONITH status operation failed.");
		log_line(LOG_INFO, "This may mean that the STONITH device has failed!");
	}
	if (ok == f->device[f->status_device].failed)
		hb_event(hb, EVENT_FENCING, ok ? LOG_INFO : LOG_WARNING,
		    hb->all.conf.self, NULL, NULL, "STONITH device %s %s", name,
		    ok ? "answers again" : "does not answer");
	f->device[f->status_device].failed = !ok;
	if (++f->status_device < hb->all.conf.stonith_count)
		status_begin(hb);
	else
		f->status_device = 0;
}

static void
status_begin(struct hb *hb)
{
	static const char *const words[] = { "-S", NULL };
	struct hb_fences *f = hb->fences;

	log_line(LOG_INFO, "Checking status of STONITH device [%s]",
	    hb_device_name(hb, f->status_device));
	f->status_soft = f->status_left = false;
	f->status_pid =
	    hb_device_run(hb, f->status_device, words, -1, "STONITH-stat", on_status_end);
	loop_timer_arm(&f->status_timer,
	    instant_add_ms(loop_now(hb->loop),
	        f->status_pid ? hb->all.conf.stonith_timeout_ms : STATUS_AGAIN_MS));
}

static bool
name_is_asked(const struct hb *hb)
{
	for (size_t i = 0; i < hb->all.conf.stonith_count; i++)
		if (hb->fences->device[i].name_pid)
			return true;
	return false;
}

static void
on_status_timer(void *data, struct instant now)
{
	struct hb *hb = data;
	struct hb_fences *f = hb->fences;

	if (f->status_pid) {
		hb_device_kill(f->status_pid, f->status_soft ? SIGKILL : SIGTERM);
		f->status_soft = true;
		loop_timer_arm(&f->status_timer, instant_add_ms(now, STATUS_KILL_MS));
	} else if (hb->fencing > 0) {
		loop_timer_arm(&f->status_timer, instant_add_ms(now, STATUS_AGAIN_MS));
	} else if (hb->stop == HB_STOP_NO && name_is_asked(hb) &&
	           f->name_waits < NAME_WAITS_MAX) {
		f->name_waits++;
		loop_timer_arm(&f->status_timer, instant_add_ms(now, NAME_WAIT_MS));
	} else if (hb->stop == HB_STOP_NO) {
		f->status_device = 0;
		status_begin(hb);
	}
}

void
hb_devices_leave(struct hb *hb)
{
	struct hb_fences *f = hb->fences;

	if (!f->status_pid || f->status_left)
		return;
	f->status_left = f->status_soft = true;
	hb_device_kill(f->status_pid, SIGTERM);
	loop_timer_arm(&f->status_timer,
	    instant_add_ms(loop_now(hb->loop), STATUS_KILL_MS));
}

void
hb_devices_open(struct hb *hb)
{
	struct hb_fences *f = hb->fences;

	loop_timer_init(hb->loop, &f->status_timer, "device status", on_status_timer, hb);
	for (size_t i = 0; i < hb->all.conf.stonith_count; i++)
		name_ask(hb, i);
}

void
hb_devices_check(struct hb *hb)
{
	if (hb->fences && hb->all.conf.stonith_count > 0)
		loop_timer_arm(&hb->fences->status_timer, loop_now(hb->loop));
}

void
hb_devices_failed(const struct hb *hb, char *names, size_t size)
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; hb->fences && i < hb->all.conf.stonith_count; i++)
		if (hb->fences->device[i].failed && used < size)
			used += (size_t)snprintf(names + used, size - used, "%s%s",
			    used ? ", " : "", hb_device_name(hb, i));
}
