import type { LossKind, NetworkFix } from '../../../diagnose/index.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { enterNetns } from './shell.js';

const REASONS_OF_DROPS =
  "timeout 15 bpftrace -e 'tracepoint:skb:kfree_skb /args->reason > 2/ { @[args->reason, ksym(args->location)] = count(); }'";

/** Where to look next: a command that only looks, and what its output tells. */
const LOSS_CHECKS: Readonly<Record<LossKind, readonly [command: string, effect: string]>> = {
  'accept-failed': [
    "timeout 15 bpftrace -e 'tracepoint:syscalls:sys_exit_accept4 /args->ret < -1/ { @[comm, pid, -args->ret] = count(); }'",
    'names the process and the errno: 12 ENOMEM and 105 ENOBUFS are memory (of its control group, memory.events), 1 EPERM is a security module or seccomp',
  ],
  'listen-drops': [
    "ss -Hltnm | grep -B1 -E 'd[1-9][0-9]*\\)'",
    'shows the listeners that dropped connections: d in skmem is the count of each',
  ],
  'conntrack-drops': ['conntrack -S', 'shows which counter of which CPU grows'],
  'connect-failed': [
    "timeout 15 bpftrace -e 'tracepoint:syscalls:sys_exit_connect /args->ret < 0 && args->ret != -115/ { @[comm, pid, -args->ret] = count(); }'",
    'names the process and the errno: 111 is refused by the peer, 110 no answer, 113 no route, 1 refused by a rule or a security module here',
  ],
  'bind-failed': [
    "timeout 15 bpftrace -e 'tracepoint:syscalls:sys_exit_bind /args->ret < 0/ { @[comm, pid, -args->ret] = count(); }'",
    'names the process and the errno: 98 is a port that another socket holds, 99 an address that this host does not have, 13 a port below ip_unprivileged_port_start',
  ],
  'netfilter-syns': [
    'nft -a list ruleset',
    'shows the rules and policies that drop, with their counters where they have any',
  ],
  'handshakes-failed': [
    'ss -Htn state syn-sent state syn-recv',
    'shows with whom handshakes are under way: one peer, or one port, is a cause',
  ],
  'syns-resent': [REASONS_OF_DROPS, 'counts the packets that the kernel drops, by reason and place'],
  resets: [
    "timeout 15 bpftrace -e 'tracepoint:tcp:tcp_receive_reset { @received[args->sport] = count(); } tracepoint:tcp:tcp_send_reset { @sent[args->sport] = count(); }'",
    'shows on which local port resets come in, and on which this host sends them',
  ],
};

/** A look at where connections are lost, for want of a cause. */
export function checkLoss({ entry, loss }: Extract<NetworkFix, { id: 'check-loss' }>): FixDraft {
  const [command, effect] = LOSS_CHECKS[loss];
  // bpftrace sees every namespace.
  const enter = command.includes('bpftrace') ? '' : enterNetns(entry);
  return {
    ...CHANGES_NOTHING,
    action: 'look where the connections are lost',
    command: `${enter}${command}`,
    effect,
    caveat: 'No limit that ctdiag knows explains this loss.',
  };
}
