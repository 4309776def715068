import type { LossKind, NetworkFix, Subject } from '../../diagnose/index.js';
import type { PortUse } from '../../records/index.js';
import { formatBytes, formatCount } from '../numbers.js';
import type { FixDraft } from './fix-draft.js';
import { kept, keptPath, loadEarly } from './kept-sysctls.js';
import { routeOf } from './subjects.js';

/** One hash bucket of conntrack: a list head of 64 bits. */
const BUCKET_BYTES = 8;
/** Seconds; the kernel's default, and what is asked for instead. */
const TIME_WAIT_SEC = { usual: 120, short: 30 };

/** Remedies of the network's limits in words and commands. */
export function networkFixWords(fix: NetworkFix): FixDraft {
  switch (fix.id) {
    case 'raise-conntrack-buckets':
      return {
        action: `give conntrack ${formatCount(fix.to)} hash buckets, one an entry`,
        command: `sysctl -w net.netfilter.nf_conntrack_buckets=${fix.to}`,
        persist: kept(
          'conntrack-buckets',
          [['net.netfilter.nf_conntrack_buckets', fix.to]],
          loadEarly('conntrack-buckets').command,
        ),
        undo: `sysctl -w net.netfilter.nf_conntrack_buckets=${fix.from}; rm -f ${keptPath('conntrack-buckets')} ${loadEarly('conntrack-buckets').path}`,
        effect: `each packet walks a chain of one or two entries; ${formatBytes((fix.to - fix.from) * BUCKET_BYTES)} of kernel memory at once`,
        caveat:
          'all entries are moved while it happens, which takes a moment; without the second line of what keeps it, the sysctl is read before the module is there, and lost',
      };
    case 'widen-nat':
      return {
        action:
          'see which destination uses up the ports of which NAT address, and give that rule more addresses or all ports (snat to FIRST-LAST, no :PORT-PORT)',
        command: `${inNamespace(fix.subject)}conntrack -L --src-nat | awk '{ k = ""; n = 0; for (i = 1; i <= NF; i++) if ($i ~ /^(src|dst|sport)=/ && ++n > 3) k = k " " $i; c[k]++ } END { for (k in c) print c[k] k }' | sort -rn | head`,
        persist: null,
        undo: null,
        effect:
          'each further NAT address is good for 64,512 more connections to the same destination and port',
        caveat:
          'it needs the package conntrack, and reads the whole table once; at over 90 % of a range the search already fails now and then, as it tries 248 ports at random',
      };
    case 'shorten-time-wait': {
      const name = 'net.netfilter.nf_conntrack_tcp_timeout_time_wait';
      return {
        action: `let closed connections give their NAT port back after ${TIME_WAIT_SEC.short} s`,
        command: `${inNamespace(fix.subject)}sysctl -w ${name}=${TIME_WAIT_SEC.short}`,
        persist: isHost(fix.subject)
          ? kept(
              'conntrack-time-wait',
              [[name, TIME_WAIT_SEC.short]],
              loadEarly('conntrack-time-wait').command,
            )
          : null,
        undo: `${inNamespace(fix.subject)}sysctl -w ${name}=${TIME_WAIT_SEC.usual}${isHost(fix.subject) ? `; rm -f ${keptPath('conntrack-time-wait')} ${loadEarly('conntrack-time-wait').path}` : ''}`,
        effect: 'ports of connections closed from now on are free sooner; those still open keep theirs',
        caveat: `the undo is the kernel's default; a late packet of a closed connection is more often taken for a new one`,
      };
    }
    case 'find-clashes':
      return {
        action: 'find who sends two packets of one new flow at once: mostly DNS, A and AAAA from one socket',
        command: `${inNamespace(fix.subject)}conntrack -S`,
        persist: null,
        undo: null,
        effect:
          'the sender tries again after its timeout; `options single-request-reopen` in resolv.conf keeps the two apart',
        caveat:
          'that option is of glibc alone; a resolver on the host itself avoids NAT and the race with it',
      };
    case 'check-loss':
      return checkLoss(fix.subject, fix.loss);
    case 'find-firewall-rule':
      return {
        action:
          fix.port === null
            ? 'find the rule that drops'
            : `find the rule that drops connections to port ${fix.port}`,
        command: `${inNamespace(fix.subject)}sh -c '{ nft -a list ruleset; iptables-legacy-save -c; ip6tables-legacy-save -c; } 2>/dev/null | grep -iE "table|chain|drop|^:"'`,
        persist: null,
        undo: null,
        effect: 'the counter of the rule, where it has one, rises with each refused attempt',
        caveat:
          'it may be there on purpose, with a limit or a policy as much as a rule: ask before you remove it, and never flush the whole ruleset',
      };
    case 'raise-gc-thresh': {
      const name = (level: number): string => `net.${fix.family}.neigh.default.gc_thresh${level}`;
      const both = (limit: number): string => `${name(2)}=${Math.floor(limit / 2)} ${name(3)}=${limit}`;
      return {
        action: `let the host know ${formatCount(fix.to)} neighbours`,
        command: `sysctl -w ${both(fix.to)}`,
        persist: kept(`neighbours-${fix.family}`, [
          [name(2), Math.floor(fix.to / 2)],
          [name(3), fix.to],
        ]),
        undo: `sysctl -w ${both(fix.from)}; rm -f ${keptPath(`neighbours-${fix.family}`)}`,
        effect: `neighbours are learnt again at once; up to ${formatBytes((fix.to - fix.from) * 512)} more kernel memory when full`,
        caveat:
          'a link with so many hosts sends much ARP; a scan of a large network fills any table, so see who asks: ip neigh',
      };
    }
    case 'widen-port-range': {
      const name = 'net.ipv4.ip_local_port_range';
      return {
        action: 'let connects use all ports from 1024 on',
        command: `${inNamespace(fix.subject)}sysctl -w ${name}='1024 65535'`,
        persist: isHost(fix.subject) ? kept('local-ports', [[name, '1024 65535']]) : null,
        undo: `${inNamespace(fix.subject)}sysctl -w ${name}='${fix.low} ${fix.high}'${isHost(fix.subject) ? `; rm -f ${keptPath('local-ports')}` : ''}`,
        effect: `64,512 ports instead of ${formatCount(fix.high - fix.low + 1)} for each source, destination and port, at once`,
        caveat:
          'a connect may then take the port of a service that is not started yet: keep those in net.ipv4.ip_local_reserved_ports',
      };
    }
    case 'reuse-time-wait': {
      const name = 'net.ipv4.tcp_tw_reuse';
      return {
        action: 'let connects use ports in TIME_WAIT again after a second',
        command: `${inNamespace(fix.subject)}sysctl -w ${name}=1`,
        persist: isHost(fix.subject) ? kept('tw-reuse', [[name, 1]]) : null,
        undo: `${inNamespace(fix.subject)}sysctl -w ${name}=${fix.from}${isHost(fix.subject) ? `; rm -f ${keptPath('tw-reuse')}` : ''}`,
        effect: 'connects that are closed soon no longer block a port for a minute each',
        caveat: 'it needs TCP timestamps at both ends, and does nothing for connections that stay open',
      };
    }
    case 'more-addresses':
      return {
        action: `connect ${routeOf(fix.ports)} from further source addresses, to further addresses, or keep connections open and share them`,
        command: holdersOf(fix.ports),
        persist: null,
        undo: null,
        effect: 'it shows who holds them; each further address brings a whole range more',
        caveat:
          'a program that binds an address before it connects needs IP_BIND_ADDRESS_NO_PORT to share a port between destinations',
      };
    case 'raise-netdev-backlog':
      return {
        action: `let ${formatCount(fix.to)} packets wait for each CPU`,
        command: `sysctl -w net.core.netdev_max_backlog=${fix.to}`,
        persist: kept('netdev-backlog', [['net.core.netdev_max_backlog', fix.to]]),
        undo: `sysctl -w net.core.netdev_max_backlog=${fix.from}; rm -f ${keptPath('netdev-backlog')}`,
        effect: 'bursts wait instead of being lost',
        caveat:
          'a CPU that is busy all the time loses them later all the same: spread the load (rps_cpus, more queues of the card) where mpstat -P ALL shows one CPU full of %soft',
      };
    case 'leave-cloud-tracking':
      return {
        action:
          'have the cloud track fewer connections: a larger instance type, or security groups that allow the traffic both ways without tracking',
        command:
          'for i in /sys/class/net/*; do ethtool -S "${i##*/}" 2>/dev/null | grep -H --label="${i##*/}" conntrack_allowance; done',
        persist: null,
        undo: null,
        effect: 'it shows what is left, and what was dropped, by card',
        caveat:
          'no sysctl of this host changes it; flows are untracked only where the rules of both directions allow all addresses and ports: see what that would open',
      };
  }
}

