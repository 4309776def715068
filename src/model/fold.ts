import { metricKind } from '../records/index.js';
import type {
  CoverageRecord,
  ElapsedMs,
  FlowsRecord,
  Listener,
  MarkRecord,
  MetricKind,
  MetricName,
  Netns,
  PortsRecord,
  ProcessUse,
  SampleRecord,
  SettingsRecord,
  SourceName,
  StreamHeader,
  StreamRecord,
} from '../records/index.js';
import { figuresOf, readingsOf } from './fold-state.js';
import type { FoldState, StrandState } from './fold-state.js';
import { readingKey } from './frame.js';
import { Readings } from './readings.js';
import type { Frame, Reading, ReadingKey } from './frame.js';

/**
 * A source that has been silent for this many intervals has no current rate, and its levels are unknown: a
 * container that ended would stand at its last level for ever. Its counters and limits stay as last told.
 */
const STALE_INTERVALS = 3;

const NO_MOMENTS = { now: null, before: null } as const;

/**
 * Two samples nearer to each other than this (or a quarter of an interval) give no rate: at its end a stream is read
 * once more, and a few packets in 35 ms are no pace. The rate before stands.
 */
const SHORTEST_MS = 250;

/** One figure of a strand. Its readings are replaced, never changed, so that frames share them. */
interface Figure {
  readonly place: number;
  readonly kind: MetricKind;
  reading: Reading;
  /** The reading while its source is silent; `null` until that is asked for. */
  hushed: Reading | null;
  /** The sample that told it last. */
  toldIn: number;
}

/** What one source says of one namespace. */
interface Strand {
  readonly source: SourceName;
  readonly netns: Netns;
  /** `null` before its first sample and after a gap. */
  lastMs: ElapsedMs | null;
  /** How long its last sample holds; `null` where it does not say. */
  holdsMs: number | null;
  readonly figures: Map<MetricName, Figure>;
  /** The names of the figures, for states to share; `null` when a figure has come since. */
  names: readonly MetricName[] | null;
}

/** Turns records into frames: feed every record in order, a frame comes back at each tick. */
export interface Fold {
  /** Takes one record; returns the finished frame when the record ends an interval. */
  push(record: StreamRecord): Frame | null;
  /** Records of unknown type seen so far. */
  readonly unknownRecords: number;
  /** Where it stands now; what can be shared with other states is. */
  state(): FoldState;
}

/**
 * Starts a fold. This is the one place where cumulative counters are differenced: a rate is the growth
 * between two samples of the same source over the time between *them*, so a late sample does not
 * distort it. A first sample has no rate, a counter that went backwards (reset, 32-bit wrap) has none
 * for that interval, and a gap has none.
 */
