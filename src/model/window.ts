import type {
  ElapsedMs,
  FlowsRecord,
  MetricName,
  Netns,
  SourceName,
  StreamHeader,
} from '../records/index.js';
import { createCeilings } from './ceiling-tracks.js';
import type { CeilingsBuilt, CeilingStats } from './ceiling-tracks.js';
import type { CeilingKey } from './ceilings.js';
import { createDroppedPorts, DROPPED_BY } from './dropped-ports.js';
import type { DroppedPort, DroppedPorts } from './dropped-ports.js';
import { flowGrowth } from './flows.js';
import type { FlowGrowth } from './flows.js';
import type { Frame } from './frame.js';
import { readingKey } from './reading.js';
import type { ReadingKey } from './reading.js';
import { createLimitChanges } from './limit-changes.js';
import type { LimitChange } from './limit-changes.js';
import { createListeners } from './listener-tracks.js';
import type { ListenerStats } from './listener-tracks.js';
import { createPlateaus } from './plateau.js';
import type { Plateau } from './plateau.js';
import { createSeries } from './series-tracks.js';
import type { SeriesStats, SeriesTracks } from './series-tracks.js';
import { createTaskRefusals } from './task-refusals.js';
import type { TaskRefusals } from './task-refusals.js';
import type { WindowPart } from './tracks.js';

/** When the window's frames first held what is not there from the start; `null` while it is not. */
export interface FirstLooks {
  /** The probes had attached. */
  readonly probes: ElapsedMs | null;
  /** Listeners and the processes that own them had been looked at. */
  readonly sockets: ElapsedMs | null;
}

/** A stretch of frames, folded: what diagnosis and screens read. */
export interface Window extends CeilingsBuilt {
  readonly header: StreamHeader;
  readonly fromMs: ElapsedMs;
  readonly toMs: ElapsedMs;
  readonly frameCount: number;
  readonly firstLooks: FirstLooks;
  /** The newest frame. */
  readonly last: Frame;
  readonly series: ReadonlyMap<ReadingKey, SeriesStats>;
  readonly listeners: readonly ListenerStats[];
  /** What control groups refused to the processes that listen. */
  readonly taskRefusals: readonly TaskRefusals[];
  /** The port that most SYNs dropped by netfilter were for, by namespace. */
  readonly droppedPorts: ReadonlyMap<Netns, DroppedPort>;
  /** The same of SYNs dropped by filters of tc. */
  readonly tcDroppedPorts: ReadonlyMap<Netns, DroppedPort>;
  /** Sysctls that were set to another value inside the window. */
  readonly limitChanges: readonly LimitChange[];
  /** Plateaus: connections keep being accepted while the established count stays flat. */
  readonly plateaus: readonly Plateau[];
  /** Who was refused by a full table; `null` while no detail program has said anything. */
  readonly refusedFlows: FlowGrowth | null;
  /** Who opened flows, while a detail program ran. */
  readonly openedFlows: FlowGrowth | null;
  readonly gaps: readonly {
    readonly source: SourceName;
    readonly reason: string;
    readonly atMs: ElapsedMs;
  }[];
}

/** What `name` did in `netns` over the window; `undefined` when it was never reported. */
export function seriesOf(window: Window, netns: Netns, name: MetricName): SeriesStats | undefined {
  return window.series.get(readingKey(netns, name));
}

/** What many rules ask of one window, which never changes: gone with its window. */
const namespacesOfSeries = new WeakMap<Window['series'], readonly Netns[]>();
const ceilingsByKey = new WeakMap<Window['ceilings'], ReadonlyMap<CeilingKey, CeilingStats>>();

/** Every namespace in which any figure of the window was reported. */
export function namespacesOf({ series }: Window): readonly Netns[] {
  let namespaces = namespacesOfSeries.get(series);
  if (namespaces === undefined) {
    const all = new Set<Netns>();
    for (const { netns } of series.values()) all.add(netns);
    namespaces = [...all];
    namespacesOfSeries.set(series, namespaces);
  }
  return namespaces;
}

/** The ceiling of a key in the newest frame; `undefined` where there is none. */
export function ceilingOf({ ceilings }: Window, key: CeilingKey): CeilingStats | undefined {
  let byKey = ceilingsByKey.get(ceilings);
  if (byKey === undefined) {
    byKey = new Map(ceilings.map((ceiling) => [ceiling.key, ceiling]));
    ceilingsByKey.set(ceilings, byKey);
  }
  return byKey.get(key);
}

/** Folds frames into a window one at a time, so that a day need not be held in memory. */
export interface WindowBuilder {
  add(frame: Frame): void;
  /** The window so far, a snapshot; `null` before the first frame. */
  build(): Window | null;
  /** An independent copy that continues from here. */
  clone(): WindowBuilder;
}

