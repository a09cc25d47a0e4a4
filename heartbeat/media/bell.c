/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bell: who polls it instead of the sockets of media sleeps through what may wait, and
 * finds everything in the sockets, in its order, when it wakes up.
 *
 * A socket filter can drop, but not let something in without a wake-up; and one that
 * drops in a socket of its own counts an error of UDP each time.  An extended one (bpf(2)),
 * for which the socket itself is not polled, can do better: it lets everything in, and
 * puts a note into a ring, which can be polled, for all that does not begin with certain
 * bytes.  It only compares bytes, and what it does not know rings.  Who forges such a
 * beginning makes nobody believe anything: it is read a little later.
 *
 * The note is written just before the datagram is in its socket, so who is very quick may
 * come too early: media_bell_hush() tells how many must be there.
 *
 * Where the kernel has no such filters, or not for us, there is no bell.
 */
#include "heartbeat/media/private.h"

#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { UDP_HEADER = 8, NOTE = 8, NOTE_IN_RING = 16 };

#define BELL_QUIET_MAX 64 /* bytes of a beginning */
#define BELL_CODE_MAX 96  /* instructions: two a word of it, and some 25 */

/* A program in the making.  Jumps go forward to one of two places that are not known yet. */
enum place { OTHER, RING, PLACE_COUNT };
struct code {
	struct bpf_insn insn[BELL_CODE_MAX];
	size_t len;
	size_t jump[PLACE_COUNT][BELL_QUIET_MAX + 8], jumps[PLACE_COUNT];
};

static void
code_put(struct code *c, unsigned op, unsigned to, unsigned from, int off, int value)
{
	assert(c->len < BELL_CODE_MAX);
	c->insn[c->len++] = (struct bpf_insn){ .code = (uint8_t)op,
		.dst_reg = to & 15,
		.src_reg = from & 15,
		.off = (int16_t)off,
		.imm = value };
}

static void
code_jump(struct code *c, unsigned op, unsigned reg, int value, enum place place)
{
	c->jump[place][c->jumps[place]++] = c->len;
	code_put(c, BPF_JMP32 | op | BPF_K, reg, 0, 0, value);
}

static void
code_place(struct code *c, enum place place)
{
	for (size_t i = 0; i < c->jumps[place]; i++)
		c->insn[c->jump[place][i]].off =
		    (int16_t)(c->len - c->jump[place][i] - 1);
}

/* Into register 0, in the order of this machine; the datagram is long enough. */
static void
code_load(struct code *c, size_t width, size_t offset)
{
	code_put(c,
	    BPF_LD | BPF_ABS |
	        (width == 4      ? BPF_W
	            : width == 2 ? BPF_H
	                         : BPF_B),
	    0, 0, 0, (int)(UDP_HEADER + offset));
}