/** Who holds the ports; `null` where the address, which may be out of a file, is none. */
function holdersOf({ destination, port }: PortUse): string | null {
  if (!/^[\da-fA-F.:]+$/.test(destination)) return null;
  const to = destination.includes(':') ? `'[${destination}]'` : destination;
  return `ss -Htnp state connected dst ${to} dport = :${port} | awk '{ print $NF }' | sort | uniq -c | sort -rn | head`;
}

/** Namespaces with a label are not the host's own. */
function isHost(subject: Subject): boolean {
  return subject.kind !== 'netns' || subject.label === null;
}

/** What enters the namespace of a subject: a name that ip netns knows, or a process; empty for the host. */
function inNamespace(subject: Subject): string {
  if (subject.kind !== 'netns' || subject.label === null) return '';
  const name = /^netns ([\w.-]+)$/.exec(subject.label)?.[1];
  if (name !== undefined) return `ip netns exec ${name} `;
  const pid = /\((\d+)\)$/.exec(subject.label)?.[1];
  return pid === undefined ? '' : `nsenter -t ${pid} -n `;
}

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

function checkLoss(subject: Subject, loss: LossKind): FixDraft {
  const [command, effect] = LOSS_CHECKS[loss];
  // bpftrace sees every namespace.
  const where = command.includes('bpftrace') ? '' : inNamespace(subject);
  return {
    action: 'look where the connections are lost',
    command: `${where}${command}`,
    persist: null,
    undo: null,
    effect,
    caveat: 'it only looks; ctdiag knows no limit that explains this loss',
  };
}
