import { atLeast, currentOf, figure, leave, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import { closedWithin } from '../target.js';
import type { Basis } from '../target.js';

/** A quarter more: entries of handshakes that came to nothing, of other services, of a bad day. */
const SPARE = 1.25;
/** nf_conntrack_tcp_timeout_time_wait of every kernel. */
const TIME_WAIT_SEC = 120;
/** One pointer each (struct hlist_nulls_head). */
const BUCKET_BYTES = 8;
/** kmalloc-128, taken by an entry that is counted, timed or translated (struct nf_ct_ext). */
const EXTENSION_BYTES = 128;
/** One page of pointers: what the kernel rounds the table up to. */
const BUCKETS_PER_PAGE = 512;

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
  // One entry for each bucket: each entry stands in two chains, original and reply.
  const buckets = Math.ceil(max / BUCKETS_PER_PAGE) * BUCKETS_PER_PAGE;
  const entryBytes = entryBytesOf(host);
  return { max, buckets, entryBytes, bytes: max * entryBytes + buckets * BUCKET_BYTES };
}

/** What one entry takes of this kernel's memory. */
function entryBytesOf(host: Basis['host']): number {
  const extended =
    host.rules.nat ||
    ['nf_conntrack_acct', 'nf_conntrack_timestamp'].some((name) => (figure(conntrack(host, name)) ?? 0) > 0);
  return (host.slabBytes['nf_conntrack'] ?? 256) + (extended ? EXTENSION_BYTES : 0);
}

/** The table and its timeouts. Its maximum is one for the node, though each namespace counts for itself. */
export function conntrackSettings(basis: Basis): Setting[] {
  const { target, host } = basis;
  const { max, buckets, entryBytes } = conntrackSize(basis);
  const present = figure(conntrack(host, 'nf_conntrack_max'));
  const presentBuckets = figure(conntrack(host, 'nf_conntrack_buckets'));
  const perBucketNow =
    present === null || presentBuckets === null || presentBuckets === 0 ? null : present / presentBuckets;
  const tracks = host.conntrack.module !== 'absent';
  return [
    atLeast({
      name: 'net.netfilter.nf_conntrack_buckets',
      scope: 'node',
      current: conntrack(host, 'nf_conntrack_buckets'),
      needed: buckets,
      why: { rule: 'conntrack-buckets', max, perBucketNow },
      costBytes: buckets * BUCKET_BYTES,
    }),
    unlimitedIsEnough({
      name: 'net.netfilter.nf_conntrack_max',
      scope: 'node',
      current: conntrack(host, 'nf_conntrack_max'),
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
      current: conntrack(host, 'nf_conntrack_buckets'),
      needed: buckets,
      why: { rule: 'conntrack-hashsize', buckets, builtIn: host.conntrack.module === 'built-in' },
    }),
    established(basis),
    ...PROTOCOL_TIMEOUTS.map(([name, what]) =>
      leave({
        name: `net.netfilter.${name}`,
        scope: 'netns',
        current: conntrack(host, name),
        why: { rule: 'follows-protocol', what },
      }),
    ),
  ];
}

/** A maximum of 0 is none, up to Linux 6.18. */
function unlimitedIsEnough(row: Parameters<typeof atLeast>[0]): Setting {
  const setting = atLeast(row);
  return figure(row.current) === 0 ? { ...setting, action: 'enough' } : setting;
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
 * A client that vanishes leaves its entry for five days. Where the protocol says how long a client may be silent,
 * an entry need not live longer.
 */
function established({ host, profile }: Basis): Setting {
  const name = 'net.netfilter.nf_conntrack_tcp_timeout_established';
  const current = currentOf(host, name);
  const nowSec = figure(current);
  const { longestSilenceSec } = profile;
  const row = leave({
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
  return figure(conntrack(host, 'nf_conntrack_tcp_timeout_time_wait')) ?? TIME_WAIT_SEC;
}

function conntrack(host: Basis['host'], name: string): string | null {
  return currentOf(host, `net.netfilter.${name}`);
}
