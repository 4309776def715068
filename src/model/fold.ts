import type {
  CoverageRecord,
  ElapsedMs,
  FlowsRecord,
  Listener,
  MarkRecord,
  Netns,
  PortsRecord,
  ProcessUse,
  SettingsRecord,
  SourceName,
  StreamHeader,
  StreamRecord,
} from '../records/index.js';
import type { FoldState } from './fold-state.js';
import type { Frame } from './frame.js';
import { createSeriesFolder } from './source-series.js';

/** Turns records into frames: feed every record in order, a frame comes back at each tick. */
export interface Fold {
  /** Takes one record; returns the finished frame when the record ends an interval. */
  push(record: StreamRecord): Frame | null;
  /** Records of unknown type seen so far. */
  readonly unknownRecords: number;
  /** Its state now, which shares what it can with other states. */
  state(): FoldState;
}

/** Starts a fold, new or from a state. */
export function createFold(header: StreamHeader, from: FoldState | null = null): Fold {
  const series = createSeriesFolder(header.intervalMs, from);
  let netnsLabels: ReadonlyMap<Netns, string> = from?.netnsLabels ?? new Map<Netns, string>();
  let listeners: readonly Listener[] = from?.listeners ?? [];
  let processes: readonly ProcessUse[] = from?.processes ?? [];
  let flows: FlowsRecord | null = from?.flows ?? null;
  let ports: PortsRecord | null = from?.ports ?? null;
  let coverage: CoverageRecord | null = from?.coverage ?? null;
  let settings: SettingsRecord | null = from?.settings ?? null;
  let marks: MarkRecord[] = [...(from?.marks ?? [])];
  let unknownRecords = 0;
  let gaps: { source: SourceName; reason: string }[] = [...(from?.gaps ?? [])];

  function takeGap(source: SourceName, reason: string): void {
    gaps.push({ source, reason });
    series.takeGap(source);
  }

  function frameAt(elapsedMs: ElapsedMs): Frame {
    const frame: Frame = {
      elapsedMs,
      atMs: header.startedAtMs + elapsedMs,
      readings: series.readingsAt(elapsedMs),
      listeners,
      processes,
      flows,
      ports,
      netnsLabels,
      settings,
      coverage,
      marks,
      gaps,
    };
    marks = [];
    gaps = [];
    return frame;
  }

  return {
    get unknownRecords() {
      return unknownRecords;
    },
    state: () => ({
      ...series.state(),
      netnsLabels,
      listeners,
      processes,
      flows,
      ports,
      coverage,
      settings,
      marks: [...marks],
      gaps: [...gaps],
    }),
    push(record) {
      switch (record.type) {
        case 'sample':
          series.takeSample(record);
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
        case 'ports':
          ports = record;
          return null;
        case 'netns':
          if (netnsLabels.get(record.netns) !== record.label)
            netnsLabels = new Map(netnsLabels).set(record.netns, record.label);
          return null;
        case 'coverage':
          coverage = record;
          return null;
        case 'settings':
          settings = record;
          return null;
        case 'gap':
          takeGap(record.source, record.reason);
          return null;
        case 'dropped':
          for (const source of ['kernel', 'bpftrace'] as const)
            takeGap(
              source,
              `${record.records} records dropped: the disk or reader of the recording was slow`,
            );
          return null;
        case 'mark':
          marks.push(record);
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