/** What a builder has folded so far. */
interface Folded {
  readonly series: SeriesTracks;
  readonly ceilings: WindowPart<CeilingsBuilt>;
  readonly listeners: WindowPart<readonly ListenerStats[]>;
  readonly plateaus: WindowPart<readonly Plateau[]>;
  readonly taskRefusals: WindowPart<readonly TaskRefusals[]>;
  readonly droppedPorts: DroppedPorts;
  readonly tcDroppedPorts: DroppedPorts;
  readonly limitChanges: WindowPart<readonly LimitChange[]>;
  readonly gaps: { source: SourceName; reason: string; atMs: ElapsedMs }[];
  readonly fromMs: ElapsedMs;
  readonly firstFlows: FlowsRecord | null;
  readonly firstLooks: FirstLooks;
  readonly frameCount: number;
  readonly last: Frame | null;
}

/** Starts a window that `add` grows frame by frame. */
export function createWindow(header: StreamHeader): WindowBuilder {
  return resumeWindow(header, {
    series: createSeries(),
    ceilings: createCeilings(),
    listeners: createListeners(),
    plateaus: createPlateaus(),
    taskRefusals: createTaskRefusals(),
    droppedPorts: createDroppedPorts(DROPPED_BY.netfilter),
    tcDroppedPorts: createDroppedPorts(DROPPED_BY.tc),
    limitChanges: createLimitChanges(),
    gaps: [],
    fromMs: 0,
    firstFlows: null,
    firstLooks: { probes: null, sockets: null },
    frameCount: 0,
    last: null,
  });
}

function resumeWindow(header: StreamHeader, folded: Folded): WindowBuilder {
  const { series, ceilings, listeners, plateaus, taskRefusals, limitChanges, gaps } = folded;
  const { droppedPorts, tcDroppedPorts } = folded;
  const parts = [
    series,
    ceilings,
    listeners,
    plateaus,
    taskRefusals,
    droppedPorts,
    tcDroppedPorts,
    limitChanges,
  ];
  let { fromMs, firstFlows, firstLooks, frameCount, last } = folded;

  return {
    add(frame) {
      if (last === null) {
        fromMs = frame.elapsedMs;
        firstFlows = frame.flows;
      }
      firstLooks = updateFirstLooks(firstLooks, frame);
      for (const part of parts) part.add(frame, last);
      for (const gap of frame.gaps) gaps.push({ ...gap, atMs: frame.elapsedMs });
      frameCount += 1;
      last = frame;
    },
    build() {
      if (last === null) return null;
      return {
        header,
        fromMs,
        toMs: last.elapsedMs,
        frameCount,
        firstLooks,
        last,
        series: series.build(last),
        ...ceilings.build(last),
        listeners: listeners.build(last),
        taskRefusals: taskRefusals.build(last),
        droppedPorts: droppedPorts.build(last),
        tcDroppedPorts: tcDroppedPorts.build(last),
        limitChanges: limitChanges.build(last),
        plateaus: plateaus.build(last),
        refusedFlows: flowGrowth('refused', firstFlows, fromMs, last.flows),
        openedFlows: flowGrowth('opened', firstFlows, fromMs, last.flows),
        gaps: [...gaps],
      };
    },
    clone: () =>
      resumeWindow(header, {
        series: series.clone(),
        ceilings: ceilings.clone(),
        listeners: listeners.clone(),
        plateaus: plateaus.clone(),
        taskRefusals: taskRefusals.clone(),
        droppedPorts: droppedPorts.clone(),
        tcDroppedPorts: tcDroppedPorts.clone(),
        limitChanges: limitChanges.clone(),
        gaps: [...gaps],
        fromMs,
        firstFlows,
        firstLooks,
        frameCount,
        last,
      }),
  };
}

function updateFirstLooks({ probes, sockets }: FirstLooks, frame: Frame): FirstLooks {
  if (probes !== null && sockets !== null) return { probes, sockets };
  const attached =
    frame.coverage === null
      ? Array.from(frame.readings.values()).some(({ source }) => source === 'bpftrace')
      : frame.coverage.probes === 'attached';
  const looked = frame.listeners.length > 0 || frame.processes.length > 0;
  return {
    probes: probes ?? (attached ? frame.elapsedMs : null),
    sockets: sockets ?? (looked ? frame.elapsedMs : null),
  };
}

/** The window over `frames`; `null` when there are none. */
export function windowOf(header: StreamHeader, frames: Iterable<Frame>): Window | null {
  const builder = createWindow(header);
  for (const frame of frames) builder.add(frame);
  return builder.build();
}
