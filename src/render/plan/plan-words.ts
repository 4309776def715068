import type { ConnectionCost, ConntrackUser, Setting, Why } from '../../plan/index.js';
import { formatCounted, formatBytes, formatCount, formatDuration } from '../numbers.js';
import { isUnboundedNofile } from '../../records/index.js';
import { safeText } from '../safe-text.js';

/** A value as text: large numbers grouped (`1,769,472`), triples unchanged, `?` for unknown. */
export function valueWords(value: string | null): string {
  if (value === null) return '?';
  // Above 2^53 the digits are shown as they are: such a limit is as good as none.
  return /^\d{4,15}$/.test(value) ? formatCount(Number(value)) : safeText(value, 60);
}

/** Whether the present limit of open files has no bound. */
export function isUnboundedSetting({ name, current }: Setting): boolean {
  return name === 'LimitNOFILE' && /^\d{1,15}$/.test(current ?? '') && isUnboundedNofile(Number(current));
}

/** The formula of a setting with its numbers. */
export function whyWords(why: Why): string {
  const n = formatCount;
  switch (why.rule) {
    case 'conntrack-entries':
      return `(${formatCounted(why.connections, 'connection')} + ${closedWords(why)} in TIME_WAIT) x ${why.spare}`;
    case 'conntrack-buckets':
      return `one bucket per entry (${formatCounted(why.max, 'entry', 'entries')}, each in two chains)${
        why.perBucketNow === null
          ? ''
          : `; now ${roundWords(why.perBucketNow)} ${roundWords(why.perBucketNow) === '1' ? 'entry' : 'entries'} per bucket when full (1 is recommended, 8 is the maximum)`
      }`;
    case 'conntrack-hashsize':
      return `the same number of buckets at module load; nf_conntrack_max then starts at 8 x ${n(why.buckets)} until a sysctl sets it${why.builtIn ? '. Conntrack is built into this kernel: set it on the kernel command line, nf_conntrack.hashsize=' + String(why.buckets) : ''}`;
    case 'conntrack-silence':
      return `an MQTT client may be silent for up to ${n(why.longestSilenceSec)} s (1.5 x the longest keep-alive)${
        why.nowSec === null ? '' : `; entries of vanished clients now stay for ${formatDuration(why.nowSec)}`
      }`;
    case 'follows-protocol':
      return FOLLOWS[why.what];
    case 'open-files':
      return `${formatCounted(why.connections, 'connection')} x ${why.spare} + ${n(why.others)} other files`;
    case 'at-least-process-limit':
      return `upper bound of every process's limit: at least LimitNOFILE, ${n(why.limit)}`;
    case 'accept-pause':
      return `${n(why.ratePerSec)}/s x ${why.seconds} s in which the server does not accept; at least the default ${n(why.stock)}`;
    case 'unused-with-cookies':
      return 'the kernel ignores it while tcp_syncookies is 1';
    case 'cookies-protect':
      return 'answers SYNs when the queue is full instead of dropping them';
    case 'syn-queue-without-cookies':
      return `${n(why.ratePerSec)}/s x ${why.seconds} s per handshake / 0.75 (a quarter is reserved for known peers)`;
    case 'packet-burst':
      return `${n(why.ratePerSec)}/s x ${why.packets} packets x ${why.seconds} s, all on one CPU`;
    case 'buffer-caps':
      return 'upper bounds: an idle connection uses none of it, and tcp_mem limits the sum';
    case 'buffer-option':
      return `upper bounds: an idle connection uses none of it. The RAM is tight, so a smaller initial buffer is an option for clients that send little: sysctl -w net.ipv4.tcp_rmem="${why.value}"`;
    case 'not-of-tcp':
      return 'not for TCP, which uses tcp_rmem and tcp_wmem';
    case 'only-if-asked-for':
      return 'limits SO_RCVBUF and SO_SNDBUF only; TCP autotuning uses tcp_rmem and tcp_wmem';
    case 'queued-pages':
      return `${formatCounted(why.connections, 'connection')} x ${formatBytes(why.bytesEach)} queued${why.capped ? ', limited to half of the RAM' : ''}${why.holdsNow === null ? '' : `; the current value is enough for ${n(why.holdsNow)} of these (idle connections use none)`}`;
    case 'closing-sockets':
      return `${closedWords(why)}${
        why.harmless
          ? '; if it is too low nothing is refused: sockets just skip TIME_WAIT'
          : '; if it is too low, closing connections are reset'
      }`;
    case 'fin-wait-2':
      return 'applies to FIN_WAIT_2 of orphaned sockets, not to TIME_WAIT; tcp_max_orphans limits those';
    case 'outgoing-only':
      return 'for connections this host opens; a server gains nothing, and 2 (loopback only) is safe';
    case 'source-ports':
      return `for connections this host opens, not those it accepts: with ${formatCounted(why.ports, 'port')} the client side needs ${formatCounted(why.addresses, 'source address', 'source addresses')} (${formatCounted(why.destinations, 'destination')})`;
    case 'on-link':
      return `up to ${formatCounted(why.addresses, 'address', 'addresses')} on its own links x ${why.spare}; clients behind a gateway share one entry`;
    case 'neighbours-behind-gateway':
      return why.addresses === null
        ? 'only for clients on the same link; those behind a gateway share one entry'
        : `${formatCounted(why.addresses, 'address', 'addresses')} on its own links, which fit`;
    case 'thread-each':
      return `only matters for a server with one thread per connection, which would need ${n(why.connections * why.perConnection)}`;
    case 'erlang-processes':
      return `${formatCounted(why.connections, 'connection')} x ${why.each} processes + ${n(why.others)} others, the next power of two`;
    case 'erlang-ports':
      return `${formatCounted(why.connections, 'connection')} x ${why.spare} + ${n(why.others)} others, the next power of two${why.processes === null ? '' : `; at least half of the ${n(why.processes)} processes needed, which EMQX from 5.1.1 on makes twice the ports`}`;
    case 'acceptors':
      return `${n(why.ratePerSec)}/s / ${why.each} per acceptor process; at least EMQX's default ${why.stock}`;
    case 'listener-backlog':
      return `EMQX asks listen(2) for 1,024 by default; somaxconn (${n(why.somaxconn)}) only caps what is asked for`;
  }
}