static void
code_return(struct code *c, int bytes)
{
	code_put(c, BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, bytes);
	code_put(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* TEXT stands at OFFSET, else to PLACE. */
static void
code_compare(struct code *c, const char *text, size_t len, size_t offset,
    enum place place)
{
	const uint8_t *byte = (const uint8_t *)text;

	for (size_t at = 0, width; at < len; at += width) {
		uint32_t value = 0;

		width = len - at >= 4 ? 4 : len - at >= 2 ? 2 : 1;
		for (size_t i = 0; i < width; i++)
			value = value << 8 | byte[at + i];
		code_load(c, width, offset + at);
		code_jump(c, BPF_JNE, BPF_REG_0, (int)value, place);
	}
}

/* Copies of our own datagrams are treated as the filter in ip.c treats them. */
static void
code_make(struct code *c, const char *quiet, int ring_fd)
{
	enum { CTX = BPF_REG_6, TYPE = BPF_REG_7, LEN = BPF_REG_8 };
	size_t quiet_len = strlen(quiet);

	*c = (struct code){ .len = 0 };
	code_put(c, BPF_ALU64 | BPF_MOV | BPF_X, CTX, BPF_REG_1, 0, 0);
	code_put(c, BPF_LDX | BPF_MEM | BPF_W, LEN, CTX, offsetof(struct __sk_buff, len),
	    0);
	code_put(c, BPF_LDX | BPF_MEM | BPF_W, TYPE, CTX,
	    offsetof(struct __sk_buff, pkt_type), 0);
	code_jump(c, BPF_JLT, LEN, (int)(UDP_HEADER + quiet_len), OTHER);
	code_compare(c, quiet, quiet_len, 0, OTHER);
	code_return(c, -1);

	code_place(c, OTHER);
	code_jump(c, BPF_JNE, TYPE, PACKET_LOOPBACK, RING);
	/* Too short for a load: it is dropped. */
	code_load(c, 4, 4);
	code_put(c, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_0, 0, 2, 0x31313a28);
	code_load(c, 4, 12);
	code_jump(c, BPF_JEQ, BPF_REG_0, 0x73746174, RING);
	code_return(c, 0);

	code_place(c, RING);
	code_put(c, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -NOTE, 0);
	code_put(c, BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, ring_fd);
	code_put(c, 0, 0, 0, 0, 0);
	code_put(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
	code_put(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -NOTE);
	code_put(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, NOTE);
	code_put(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, BPF_RB_FORCE_WAKEUP);
	code_put(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_output);
	code_return(c, -1);
}

static int
bell_call(enum bpf_cmd what, union bpf_attr *attr)
{
	long fd = syscall(SYS_bpf, what, attr, sizeof(*attr));

	return fd < 0 ? -errno : (int)fd;
}

static int
bell_program(const char *quiet, int ring_fd)
{
	struct code code;
	union bpf_attr attr;

	code_make(&code, quiet, ring_fd);
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uint64_t)(uintptr_t)code.insn;
	attr.insn_cnt = (uint32_t)code.len;
	attr.license = (uint64_t)(uintptr_t) "GPL";
	return bell_call(BPF_PROG_LOAD, &attr);
}

int
media_bell_make(struct media_bell *bell, const char *quiet)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	union bpf_attr attr;
	int code;

	assert(*quiet && strlen(quiet) <= BELL_QUIET_MAX);
	*bell = (struct media_bell){ .fd = -1, .program = -1 };
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_RINGBUF;
	attr.max_entries = (uint32_t)page;
	code = bell->fd = bell_call(BPF_MAP_CREATE, &attr);
	if (code >= 0)
		code = bell->program = bell_program(quiet, bell->fd);
	if (code >= 0) {
		void *taken =
		    mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, bell->fd, 0);
		void *rung =
		    mmap(NULL, page, PROT_READ, MAP_SHARED, bell->fd, (off_t)page);

		bell->taken = taken == MAP_FAILED ? NULL : taken;
		bell->rung = rung == MAP_FAILED ? NULL : rung;
		if (bell->taken && bell->rung)
			return 0;
		code = -ENOMEM;
	}
	media_bell_free(bell);
	return code;
}

void
media_bell_free(struct media_bell *bell)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (bell->taken)
		munmap(bell->taken, page);
	if (bell->rung)
		munmap((void *)(uintptr_t)bell->rung, page);
	if (bell->program >= 0)
		close(bell->program);
	if (bell->fd >= 0)
		close(bell->fd);
	*bell = (struct media_bell){ .fd = -1, .program = -1 };
}

bool
media_can_ring(const struct media *m)
{
	return m->spec.class->attach != NULL && !m->spec.kind->is_ping;
}

int
media_bell_hang(struct media *m, const struct media_bell *bell)
{
	assert(media_can_ring(m) && m->read_fd >= 0);
	if (!bell) {
		ip_echo_filter(m->read_fd);
		return 0;
	}
	if (setsockopt(m->read_fd, SOL_SOCKET, SO_ATTACH_BPF, &bell->program,
	        sizeof(bell->program)) < 0)
		return -errno;
	return 0;
}

uint64_t
media_bell_hush(struct media_bell *bell)
{
	uint64_t rung = __atomic_load_n(bell->rung, __ATOMIC_ACQUIRE);
	uint64_t since = rung - *bell->taken;

	__atomic_store_n(bell->taken, rung, __ATOMIC_RELEASE);
	return since / NOTE_IN_RING;
}
