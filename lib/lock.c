/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/lock.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOCK_LIBS_MAX 32
#define LOCK_STACK_MAX_KB 1024

int
prio_realtime(int prio, struct err *err)
{
	int low = sched_get_priority_min(SCHED_RR),
	    high = sched_get_priority_max(SCHED_RR);
	struct sched_param param = { .sched_priority = prio < low    ? low
		                                       : prio > high ? high
		                                                     : prio };

	if (prio <= 0)
		return 0;
	if (sched_setscheduler(0, SCHED_RR, &param) < 0)
		return err_set(err, -errno, "cannot take real-time priority %d: %s",
		    param.sched_priority, strerror(errno));
	return 0;
}

/* Stack and heap. */

static void __attribute__((noinline)) lock_stack_touch(size_t kb)
{
	size_t size = (kb < LOCK_STACK_MAX_KB ? kb : LOCK_STACK_MAX_KB) * 1024;
	volatile char *stack = alloca(size + 1);

	for (size_t i = 0; i < size; i += 1024)
		stack[i] = 0;
}

/* The heap is made large once and never given back; all blocks come from it, none from a
 * new mapping. */
static bool
lock_heap_touch(size_t kb)
{
	char *block;

	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	mallopt(M_MMAP_MAX, 0);
	if (kb == 0)
		return true;
	block = malloc(kb * 1024);
	if (!block)
		return false;
	for (size_t i = 0; i < kb * 1024; i += 1024)
		((volatile char *)block)[i] = 0;
	free(block);
	return true;
}

/* Programs and libraries. */

struct lock_needs {
	const char *name[LOCK_LIBS_MAX]; /* in the program's own dynamic section */
	size_t count;
};

/* The names of the libraries that the program itself was linked against. */
static void
lock_needs_fill(struct lock_needs *needs, uintptr_t base)
{
	const char *strings = NULL;
	const ElfW(Dyn) * d;

	for (d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_STRTAB)
			/* Most loaders have replaced the offset by the address. */
			strings =
			    (const char *)(d->d_un.d_ptr < base ? d->d_un.d_ptr + base
			                                        : d->d_un.d_ptr);
	}
	for (d = _DYNAMIC; strings && d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_NEEDED && needs->count < LOCK_LIBS_MAX)
			needs->name[needs->count++] = strings + d->d_un.d_val;
	}
}

static bool
lock_is_needed(const struct lock_needs *needs, const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	for (size_t i = 0; i < needs->count; i++) {
		if (strcmp(needs->name[i], base) == 0)
			return true;
	}
	return strncmp(base, "ld-", 3) == 0 || strncmp(base, "ld.so", 5) == 0;
}

static int
lock_segments(const struct dl_phdr_info *info, bool needed)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from, to;

		if (p->p_type != PT_LOAD)
			continue;
		from = (info->dlpi_addr + p->p_vaddr) & ~(page - 1);
		to = (info->dlpi_addr + p->p_vaddr + p->p_memsz + page - 1) & ~(page - 1);
		if (needed) {
			if (mlock((void *)from, to - from) < 0)
				return errno;
		} else if (!(p->p_flags & PF_W)) {
			/* What the loader has touched may go; a later touch would bring
			 * it back. */
			munlock((void *)from, to - from);
			madvise((void *)from, to - from, MADV_PAGEOUT);
		}
	}
	return 0;
}

static int
lock_object(struct dl_phdr_info *info, size_t size, void *data)
{
	/* The program itself has no name; the vdso has no file and is always there. */
	struct lock_needs *needs = data;
	bool program = !info->dlpi_name || info->dlpi_name[0] == '\0';

	(void)size;
	if (program && needs->count == 0)
		lock_needs_fill(needs, info->dlpi_addr); /* it comes first */
	if (!program && info->dlpi_name[0] != '/')
		return 0;
	return lock_segments(info, program || lock_is_needed(needs, info->dlpi_name));
}

int
mem_lock(size_t stack_kb, size_t heap_kb, struct err *err)
{
	struct lock_needs needs = { .count = 0 };
	int code;

	if (!lock_heap_touch(heap_kb))
		return err_set(err, -ENOMEM, "cannot lock memory: no %zu KB of heap",
		    heap_kb);
	lock_stack_touch(stack_kb);
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		return err_set(err, -errno, "cannot lock memory: %s", strerror(errno));
	code = dl_iterate_phdr(lock_object, &needs);
	if (code != 0)
		return err_set(err, -code, "cannot lock the program in memory: %s",
		    strerror(code));
	return 0;
}

int
oom_protect(struct err *err)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC), code = 0;

	if (fd < 0 || write(fd, "-1000", 5) < 0)
		code = -errno;
	if (fd >= 0)
		close(fd);
	return code ? err_set(err, code,
	                  "cannot protect this process from the kernel's search for "
	                  "memory: %s",
	                  strerror(-code))
	            : 0;
}
