import type { ConnectionCost, ConntrackUser, Setting, Why } from '../../plan/index.js';
import { counted, formatBytes, formatCount, formatDuration } from '../numbers.js';
import { safeText } from '../safe-text.js';

/** A figure of a plan that is large or absent: `1,769,472`; words and triples stay as they are. */
export function valueWords(value: string | null): string {
  if (value === null) return '?';
  // Above what a double holds exactly, the digits themselves are shown: it is as good as no limit.
  return /^\d{4,15}$/.test(value) ? formatCount(Number(value)) : safeText(value, 60);
}

/** Why a setting is what it is to be: the formula with its numbers. */
export function whyWords(why: Why): string {
  const n = formatCount;
  switch (why.rule) {
    case 'conntrack-entries':
      return `(${counted(why.connections, 'connection')} + ${closedWords(why)} in TIME_WAIT) x ${why.spare}`;
    case 'conntrack-buckets':
      return `a bucket for each of ${counted(why.max, 'entry', 'entries')}, which stand in two chains each${
        why.perBucketNow === null
          ? ''
          : `; now ${round(why.perBucketNow)} ${round(why.perBucketNow) === '1' ? 'entry' : 'entries'} a bucket when full (1 is advised, 8 the most)`
      }`;
    case 'conntrack-hashsize':
      return `as many buckets when the module is loaded; nf_conntrack_max then starts at 8 x ${n(why.buckets)} until a sysctl sets it${why.builtIn ? '; it is built into this kernel: no modprobe option but its command line sets it, nf_conntrack.hashsize=' + String(why.buckets) : ''}`;
    case 'conntrack-silence':
      return `a client may be silent for ${n(why.longestSilenceSec)} s at most (1.5 x MQTT's longest keep-alive)${
        why.nowSec === null
          ? ''
          : `; entries of clients that vanished stay for ${formatDuration(why.nowSec)} now`
      }`;
    case 'follows-protocol':
      return FOLLOWS[why.what];
    case 'open-files':
      return `${counted(why.connections, 'connection')} x ${why.spare} + ${n(why.others)} other files`;
    case 'at-least-process-limit':
      return `no process may have more than this: at least its LimitNOFILE, ${n(why.limit)}`;
    case 'accept-pause':
      return `${n(why.ratePerSec)}/s x ${why.seconds} s in which the server does not accept; no less than the stock ${n(why.stock)}`;
    case 'unused-with-cookies':
      return 'the kernel does not look at it while tcp_syncookies is 1';
    case 'cookies-protect':
      return 'answers SYNs beyond the queue instead of dropping them';
    case 'syn-queue-without-cookies':
      return `${n(why.ratePerSec)}/s x ${why.seconds} s of a handshake / 0.75 (a quarter is kept for known peers)`;
    case 'packet-burst':
      return `${n(why.ratePerSec)}/s x ${why.packets} packets x ${why.seconds} s, all on one CPU`;
    case 'buffer-default': {
      const total = why.eachBytes * why.connections;
      return `${formatBytes(why.eachBytes)} x ${n(why.connections)} are ${formatBytes(total)} if all were full at once, ${total > why.budgetBytes / 2 ? 'more than' : 'within'} an eighth of the RAM; tcp_mem bounds them all together, and autotuning still widens busy ones`;
    }
    case 'buffers-fit':
      return `all of them full take ${formatBytes(why.totalBytes)} of ${formatBytes(why.budgetBytes)}, a quarter of the RAM; an idle connection takes none`;
    case 'not-of-tcp':
      return 'not for TCP connections: tcp_rmem and tcp_wmem set theirs';
    case 'only-if-asked-for':
      return 'bounds SO_RCVBUF and SO_SNDBUF, which switch autotuning off; tcp_rmem and tcp_wmem do without';
    case 'queued-pages':
      return `${counted(why.connections, 'connection')} x ${why.pagesEach} pages queued${why.capped ? ', cut at half of the RAM' : ''}${why.holdsNow === null ? '' : `; now it holds ${n(why.holdsNow)} such, and any number of idle ones`}`;
    case 'closing-sockets':
      return `${closedWords(why)}${
        why.harmless
          ? '; too few refuse nobody: sockets skip TIME_WAIT'
          : '; too few end connections with a reset'
      }`;
    case 'fin-wait-2':
      return 'FIN_WAIT_2 of a socket that nobody holds any more; it is not TIME_WAIT, and orphans have a limit';
    case 'outgoing-only':
      return 'for connections this host opens, and 2 (loopback) is safe; a server gains nothing';
    case 'source-ports':
      return `for connections this host opens, not those it accepts: ${counted(why.ports, 'port')} make ${counted(why.addresses, 'source address', 'source addresses')} necessary at the other end (${counted(why.destinations, 'destination')})`;
    case 'on-link':
      return `up to ${counted(why.addresses, 'address', 'addresses')} on its own links x ${why.spare}; clients behind a gateway take one entry together`;
    case 'neighbours-behind-gateway':
      return why.addresses === null
        ? 'only for clients on the same link; those behind a gateway take one entry together'
        : `${counted(why.addresses, 'address', 'addresses')} are on its own links, and fit`;
    case 'thread-each':
      return `binds only a server with a thread for each connection, which would need ${n(why.connections * why.perConnection)}`;
    case 'erlang-processes':
      return `${counted(why.connections, 'connection')} x ${why.each} processes + ${n(why.others)} others, the next power of two`;
    case 'erlang-ports':
      return `${counted(why.connections, 'connection')} x ${why.spare} + ${n(why.others)} others, the next power of two`;
    case 'listener-share':
      return why.listeners > 1
        ? `all ${counted(why.connections, 'connection')} may come to one of the ${why.listeners} listeners`
        : counted(why.connections, 'connection');
    case 'acceptors':
      return `${n(why.ratePerSec)}/s / ${why.each} a process; no less than EMQX's own ${why.stock}`;
    case 'listener-backlog':
      return `EMQX asks listen(2) for 1,024 by itself, and somaxconn, ${n(why.somaxconn)}, only cuts what is asked for`;
  }
}

function closedWords(why: {
  readonly closed: number;
  readonly ratePerSec: number;
  readonly seconds: number;
}): string {
  return why.closed < why.ratePerSec * why.seconds
    ? `${formatCount(why.closed)} closed (each client once) within ${why.seconds} s`
    : `${formatCount(why.ratePerSec)}/s closed x ${why.seconds} s`;
}

const FOLLOWS = {
  'time-wait':
    'twice the life of a segment: with less, late packets of an old connection match no entry and are INVALID',
  close: 'as long as TCP retransmits; with less, the end of a connection is INVALID to a firewall',
  handshake: 'as long as a SYN is retransmitted; early_drop evicts such entries first anyway',
  established: 'five days for a connection that may be silent; no rule of this protocol says less',
} as const;

function round(value: number): string {
  return value >= 10 ? formatCount(value) : String(Math.round(value * 10) / 10);
}

/** Whom a setting binds, in a word. */
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
  buffers: 'queued data',
  conntrack: 'conntrack: entry, buckets, spare',
  application: 'the server itself',
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

/** What leans on connection tracking. */
export function userWords(user: ConntrackUser): string {
  switch (user.kind) {
    case 'nat':
      return 'rules that translate addresses (NAT)';
    case 'stateful-rules':
      return 'rules that look at the state of connections';
    case 'container-network':
      return `a container network (${user.interfaces.map((network) => safeText(network, 20)).join(', ')})`;
    case 'modules':
      return `modules: ${user.modules.map((module) => safeText(module, 40)).join(', ')}`;
  }
}
