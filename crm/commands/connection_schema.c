/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of a tool's document by its schema: when it is read, when it is to be changed, and at an upgrade. */
#include "crm/commands/connection_private.h"

#include "crm/cib/upgrade.h"
#include "crm/common/exits.h"

#include <errno.h>

static bool
is_fit(enum cib_verdict verdict)
{
	return verdict == CIB_VERDICT_VALID || verdict == CIB_VERDICT_UNCHECKED;
}

static void
tell_faults(struct kit *kit, struct cib_report *report, const char *path)
{
	for (size_t i = 0; i < report->fault_count; i++)
		kit_error(kit, "%s", cib_fault_text(report, &report->fault[i], path));
	if (report->dropped)
		kit_error(kit, "%s: %zu faults more", path, report->dropped);
}

int
cib_connection_judge(struct cib_connection *c, struct err *err)
{
	struct cib_report report = { 0 };
	enum cib_verdict verdict = cib_validate(c->schemas, c->doc, &report);

	if (!is_fit(verdict)) {
		tell_faults(c->kit, &report, c->path);
		err_set(err, 0, "%s", cib_code_text(CIB_INVALID, CIB_STYLE_P));
	}
	cib_report_clear(&report);
	return is_fit(verdict) ? 0 : CRM_EX_CONFIG;
}

/* Whether NEXT may become the document. */
int
cib_connection_judge_next(const xmlDoc *next, void *data, struct err *err)
{
	struct cib_connection *c = data;
	struct cib_report report = { 0 };
	enum cib_verdict verdict = cib_validate(c->schemas, next, &report);

	if (!is_fit(verdict) && report.fault_count)
		err_set(err, 0, "%s", cib_fault_text(&report, &report.fault[0], NULL));
	cib_report_clear(&report);
	return is_fit(verdict) ? CIB_OK : CIB_INVALID;
}

/* What changed is told to who asks for more; what was lost to everybody. */
int
cib_connection_renew(const xmlDoc *now, xmlDoc **next, void *data, struct err *err)
{
	struct cib_connection *c = data;
	struct cib_changes changes = { 0 };
	int code = cib_upgrade(now, next, &changes, err);

	for (size_t i = 0; code == 0 && i < changes.note_count; i++)
		if (changes.note[i].lost || c->kit->verbose)
			kit_error(c->kit, "%s",
			    cib_change_text(&changes, &changes.note[i]));
	cib_changes_clear(&changes);
	return code == 0 ? CIB_OK : code == -ENOMEM ? CIB_NO_MEMORY : CIB_INVALID;
}
