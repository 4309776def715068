import { metricKind, NODE_WIDE } from '../records/index.js';
import type {
  CoverageRecord,
  ElapsedMs,
  FlowsRecord,
  Listener,
  MetricName,
  Netns,
  ProcessUse,
  SampleRecord,
  SourceName,
  StreamHeader,
  StreamRecord,
} from '../records/index.js';
import { readingKey } from './frame.js';
import type { Frame, Reading, ReadingKey } from './frame.js';

/** A source that has been silent for this many intervals has no current rate. */
const STALE_INTERVALS = 3;

interface Series {
  readonly netns: Netns;
  readonly name: MetricName;
  readonly source: SourceName;
  value: number | null;
  perSec: number | null;
}

/** Turns records into frames: feed every record in order, a frame comes back at each tick. */
export interface Fold {
  /** Takes one record; returns the finished frame when the record ends an interval. */
  push(record: StreamRecord): Frame | null;
  /** Records of unknown type seen so far. */
  readonly unknownRecords: number;
}

/**
 * Starts a fold. This is the one place where cumulative counters are differenced: a rate is the growth
 * between two samples of the same source over the time between *them*, so a late sample does not
 * distort it. A first sample has no rate, a counter that went backwards (reset, 32-bit wrap) has none
 * for that interval, and a gap has none.
 */
export function createFold(header: StreamHeader): Fold {
  const series = new Map<ReadingKey, Series>();
  const lastSampleMs = new Map<string, ElapsedMs>();
  const firstProbeSample = { seen: false, elapsedMs: 0 };
  const netnsLabels = new Map<Netns, string>();
  let listeners: readonly Listener[] = [];
  let processes: readonly ProcessUse[] = [];
  let flows: FlowsRecord | null = null;
  let coverage: CoverageRecord | null = null;
  let gaps: { source: SourceName; reason: string }[] = [];
  let unknownRecords = 0;

  const sampleKey = (source: SourceName, netns: Netns): string => `${source}:${netns}`;

  function takeSample(record: SampleRecord): void {
    const key = sampleKey(record.source, record.netns);
    // A namespace that the probes name for the first time was at 0 when they last reported others.
    const sinceMs =
      lastSampleMs.get(key) ??
      (record.source === 'bpftrace' && firstProbeSample.seen ? firstProbeSample.elapsedMs : undefined);
    const elapsedSec = sinceMs === undefined ? 0 : (record.elapsedMs - sinceMs) / 1000;

    for (const one of series.values()) {
      if (one.source !== record.source || one.netns !== record.netns) continue;
      if (metricKind(one.name) !== 'counter' || Object.hasOwn(record.values, one.name)) continue;
      one.perSec = one.value === null || elapsedSec <= 0 ? null : 0;
    }
    for (const [name, value] of Object.entries(record.values) as [MetricName, number | null][]) {
      const seriesKey = readingKey(record.netns, name);
      const known = series.get(seriesKey);
      const before = known?.value ?? (record.source === 'bpftrace' && sinceMs !== undefined ? 0 : null);
      const grown = before === null || value === null ? null : value - before;
      const perSec =
        metricKind(name) !== 'counter' || grown === null || grown < 0 || elapsedSec <= 0
          ? null
          : grown / elapsedSec;
      series.set(seriesKey, { netns: record.netns, name, source: record.source, value, perSec });
    }
    lastSampleMs.set(key, record.elapsedMs);
    if (record.source === 'bpftrace') {
      firstProbeSample.seen = true;
      firstProbeSample.elapsedMs = record.elapsedMs;
    }
  }

  function takeGap(source: SourceName, reason: string): void {
    gaps.push({ source, reason });
    for (const one of series.values()) if (one.source === source) one.perSec = null;
    // Differences across the gap would spread its growth over one interval: start anew.
    for (const key of [...lastSampleMs.keys()]) if (key.startsWith(`${source}:`)) lastSampleMs.delete(key);
    if (source === 'bpftrace') firstProbeSample.seen = false;
  }

  function frameAt(elapsedMs: ElapsedMs): Frame {
    const staleMs = STALE_INTERVALS * header.intervalMs;
    const readings = new Map<ReadingKey, Reading>();
    for (const [key, one] of series) {
      const seenMs = lastSampleMs.get(sampleKey(one.source, one.netns));
      // The node-wide limits are re-sent only when they change; a level does not go stale, a rate does.
      const stale = one.netns !== NODE_WIDE && (seenMs === undefined || elapsedMs - seenMs > staleMs);
      readings.set(key, { ...one, perSec: stale ? null : one.perSec });
    }
    const frame: Frame = {
      elapsedMs,
      atMs: header.startedAtMs + elapsedMs,
      readings,
      listeners,
      processes,
      flows,
      netnsLabels: new Map(netnsLabels),
      coverage,
      gaps,
    };
    gaps = [];
    return frame;
  }

  return {
    get unknownRecords() {
      return unknownRecords;
    },
    push(record) {
      switch (record.type) {
        case 'sample':
          takeSample(record);
          return null;
        case 'tick':
          return frameAt(record.elapsedMs);
        case 'listeners':
          listeners = record.listeners;
          return null;
        case 'processes':
          processes = record.processes;
          return null;
        case 'flows':
          flows = record;
          return null;
        case 'netns':
          netnsLabels.set(record.netns, record.label);
          return null;
        case 'coverage':
          coverage = record;
          return null;
        case 'gap':
          takeGap(record.source, record.reason);
          return null;
        case 'end':
          return null;
        case 'unknown':
          unknownRecords += 1;
          return null;
      }
    },
  };
}
