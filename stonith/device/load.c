/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loading a driver.  What it says of itself is checked before anything of it is called; that
 * its constructors run all the same is one of the reasons for this process.
 */
#include "stonith/device/private.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The driver's path, when it may be loaded at all. */
static int
driver_path(const char *dir, const char *driver, char *path, size_t size, struct err *err)
{
	struct stat st;
	int n = snprintf(path, size, "%s/stonith2/%s.so", dir, driver);

	if (driver[0] == '\0' || driver[0] == '.' || strchr(driver, '/') || n < 0 ||
	    (size_t)n >= size)
		return err_set(err, -EINVAL, "'%s' is no name of a driver", driver);
	if (stat(path, &st) < 0)
		return err_set(err, -errno, "cannot load driver '%s': %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "cannot load driver '%s': not a file", path);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, -EPERM,
		    "driver '%s' is not loaded: others than its owner may write it",
		    path);
	return 0;
}

static int
driver_check(const struct plugin *plugin, const char *path, struct err *err)
{
	if (plugin->abi != STONITH_PLUGIN_ABI)
		return err_set(err, -EINVAL,
		    "driver '%s' is made for interface %u, this is %u", path, plugin->abi,
		    STONITH_PLUGIN_ABI);
	if (!plugin->configure || !plugin->status || !plugin->hosts || !plugin->request ||
	    !plugin->id || !plugin->descr || !plugin->params)
		return err_set(err, -EINVAL, "driver '%s' is not complete", path);
	return 0;
}

const struct plugin *
device_driver_load(const char *dir, const char *driver, struct err *err)
{
	const struct plugin *plugin;
	char path[1280];
	void *library;

	if (driver_path(dir, driver, path, sizeof(path), err) < 0)
		return NULL;
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		const char *why = dlerror();
		size_t len = strlen(path);

		if (strncmp(why, path, len) == 0 && strncmp(why + len, ": ", 2) == 0)
			why += len + 2;
		err_set(err, -EINVAL, "cannot load driver '%s': %s", path, why);
		return NULL;
	}
	plugin = dlsym(library, "stonith_plugin");
	if (!plugin) {
		err_set(err, -EINVAL, "'%s' is not a fencing driver of this version",
		    path);
		return NULL;
	}
	return driver_check(plugin, path, err) < 0 ? NULL : plugin;
}
