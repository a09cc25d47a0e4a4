/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever files are in the directory: reading gives a document, or nothing, or a refusal, and never loses one of them; what is
 * written then is read back.  Input: files, each with a first byte that names it, and a line "==" behind it.
 */
#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/crm_store_disk.h"

static const char *const names[] = { "cib.xml", "cib.xml.sig", "cib-0.raw",
	"cib-0.raw.sig", "cib-1.raw", "cib-1.raw.sig", "cib.last", "cib.xml.new",
	"cib.xml.sig.new", "cib.xml.last", "cib.xml.sig.last", "cib.auto.none00" };

static void
ignore(void *data, enum store_level level, const char *text)
{
	(void)data;
	(void)level;
	FUZZ_MUST(text);
}

static void
fill(struct disk *d, const uint8_t *data, size_t size)
{
	while (size > 1) {
		const uint8_t *end = memmem(data, size, "\n==\n", 4);
		size_t len = end ? (size_t)(end - data) : size;
		const char *name = names[*data % (sizeof(names) / sizeof(*names))];

		if (len > 0) {
			int file = disk_add(d, data + 1, len - 1, true);

			disk_name_set(d->now, &d->now_count, name, file);
		}
		if (!end || d->file_count > 40)
			break;
		size -= len + 4;
		data += len + 4;
	}
	memcpy(d->sure, d->now, sizeof(d->sure));
	d->sure_count = d->now_count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct disk d;
	const struct store_config config = { .files = &sim_files,
		.where = &d,
		.path = "/cib",
		.user = "u",
		.group = "g",
		.log = ignore };
	xmlDoc *doc = NULL, *again = NULL;
	char *main = NULL;

	disk_clear(&d);
	fill(&d, data, size);
	ssize_t len = sim_read(&d, "cib.xml", CIB_SIZE_MAX, &main);
	bool plain = len >= 0 && !memchr(main, '\0', (size_t)len);
	struct cib_store *store = cib_store_new(&config);

	FUZZ_MUST(store);
	if (cib_store_read(store, &doc) == CIB_OK) {
		FUZZ_MUST(!plain || disk_has(&d, main));
		if (!doc)
			doc = xmlReadMemory("<cib/>", 6, NULL, NULL, 0);
		int code = cib_store_write(store, doc, false, NULL);

		FUZZ_MUST(code == CIB_OK || code == CIB_NO_MEMORY);
		FUZZ_MUST(cib_store_read(store, &again) == CIB_OK && again);
		FUZZ_MUST(cib_child_find(xmlDocGetRootElement(again), "status"));
	}
	if (len >= 0)
		free(main);
	xmlFreeDoc(doc);
	xmlFreeDoc(again);
	cib_store_free(store);
	disk_clear(&d);
	return 0;
}
