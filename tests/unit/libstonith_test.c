/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libstonith.so.1 as programs of others use it: opened when it is needed, found by its name, and
 * only by the functions that the header has.
 */
#include "stonith/stonith.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <dlfcn.h>
#include <glib.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
	Stonith *(*new)(const char *);
	void (*delete)(Stonith *);
	void (*set_log)(Stonith *, stonith_log_fn *);
	void (*set_debug)(Stonith *, int);
	char **(*types)(void);
	void (*free_hostlist)(char **);
	const char *const *(*get_confignames)(Stonith *);
	const char *(*get_info)(Stonith *, int);
	int (*set_config)(Stonith *, StonithNVpair *);
	int (*set_config_file)(Stonith *, const char *);
	int (*set_config_info)(Stonith *, const char *);
	int (*get_status)(Stonith *);
	int (*req_reset)(Stonith *, int, const char *);
	char **(*get_hostlist)(Stonith *);
	StonithNVpair *(*env_to_NVpair)(Stonith *);
	StonithNVpair *(*string_to_NVpair)(Stonith *, const char *);
	StonithNVpair *(*ghash_to_NVpair)(struct _GHashTable *);
	void (*free_NVpair)(StonithNVpair *);
	void (*strdown)(char *);
} lib;

static const struct {
	const char *name;
	void *place;
} functions[] = {
	{ "stonith_new", &lib.new },
	{ "stonith_delete", &lib.delete },
	{ "stonith_set_log", &lib.set_log },
	{ "stonith_set_debug", &lib.set_debug },
	{ "stonith_types", &lib.types },
	{ "stonith_free_hostlist", &lib.free_hostlist },
	{ "stonith_get_confignames", &lib.get_confignames },
	{ "stonith_get_info", &lib.get_info },
	{ "stonith_set_config", &lib.set_config },
	{ "stonith_set_config_file", &lib.set_config_file },
	{ "stonith_set_config_info", &lib.set_config_info },
	{ "stonith_get_status", &lib.get_status },
	{ "stonith_req_reset", &lib.req_reset },
	{ "stonith_get_hostlist", &lib.get_hostlist },
	{ "stonith_env_to_NVpair", &lib.env_to_NVpair },
	{ "stonith1_compat_string_to_NVpair", &lib.string_to_NVpair },
	{ "stonith_ghash_to_NVpair", &lib.ghash_to_NVpair },
	{ "free_NVpair", &lib.free_NVpair },
	{ "strdown", &lib.strdown },
};

/* The build directory: this program is tests/unit/libstonith_test of it. */
static void
build_path(const char *file, char *path, size_t size)
{
	char self[PATH_MAX] = "";

	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0, "no name");
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	snprintf(path, size, "%s/%s", self, file);
}

static void
test_open(void)
{
	char path[PATH_MAX + 64];
	void *library;

	build_path("plugins", path, sizeof(path));
	setenv("STONITH_PLUGIN_DIR", path, 1);
	build_path("bin/stonith-device", path, sizeof(path));
	setenv("STONITH_DEVICE", path, 1);
	build_path("lib/libstonith.so.1", path, sizeof(path));
	library = dlopen(path, RTLD_LAZY);
	CHECK(library != NULL, "%s", dlerror());
	for (size_t i = 0; library && i < ARRAY_LEN(functions); i++) {
		void *function = dlsym(library, functions[i].name);

		CHECK(function != NULL, "%s", functions[i].name);
		memcpy(functions[i].place, &function, sizeof(function));
	}
}

static char logged[1024];

static void
on_log(int priority, const char *format, ...)
{
	size_t used = strlen(logged);
	va_list args;

	used += (size_t)snprintf(logged + used, sizeof(logged) - used, "%d ", priority);
	va_start(args, format);
	vsnprintf(logged + used, sizeof(logged) - used, format, args);
	va_end(args);
}