export function createFold(header: StreamHeader, from: FoldState | null = null): Fold {
  const strands = new Map<string, Strand>();
  let places = new Map<ReadingKey, number>();
  /** Frames have the places: a new figure needs a copy of them. */
  let placesShared = false;
  let samples = 0;
  // The probes report every namespace that they know at one moment: this one, and the one before.
  let probeMoments: FoldState['probeMoments'] = from?.probeMoments ?? NO_MOMENTS;
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

  for (const strandState of from?.strands ?? []) {
    const strand = strandOf(strandState.source, strandState.netns);
    strand.lastMs = strandState.lastMs;
    strand.holdsMs = strandState.holdsMs;
    for (const reading of readingsOf(strandState)) addFigure(strand, reading);
    strand.names = strandState.names;
  }

  function strandOf(source: SourceName, netns: Netns): Strand {
    const key = `${source}:${netns}`;
    let strand = strands.get(key);
    if (strand === undefined) {
      strand = { source, netns, lastMs: null, holdsMs: null, figures: new Map(), names: null };
      strands.set(key, strand);
    }
    return strand;
  }

  function placeOf(key: ReadingKey): number {
    const known = places.get(key);
    if (known !== undefined) return known;
    if (placesShared) places = new Map(places);
    placesShared = false;
    places.set(key, places.size);
    return places.size - 1;
  }

  function addFigure(strand: Strand, reading: Reading): void {
    const { name, netns } = reading;
    const place = placeOf(readingKey(netns, name));
    strand.names = null;
    strand.figures.set(name, { place, kind: metricKind(name), reading, hushed: null, toldIn: samples });
  }

  /** Gives a figure another reading; frames that have the one before keep it. */
  function replace(figure: Figure, value: number | null, perSec: number | null): void {
    const { reading } = figure;
    if (reading.value === value && reading.perSec === perSec) return;
    const { name, netns, source } = reading;
    figure.reading = { name, netns, source, value, perSec };
    figure.hushed = null;
  }

  function takeSample({ source, netns, elapsedMs, values, holdsMs }: SampleRecord): void {
    const strand = strandOf(source, netns);
    const ofProbes = source === 'bpftrace';
    if (ofProbes && elapsedMs !== probeMoments.now)
      probeMoments = { now: elapsedMs, before: probeMoments.now };
    // A namespace that the probes name for the first time was at 0 when they last reported others.
    const sinceMs = strand.lastMs ?? (ofProbes ? probeMoments.before : null);
    const elapsedSec = sinceMs === null ? 0 : (elapsedMs - sinceMs) / 1000;
    const isShort = elapsedSec > 0 && elapsedSec * 1000 < Math.min(SHORTEST_MS, header.intervalMs / 4);
    samples += 1;
    for (const name of Object.keys(values) as MetricName[]) {
      const value = values[name] ?? null;
      const known = strand.figures.get(name);
      const fromZero = known === undefined && ofProbes && sinceMs !== null;
      const before = fromZero ? 0 : (known?.reading.value ?? null);
      const grown = before === null || value === null ? null : value - before;
      const isRate = grown !== null && grown >= 0 && elapsedSec > 0 && metricKind(name) === 'counter';
      const measured = isRate ? grown / elapsedSec : null;
      const perSec = isShort && isRate ? (known?.reading.perSec ?? null) : measured;
      if (known === undefined) addFigure(strand, { name, netns, source, value, perSec });
      else {
        replace(known, value, perSec);
        known.toldIn = samples;
      }
    }
    // What was left out stands as it was.
    for (const figure of strand.figures.values()) {
      if (figure.toldIn === samples) continue;
      const { value, perSec } = figure.reading;
      if (isShort && perSec !== null) continue;
      replace(figure, value, figure.kind === 'counter' && value !== null && elapsedSec > 0 ? 0 : null);
    }
    strand.lastMs = elapsedMs;
    strand.holdsMs = holdsMs ?? null;
  }

  function takeGap(source: SourceName, reason: string): void {
    gaps.push({ source, reason });
    // Differences across the gap would spread its growth over one interval: start anew.
    for (const strand of strands.values()) {
      if (strand.source !== source) continue;
      strand.lastMs = null;
      for (const figure of strand.figures.values()) replace(figure, figure.reading.value, null);
    }
    if (source === 'bpftrace') probeMoments = NO_MOMENTS;
  }

  function frameAt(elapsedMs: ElapsedMs): Frame {
    const staleMs = STALE_INTERVALS * header.intervalMs;
    const list = new Array<Reading>(places.size);
    for (const { lastMs, holdsMs, figures } of strands.values()) {
      const silent = lastMs === null || elapsedMs - lastMs > Math.max(staleMs, holdsMs ?? 0);
      for (const figure of figures.values()) list[figure.place] = silent ? hushed(figure) : figure.reading;
    }
    placesShared = true;
    const frame: Frame = {
      elapsedMs,
      atMs: header.startedAtMs + elapsedMs,
      readings: new Readings(places, list),
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
      strands: Array.from(strands.values(), strandState),
      probeMoments,
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

function strandState(strand: Strand): StrandState {
  strand.names ??= [...strand.figures.keys()];
  const figures = figuresOf(strand.names.length, strand.figures.values());
  const { source, netns, lastMs, holdsMs, names } = strand;
  return { source, netns, lastMs, holdsMs, names, figures };
}

function hushed(figure: Figure): Reading {
  const { kind, reading } = figure;
  figure.hushed ??= { ...reading, value: kind === 'gauge' ? null : reading.value, perSec: null };
  return figure.hushed;
}