function closedWords(why: {
  readonly closed: number;
  readonly ratePerSec: number;
  readonly seconds: number;
}): string {
  return why.closed < why.ratePerSec * why.seconds
    ? `${formatCount(why.closed)} closed within ${why.seconds} s (each client once)`
    : `${formatCount(why.ratePerSec)}/s closed x ${why.seconds} s`;
}

const FOLLOWS = {
  'time-wait':
    'twice the maximum segment lifetime: if shorter, late packets of a closed connection are INVALID',
  close: 'as long as TCP retransmits: if shorter, a firewall sees the last packets as INVALID',
  handshake: 'as long as a SYN is retransmitted; early_drop evicts these entries first anyway',
  established: 'connections may be silent for days; this protocol sets no shorter limit',
} as const;

function roundWords(value: number): string {
  return value >= 10 ? formatCount(value) : String(Math.round(value * 10) / 10);
}

/** What a setting applies to, in a word. */
export function scopeWords(setting: Setting): string {
  return { node: 'node', netns: 'network namespace', process: 'process', application: 'application' }[
    setting.scope
  ];
}

const PARTS: Readonly<Record<ConnectionCost['part'], string>> = {
  socket: 'socket (TCPv6)',
  file: 'inode, file, dentry',
  epoll: 'epoll item',
  descriptor: 'descriptor',
  buffers: 'queued data (buffers)',
  conntrack: 'conntrack entry, buckets, spare',
  application: 'the server process',
  tls: 'TLS in the server',
};

const FROM: Readonly<Record<ConnectionCost['from'], string>> = {
  slab: "this kernel's slab",
  stock: 'stock kernels',
  assumed: 'assumed',
};

/** One part of what a connection costs. */
export function costWords(cost: ConnectionCost): readonly [part: string, from: string] {
  return [PARTS[cost.part], FROM[cost.from]];
}

/** What uses connection tracking, in words. */
export function userWords(user: ConntrackUser): string {
  switch (user.kind) {
    case 'nat':
      return 'NAT rules';
    case 'stateful-rules':
      return 'stateful rules (ct state)';
    case 'container-network':
      return `a container network (${user.interfaces.map((network) => safeText(network, 20)).join(', ')})`;
    case 'modules':
      return `modules: ${user.modules.map((module) => safeText(module, 40)).join(', ')}`;
  }
}
