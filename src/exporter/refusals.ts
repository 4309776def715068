import type { Frame, ReadingKey } from '../model/index.js';
import type { MetricName, SourceName } from '../records/index.js';

/** A cause of refusals and the counters that tell of it. */
export interface Refusal {
  readonly cause: string;
  readonly source: SourceName;
  readonly metrics: readonly MetricName[];
}

/** Causes are named as findings are, where a counter means that finding alone. */
export const REFUSALS: readonly Refusal[] = [
  { cause: 'conntrack-table-full', source: 'bpftrace', metrics: ['probe.table_full'] },
  // The kernel has one counter for a full table and for inserts that failed.
  { cause: 'conntrack-drop', source: 'kernel', metrics: ['nf_conntrack.drop'] },
  { cause: 'conntrack-insert-failed', source: 'bpftrace', metrics: ['probe.insert_failed'] },
  { cause: 'conntrack-insert-failed', source: 'kernel', metrics: ['nf_conntrack.insert_failed'] },
  {
    cause: 'accept-queue-overflow',
    source: 'bpftrace',
    metrics: ['probe.accept_overflow_syn', 'probe.accept_overflow_ack'],
  },
  { cause: 'accept-queue-overflow', source: 'kernel', metrics: ['TcpExt.ListenOverflows'] },
  { cause: 'syn-queue-overflow', source: 'bpftrace', metrics: ['probe.syn_queue_drop'] },
  { cause: 'syn-queue-overflow', source: 'kernel', metrics: ['TcpExt.TCPReqQFullDrop'] },
  { cause: 'process-fd-limit', source: 'bpftrace', metrics: ['probe.accept_emfile'] },
  { cause: 'system-file-limit', source: 'bpftrace', metrics: ['probe.accept_enfile'] },
  {
    cause: 'ephemeral-ports-exhausted',
    source: 'bpftrace',
    metrics: ['probe.connect_eaddrnotavail', 'probe.bind_no_port'],
  },
  { cause: 'netfilter-drop', source: 'bpftrace', metrics: ['probe.netfilter_drop_syn'] },
  { cause: 'tc-drop', source: 'bpftrace', metrics: ['probe.tc_drop_syn'] },
  {
    cause: 'neighbour-table-overflow',
    source: 'kernel',
    metrics: ['arp_cache.table_fulls', 'ndisc_cache.table_fulls'],
  },
  { cause: 'netdev-backlog-drop', source: 'kernel', metrics: ['softnet.dropped'] },
  { cause: 'reverse-path-filter', source: 'kernel', metrics: ['TcpExt.IPReversePathFilter'] },
  {
    cause: 'cloud-conntrack-allowance',
    source: 'kernel',
    metrics: ['ena.conntrack_allowance_exceeded'],
  },
  {
    cause: 'cloud-network-allowance',
    source: 'kernel',
    metrics: [
      'ena.pps_allowance_exceeded',
      'ena.bw_in_allowance_exceeded',
      'ena.bw_out_allowance_exceeded',
      'ena.linklocal_allowance_exceeded',
    ],
  },
];

const COUNTED: ReadonlySet<MetricName> = new Set(REFUSALS.flatMap(({ metrics }) => metrics));

/** What one cause refused, as one source counts it. */
export interface RefusedTotal {
  readonly refusal: Refusal;
  /** Since the exporter started, in all namespaces. */
  readonly total: number;
}

/** Adds up refusals over all namespaces, frame by frame: a sum of raw counters would shrink as a namespace goes. */
export interface RefusedTotals {
  add(frame: Frame): void;
  /** Only of causes that the newest frame knows a counter of. */
  known(): RefusedTotal[];
}

/** Starts at 0 for every cause. */
export function createRefusedTotals(): RefusedTotals {
  const totals = new Map<MetricName, number>();
  const lastValues = new Map<ReadingKey, number>();
  let last: Frame | null = null;

  function isKnown(metric: MetricName): boolean {
    return last !== null && [...last.readings.named(metric)].some(({ value }) => value !== null);
  }

  return {
    add(frame) {
      const isFirst = last === null;
      frame.readings.forEachChange(last?.readings ?? null, ({ name, source, value }, key) => {
        if (value === null || !COUNTED.has(name)) return;
        // A probe's counter starts at 0 when it attaches: one that appears later has grown by all of its value.
        const start = source === 'bpftrace' && !isFirst ? 0 : value;
        const grown = Math.max(0, value - (lastValues.get(key) ?? start));
        lastValues.set(key, value);
        totals.set(name, (totals.get(name) ?? 0) + grown);
      });
      last = frame;
    },
    known: () =>
      REFUSALS.flatMap((refusal) => {
        const known = refusal.metrics.filter(isKnown);
        const total = known.reduce((sum, metric) => sum + (totals.get(metric) ?? 0), 0);
        return known.length === 0 ? [] : [{ refusal, total }];
      }),
  };
}
