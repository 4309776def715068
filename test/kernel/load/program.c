/* A BPF program that drops what is for one port of TCP or UDP over IPv4, pinned, so that tc(8) or ip(8) can attach it. */
#include "load.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of a frame without VLAN tags or IP options. */
#define TYPE_AT 12
#define PORT_AT (ETH_HLEN + 20 + 2)
#define LEAST_LENGTH (PORT_AT + 2)

#define LOAD(size, to, from, at) \
	{ .code = BPF_LDX | (size) | BPF_MEM, .dst_reg = (to), .src_reg = (from), .off = (at) }
#define SET(to, value) { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (value) }
#define COPY(to, from) { .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from) }
#define ADD(to, value) { .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = (value) }
#define SKIP_IF_MORE(a, b, lines) { .code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = (a), .src_reg = (b), .off = (lines) }
#define SKIP_UNLESS(a, value, lines) \
	{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = (a), .imm = (value), .off = (lines) }
#define EXIT { .code = BPF_JMP | BPF_EXIT }

int pin_program(const char *path, bool xdp, int port)
{
	short data = xdp ? offsetof(struct xdp_md, data) : offsetof(struct __sk_buff, data);
	short end = xdp ? offsetof(struct xdp_md, data_end) : offsetof(struct __sk_buff, data_end);
	int drop = xdp ? XDP_DROP : TC_ACT_SHOT, pass = xdp ? XDP_PASS : TC_ACT_OK;
	struct bpf_insn program[] = {
		LOAD(BPF_W, 2, 1, data),
		LOAD(BPF_W, 3, 1, end),
		SET(0, pass),
		COPY(4, 2),
		ADD(4, LEAST_LENGTH),
		SKIP_IF_MORE(4, 3, 5),
		LOAD(BPF_H, 5, 2, TYPE_AT),
		SKIP_UNLESS(5, htons(ETH_P_IP), 3),
		LOAD(BPF_H, 5, 2, PORT_AT),
		SKIP_UNLESS(5, htons((uint16_t)port), 1),
		SET(0, drop),
		EXIT,
	};
	static char said[16384];
	union bpf_attr load = {
		.prog_type = xdp ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)program,
		.insn_cnt = sizeof(program) / sizeof(program[0]),
		.license = (uintptr_t) "GPL",
		.log_buf = (uintptr_t)said,
		.log_size = sizeof(said),
		.log_level = 1,
		.prog_name = "drop_port",
	};
	/* Before Linux 5.11 programs count against what a process may lock. */
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	setrlimit(RLIMIT_MEMLOCK, &all);
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	if (fd < 0) {
		fprintf(stderr, "%s\n", said);
		die("load the program");
	}
	union bpf_attr pin = { .pathname = (uintptr_t)path, .bpf_fd = (uint32_t)fd };
	if (syscall(SYS_bpf, BPF_OBJ_PIN, &pin, sizeof(pin)) < 0)
		die("pin the program");
	return 0;
}