static bool
has(char *const *list, const char *word)
{
	for (; list && *list; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

static void
test_types(void)
{
	char **types = lib.types();

	CHECK(has(types, "null"), "the types have no null");
	CHECK(!has(types, "external"), "external is not a type");
	lib.free_hostlist(types);
	CHECK(lib.new("bogus") == NULL, "no such type");
	CHECK(lib.new("../null") == NULL, "not a name");
	CHECK(lib.new("external/../x") == NULL, "not a name");
}

static void
test_life(void)
{
	StonithNVpair config[] = { { (char *)"hostlist", (char *)"nodeA nodeB" },
		{ NULL, NULL } };
	Stonith *s = lib.new("null");
	char **hosts;

	lib.set_log(s, on_log);
	lib.set_debug(s, 0);
	CHECK_STR(s->stype, "null", "the first member");
	CHECK_STR(lib.get_confignames(s)[0], "hostlist", "its name");
	CHECK(lib.get_confignames(s)[1] == NULL, "the only one");
	CHECK_STR(lib.get_info(s, ST_DEVICEID), "NULL STONITH device", "id");
	CHECK(strncmp(lib.get_info(s, ST_CONF_XML), "<parameters>", 12) == 0, "xml");
	CHECK(lib.get_info(s, ST_DEVICEURL) == NULL, "no url");
	CHECK(lib.get_info(s, 99) == NULL, "no such info");
	CHECK_INT(lib.get_status(s), S_INVAL, "status before it is configured");
	CHECK_INT(lib.req_reset(s, ST_POWEROFF, "nodea"), S_INVAL, "a request before");
	CHECK(lib.get_hostlist(s) == NULL, "hosts before");
	CHECK_INT(lib.set_config(s, config), S_OK, "configured");
	CHECK_INT(lib.set_config(s, config), S_OOPS, "once is enough");
	CHECK_INT(lib.get_status(s), S_OK, "status");
	hosts = lib.get_hostlist(s);
	CHECK(hosts && strcmp(hosts[0], "nodea") == 0 && strcmp(hosts[1], "nodeb") == 0 &&
	          !hosts[2],
	    "hosts");
	lib.free_hostlist(hosts);
	logged[0] = '\0';
	CHECK_INT(lib.req_reset(s, ST_GENERIC_RESET, "NODEA"), S_OK, "reset");
	CHECK_STR(logged, "4 Host null-reset: nodea",
	    "told to the log function, in lower case");
	CHECK_INT(lib.req_reset(s, 9, "nodea"), S_INVAL, "no such operation");
	lib.delete(s);
	lib.delete(NULL);
}

static void
test_forms(void)
{
	Stonith *s = lib.new("null");
	GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
	StonithNVpair *list;
	char word[] = "NodeA";

	lib.set_log(s, on_log);
	list = lib.string_to_NVpair(s, " a b  c ");
	CHECK(list && strcmp(list[0].s_value, "a b  c ") == 0 && !list[1].s_name,
	    "the rest, verbatim");
	lib.free_NVpair(list);
	CHECK(lib.string_to_NVpair(s, " ") == NULL, "too few values");
	setenv("hostlist", "x y", 1);
	list = lib.env_to_NVpair(s);
	CHECK(list && strcmp(list[0].s_value, "x y") == 0, "from the environment");
	unsetenv("hostlist");
	CHECK_INT(lib.set_config(s, list), S_OK, "used");
	lib.free_NVpair(list);
	g_hash_table_insert(table, (char *)"hostlist", (char *)"n1");
	list = lib.ghash_to_NVpair(table);
	CHECK(list && strcmp(list[0].s_name, "hostlist") == 0 && !list[1].s_name,
	    "from a table");
	lib.free_NVpair(list);
	g_hash_table_destroy(table);
	lib.delete(s);
	s = lib.new("null");
	lib.set_log(s, on_log);
	CHECK_INT(lib.set_config_file(s, "/nonexistent"), S_BADCONFIG, "no file");
	CHECK_INT(lib.set_config_info(s, "n1"), S_OK, "a string");
	lib.delete(s);
	lib.strdown(word);
	CHECK_STR(word, "nodea", "lower");
}

static const struct check_case cases[] = {
	{ "open", test_open },
	{ "types", test_types },
	{ "life", test_life },
	{ "forms", test_forms },
};

CHECK_MAIN("libstonith", cases)
