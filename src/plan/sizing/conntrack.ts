import { pageBytesOf } from '../../records/index.js';
import { atLeast, currentValue, parseFigure, leaveAlone, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import { closedWithin, RECONNECT_SECONDS } from '../target.js';
import type { Basis } from '../target.js';

/** 25 % more: failed handshakes, other services, an unusual day. */
const SPARE = 1.25;
/** Default nf_conntrack_tcp_timeout_time_wait of all kernels. */
const TIME_WAIT_SEC = 120;
/** One pointer per bucket (struct hlist_nulls_head). */
const BUCKET_BYTES = 8;
/** kmalloc-128 for the extensions of an entry with accounting, timestamp or NAT (struct nf_ct_ext). */
const EXTENSION_BYTES = 128;

/** The size of the table: entries, buckets, and the bytes of both. */
export interface ConntrackSize {
  readonly max: number;
  readonly buckets: number;
  readonly entryBytes: number;
  readonly bytes: number;
}

/** How large the table must be. A closed connection keeps its entry until its TIME_WAIT is over. */
export function conntrackSize({ target, host }: Basis): ConntrackSize {
  const max = roundUp((target.connections + closedWithin(target, timeWaitSec(host))) * SPARE);
  // One entry per bucket; each entry is in two chains, original and reply.
  // The kernel rounds the table up to whole pages of pointers.
  const perPage = pageBytesOf(host) / BUCKET_BYTES;
  const buckets = Math.ceil(max / perPage) * perPage;
  const entryBytes = entryBytesOf(host);
  return { max, buckets, entryBytes, bytes: max * entryBytes + buckets * BUCKET_BYTES };
}

/**
 * Share of the full table that one connection accounts for, in bytes: the same whatever the number of connections, so
 * without rounding and, where no rate was given, by the time in which all clients reconnect.
 */
export function conntrackBytesEach({ target, host }: Basis): number {
  const ratePerConnection = target.rateAssumed
    ? 1 / RECONNECT_SECONDS
    : target.ratePerSec / target.connections;
  const entries = (1 + Math.min(1, ratePerConnection * timeWaitSec(host))) * SPARE;
  return Math.ceil(entries * (entryBytesOf(host) + BUCKET_BYTES));
}

/** Memory of one entry on this kernel, in bytes. */
function entryBytesOf(host: Basis['host']): number {
  const extended =
    host.rules.nat ||
    ['nf_conntrack_acct', 'nf_conntrack_timestamp'].some(
      (name) => (parseFigure(conntrackValue(host, name)) ?? 0) > 0,
    );
  return (host.slabBytes['nf_conntrack'] ?? 256) + (extended ? EXTENSION_BYTES : 0);
}

/** The table and its timeouts. The maximum is global, while each network namespace has its own count. */
export function conntrackSettings(basis: Basis): Setting[] {
  const { target, host } = basis;
  const { max, buckets, entryBytes } = conntrackSize(basis);
  const present = parseFigure(conntrackValue(host, 'nf_conntrack_max'));
  const presentBuckets = parseFigure(conntrackValue(host, 'nf_conntrack_buckets'));
  const perBucketNow =
    present === null || presentBuckets === null || presentBuckets === 0 ? null : present / presentBuckets;
  const tracks = host.conntrack.module !== 'absent';
  return [
    atLeast({
      name: 'net.netfilter.nf_conntrack_buckets',
      scope: 'node',
      current: conntrackValue(host, 'nf_conntrack_buckets'),
      needed: buckets,
      why: { rule: 'conntrack-buckets', max, perBucketNow },
      costBytes: buckets * BUCKET_BYTES,
    }),
    conntrackMaxSetting({
      name: 'net.netfilter.nf_conntrack_max',
      scope: 'node',
      current: conntrackValue(host, 'nf_conntrack_max'),
      needed: max,
      why: {
        rule: 'conntrack-entries',
        connections: target.connections,
        closed: closedWithin(target, timeWaitSec(host)),
        ratePerSec: target.ratePerSec,
        seconds: timeWaitSec(host),
        spare: SPARE,
      },
      costBytes: max * entryBytes,
      stopsAt: tracks && present !== null && present > 0 ? present : null,
    }),
    atLeast({
      name: 'nf_conntrack.hashsize',
      kind: 'module-option',
      scope: 'node',
      current: conntrackValue(host, 'nf_conntrack_buckets'),
      needed: buckets,
      why: { rule: 'conntrack-hashsize', buckets, builtIn: host.conntrack.module === 'built-in' },
    }),
    establishedTimeoutSetting(basis),
    ...PROTOCOL_TIMEOUTS.map(([name, what]) =>
      leaveAlone({
        name: `net.netfilter.${name}`,
        scope: 'netns',
        current: conntrackValue(host, name),
        why: { rule: 'follows-protocol', what },
      }),
    ),
  ];
}

/** A maximum of 0 means unlimited, up to Linux 6.18. */
function conntrackMaxSetting(row: Parameters<typeof atLeast>[0]): Setting {
  const setting = atLeast(row);
  return parseFigure(row.current) === 0 ? { ...setting, action: 'enough' } : setting;
}

const PROTOCOL_TIMEOUTS = [
  ['nf_conntrack_tcp_timeout_time_wait', 'time-wait'],
  ['nf_conntrack_tcp_timeout_close_wait', 'close'],
  ['nf_conntrack_tcp_timeout_fin_wait', 'close'],
  ['nf_conntrack_tcp_timeout_last_ack', 'close'],
  ['nf_conntrack_tcp_timeout_close', 'close'],
  ['nf_conntrack_tcp_timeout_syn_sent', 'handshake'],
  ['nf_conntrack_tcp_timeout_syn_recv', 'handshake'],
] as const;

/**
 * The entry of a vanished client stays for five days by default. Where the protocol limits how long a client may be
 * silent, entries need not live longer.
 */
function establishedTimeoutSetting({ host, profile }: Basis): Setting {
  const name = 'net.netfilter.nf_conntrack_tcp_timeout_established';
  const current = currentValue(host, name);
  const nowSec = parseFigure(current);
  const { longestSilenceSec } = profile;
  const row = leaveAlone({
    name,
    scope: 'netns',
    current,
    why: { rule: 'follows-protocol', what: 'established' },
  });
  if (longestSilenceSec === null) return row;
  const needed = Math.ceil(longestSilenceSec / 1024) * 1024;
  return {
    ...row,
    needed: String(needed),
    action: nowSec === null ? 'set' : nowSec > needed ? 'lower' : 'enough',
    why: { rule: 'conntrack-silence', longestSilenceSec, nowSec },
  };
}

function timeWaitSec(host: Basis['host']): number {
  return parseFigure(conntrackValue(host, 'nf_conntrack_tcp_timeout_time_wait')) ?? TIME_WAIT_SEC;
}

function conntrackValue(host: Basis['host'], name: string): string | null {
  return currentValue(host, `net.netfilter.${name}`);
}
