import type { BpftraceRecord, BpftraceValue, MapEntry } from 'bpftrace-output-parser';
import { metricKind } from '../../records/index.js';
import type { MetricName, Netns } from '../../records/index.js';
import type { Hook } from './hooks.js';
import { TICK } from './compose.js';
import { listenerAddress } from './address.js';

/** A stamped level stands below this, the time that it was set at above. */
const STAMP = 65_536;

/** What the probes know of one listener, since they attached. */
export interface ListenerTotals {
  readonly netns: Netns;
  readonly inode: number;
  readonly port: number;
  readonly address: string;
  overflows: number;
  backlog: number | null;
  queue: number | null;
}

/** A complete print of all maps. */
export interface ProbeSample {
  /** bpftrace's own clock at the print, nanoseconds; `null` for the last print at exit. */
  readonly clockNs: bigint | null;
  readonly totals: ReadonlyMap<Netns, ReadonlyMap<MetricName, number>>;
  readonly listeners: readonly ListenerTotals[];
}

/** Gathers the maps of one program's output into samples. */
export interface TotalsReader {
  /** Takes a record; returns a sample when the record completes one. */
  take(record: BpftraceRecord): ProbeSample | null;
  /** What was printed since the last tick, at the exit of bpftrace; `null` when nothing was. */
  finish(): ProbeSample | null;
  readonly lostEvents: number;
}

/** Counters of one run of bpftrace: cumulative there, and kept so here, whatever order the maps arrive in. */
export function createTotalsReader(hooks: readonly Hook[]): TotalsReader {
  const metricOf = new Map(hooks.flatMap((hook) => Object.entries(hook.totals)));
  const errnoMaps = new Map(hooks.flatMap((hook) => Object.entries(hook.errnoTotals ?? {})));
  for (const [name, { all, byErrno }] of errnoMaps) {
    metricOf.set(name, all);
    for (const [errno, metric] of Object.entries(byErrno)) metricOf.set(`${name},${errno}`, metric);
  }
  const stampedMaps = new Map(hooks.flatMap((hook) => Object.entries(hook.stamped ?? {})));
  for (const [map, metric] of stampedMaps) metricOf.set(map, metric);
  const listenerMaps = new Set(hooks.flatMap((hook) => hook.listenerMaps));
  /** Map name → namespace → count, as last printed. */
  const maps = new Map<string, Map<Netns, number>>();
  const listeners = new Map<string, Map<string, ListenerTotals>>();
  let lostEvents = 0;
  let changedSinceTick = false;

  function takeMap(name: string, entries: readonly MapEntry[]): void {
    const errnoMap = errnoMaps.get(name);
    if (errnoMap !== undefined) {
      for (const errno of Object.keys(errnoMap.byErrno))
        maps.set(
          `${name},${errno}`,
          countsOf(entries, (text) => text === errno),
        );
      maps.set(
        name,
        countsOf(entries, () => true),
      );
      changedSinceTick = true;
    } else if (metricOf.has(name)) {
      const counts = new Map(entries.flatMap(namespaceCount));
      if (stampedMaps.has(name)) for (const [netns, value] of counts) counts.set(netns, value % STAMP);
      maps.set(name, counts);
      changedSinceTick = true;
    } else if (listenerMaps.has(name)) {
      takeListeners(name, entries);
      changedSinceTick = true;
    }
  }

  function takeListeners(name: string, entries: readonly MapEntry[]): void {
    const [, kind = '', suffix = ''] = /^@accept_(overflow|backlog|queue)(_v[46])?$/.exec(name) ?? [];
    let known = listeners.get(suffix);
    if (known === undefined) {
      known = new Map<string, ListenerTotals>();
      listeners.set(suffix, known);
    }
    for (const { key, value } of entries) {
      const count = exactCount(value);
      const parts = key.map(Number);
      if (count === null || parts.length !== 8 || !parts.every(Number.isSafeInteger)) continue;
      const id = key.join(',');
      let listenerTotals = known.get(id);
      if (listenerTotals === undefined) {
        const [netns = 0, inode = 0, port = 0, family = 0, ...words] = parts;
        listenerTotals = {
          netns,
          inode,
          port,
          address: listenerAddress(family, words),
          overflows: 0,
          backlog: null,
          queue: null,
        };
        known.set(id, listenerTotals);
      }
      if (kind === 'overflow') listenerTotals.overflows = count;
      else if (kind === 'backlog') listenerTotals.backlog = count;
      else listenerTotals.queue = count;
    }
  }

  function sample(clockNs: bigint | null): ProbeSample {
    changedSinceTick = false;
    const totals = new Map<Netns, Map<MetricName, number>>();
    const namespaces = new Set([...maps.values()].flatMap((counts) => [...counts.keys()]));
    for (const netns of namespaces) {
      const figures = new Map<MetricName, number>();
      // Every hooked metric is known for every namespace that is known: what was not counted is 0.
      for (const [map, metric] of metricOf) {
        const figure = maps.get(map)?.get(netns);
        // A level that no event has set yet is unknown.
        if (figure === undefined && metricKind(metric) === 'gauge') continue;
        figures.set(metric, (figures.get(metric) ?? 0) + (figure ?? 0));
      }
      totals.set(netns, figures);
    }
    return { clockNs, totals, listeners: mergeListeners(listeners) };
  }

  return {
    get lostEvents() {
      return lostEvents;
    },
    take(record) {
      switch (record.type) {
        case 'map':
          takeMap(record.name, record.entries);
          return null;
        case 'printf': {
          const match = new RegExp(`^${TICK} (\\d+)\n$`).exec(record.data);
          return match?.[1] === undefined ? null : sample(BigInt(match[1]));
        }
        case 'lost_events':
          lostEvents += exactCount(record.events) ?? 0;
          return null;
        default:
          return null;
      }
    },
    finish() {
      return changedSinceTick ? sample(null) : null;
    },
  };
}

/** One listener overflows at the SYN and at the ACK: the two are one figure. */
function mergeListeners(
  listeners: ReadonlyMap<string, ReadonlyMap<string, ListenerTotals>>,
): ListenerTotals[] {
  const all = new Map<string, ListenerTotals>();
  for (const part of listeners.values()) {
    for (const [id, listenerTotals] of part) {
      const known = all.get(id);
      if (known === undefined) all.set(id, { ...listenerTotals });
      else {
        known.overflows += listenerTotals.overflows;
        known.backlog = listenerTotals.backlog ?? known.backlog;
        known.queue = Math.max(known.queue ?? 0, listenerTotals.queue ?? 0);
      }
    }
  }
  return [...all.values()];
}

/** Of a map of (namespace, errno) → count: the sums by namespace of the errnos that are wanted. */
function countsOf(entries: readonly MapEntry[], wanted: (errno: string) => boolean): Map<Netns, number> {
  const sums = new Map<Netns, number>();
  for (const entry of entries) {
    const [netns, errno] = entry.key;
    if (entry.key.length !== 2 || netns === undefined || !wanted(String(errno))) continue;
    for (const [namespace, count] of namespaceCount({ ...entry, key: [netns] }))
      sums.set(namespace, (sums.get(namespace) ?? 0) + count);
  }
  return sums;
}

function namespaceCount({ key, value }: MapEntry): [Netns, number][] {
  const netns = key.length === 1 ? Number(key[0]) : Number.NaN;
  const count = exactCount(value);
  return Number.isSafeInteger(netns) && netns >= 0 && count !== null ? [[netns, count]] : [];
}

function exactCount(value: BpftraceValue): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
