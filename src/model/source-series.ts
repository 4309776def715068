import { metricKind } from '../records/index.js';
import type { ElapsedMs, MetricKind, MetricName, Netns, SampleRecord, SourceName } from '../records/index.js';
import { packFigures, unpackFigures } from './fold-state.js';
import type { FoldState, SeriesState } from './fold-state.js';
import { readingKey } from './reading.js';
import type { Reading } from './reading.js';
import { createReadings } from './readings.js';
import type { Readings } from './readings.js';

/**
 * A source that has been silent for this many intervals has no current rate, and its levels are unknown: a
 * container that ended would stand at its last level for ever. Its counters and limits stay as last reported.
 */
const STALE_INTERVALS = 3;

/**
 * Two samples closer together than this (or a quarter of an interval) give no rate: at its end a stream is read once
 * more, and a few packets in 35 ms are no pace. The rate before stands.
 */
const SHORTEST_MS = 250;

const NO_PROBE_SAMPLES = { now: null, before: null } as const;

/** One figure of a source. Its readings are replaced, never changed, so that frames share them. */
interface Figure {
  /** Where it stands among the readings of a frame. */
  readonly slot: number;
  readonly kind: MetricKind;
  reading: Reading;
  /** The reading while its source is silent; `null` until a frame needs it. */
  staleReading: Reading | null;
  /** The sample that reported it last. */
  lastSampleSeq: number;
}

/** What one source reports of one namespace. */
interface SourceSeries {
  readonly source: SourceName;
  readonly netns: Netns;
  /** If two sources report the same figure, the later one wins. */
  readonly order: number;
  /** `null` before its first sample and after a gap. */
  lastMs: ElapsedMs | null;
  /** How long its last sample holds; `null` where it does not say. */
  holdsMs: number | null;
  /** As frames have it now. */
  isStale: boolean;
  readonly figures: Map<MetricName, Figure>;
  /** The names of the figures, for states to share; `null` when a figure was added since. */
  names: readonly MetricName[] | null;
}

/** The figures of all sources and namespaces: samples in, readings out. */
export interface SeriesFolder {
  takeSample(sample: SampleRecord): void;
  /** Rates across the gap are unknown: the next sample of the source is a first one. */
  takeGap(source: SourceName): void;
  /** The readings of a frame; what a silent source reported last is stale. */
  readingsAt(elapsedMs: ElapsedMs): Readings;
  state(): Pick<FoldState, 'series' | 'probeSamples'>;
}

/**
 * Starts without figures, or where a state stands. This is the one place where cumulative counters are differenced: a
 * rate is the growth between two samples of the same source over the time between *them*, so that a late sample does
 * not distort it. A first sample has no rate, a counter that went backwards (reset, 32-bit wrap) has none for that
 * interval, and a gap has none.
 */
export function createSeriesFolder(intervalMs: number, from: FoldState | null): SeriesFolder {
  const allSeries = new Map<string, SourceSeries>();
  const readings = createReadings();
  /** Whose reading stands at each slot. */
  const owners: { readonly figure: Figure; readonly order: number }[] = [];
  const staleMs = STALE_INTERVALS * intervalMs;
  /** Series with samples or gaps since the last frame. */
  const touched = new Set<SourceSeries>();
  /** No other series becomes stale before this time; frames only move forward. */
  let nextStaleMs = Number.NEGATIVE_INFINITY;
  let frameMs = Number.NEGATIVE_INFINITY;
  let sampleSeq = 0;
  // The probes report every namespace that they know at the same time: in this sample, and in the one before.
  let probeSamples: FoldState['probeSamples'] = from?.probeSamples ?? NO_PROBE_SAMPLES;

  for (const state of from?.series ?? []) {
    const series = findSeries(state.source, state.netns);
    series.lastMs = state.lastMs;
    series.holdsMs = state.holdsMs;
    for (const reading of unpackFigures(state)) addFigure(series, reading);
    series.names = state.names;
    touched.add(series);
  }

  function findSeries(source: SourceName, netns: Netns): SourceSeries {
    const key = `${source}:${netns}`;
    let series = allSeries.get(key);
    if (series === undefined) {
      series = {
        source,
        netns,
        order: allSeries.size,
        lastMs: null,
        holdsMs: null,
        isStale: false,
        figures: new Map(),
        names: null,
      };
      allSeries.set(key, series);
    }
    return series;
  }

  function addFigure(series: SourceSeries, reading: Reading): void {
    const { name, netns } = reading;
    const slot = readings.slotOf(readingKey(netns, name), name);
    series.names = null;
    const kind = metricKind(name);
    const figure = { slot, kind, reading, staleReading: null, lastSampleSeq: sampleSeq };
    series.figures.set(name, figure);
    if ((owners[slot]?.order ?? -1) < series.order) owners[slot] = { figure, order: series.order };
  }

  /** When the series becomes stale; without a sample it is. */
  function freshUntilMs({ lastMs, holdsMs }: SourceSeries): ElapsedMs {
    return lastMs === null ? Number.NEGATIVE_INFINITY : lastMs + Math.max(staleMs, holdsMs ?? 0);
  }

  function showSeries(series: SourceSeries, isStale: boolean): void {
    series.isStale = isStale;
    for (const figure of series.figures.values())
      if (owners[figure.slot]?.figure === figure)
        readings.put(figure.slot, isStale ? staleReadingOf(figure) : figure.reading);
  }

  /** When the counters of this sample began to grow: at the sample before it. */
  function findBaseMs(series: SourceSeries, { source, elapsedMs }: SampleRecord): ElapsedMs | null {
    if (source !== 'bpftrace') return series.lastMs;
    if (elapsedMs !== probeSamples.now) probeSamples = { now: elapsedMs, before: probeSamples.now };
    // A namespace that the probes report for the first time was at 0 when they last reported others.
    return series.lastMs ?? probeSamples.before;
  }

  return {
    takeSample(sample) {
      const { source, netns, elapsedMs, values, holdsMs } = sample;
      const series = findSeries(source, netns);
      touched.add(series);
      const baseMs = findBaseMs(series, sample);
      const elapsedSec = baseMs === null ? 0 : (elapsedMs - baseMs) / 1000;
      const isShort = elapsedSec > 0 && elapsedSec * 1000 < Math.min(SHORTEST_MS, intervalMs / 4);
      sampleSeq += 1;
      for (const name of Object.keys(values) as MetricName[]) {
        const value = values[name] ?? null;
        const known = series.figures.get(name);
        const countsFromZero = known === undefined && source === 'bpftrace' && baseMs !== null;
        const before = countsFromZero ? 0 : (known?.reading.value ?? null);
        const growth = before === null || value === null ? null : value - before;
        const hasRate = growth !== null && growth >= 0 && elapsedSec > 0 && metricKind(name) === 'counter';
        const measured = hasRate ? growth / elapsedSec : null;
        const perSec = isShort && hasRate ? (known?.reading.perSec ?? null) : measured;
        if (known === undefined) addFigure(series, { name, netns, source, value, perSec });
        else {
          replaceReading(known, value, perSec);
          known.lastSampleSeq = sampleSeq;
        }
      }
      // What the sample leaves out has not changed.
      for (const figure of series.figures.values()) {
        if (figure.lastSampleSeq === sampleSeq) continue;
        // Too short for a rate: the one before stands, as for what is reported again.
        if (isShort) continue;
        const { value } = figure.reading;
        const isStill = figure.kind === 'counter' && value !== null && elapsedSec > 0;
        replaceReading(figure, value, isStill ? 0 : null);
      }
      series.lastMs = elapsedMs;
      series.holdsMs = holdsMs ?? null;
    },
    takeGap(source) {
      for (const series of allSeries.values()) {
        if (series.source !== source) continue;
        series.lastMs = null;
        touched.add(series);
        for (const figure of series.figures.values()) replaceReading(figure, figure.reading.value, null);
      }
      if (source === 'bpftrace') probeSamples = NO_PROBE_SAMPLES;
    },
    readingsAt(elapsedMs) {
      const isDue = elapsedMs > nextStaleMs || elapsedMs < frameMs;
      if (isDue) nextStaleMs = Number.POSITIVE_INFINITY;
      for (const series of isDue ? allSeries.values() : touched) {
        const freshMs = freshUntilMs(series);
        const isStale = elapsedMs > freshMs;
        if (!isStale) nextStaleMs = Math.min(nextStaleMs, freshMs);
        if (isStale !== series.isStale || touched.has(series)) showSeries(series, isStale);
      }
      touched.clear();
      frameMs = elapsedMs;
      return readings.snapshot();
    },
    state: () => ({ series: Array.from(allSeries.values(), seriesState), probeSamples }),
  };
}

/** Gives a figure another reading; frames that have the one before keep it. */
function replaceReading(figure: Figure, value: number | null, perSec: number | null): void {
  const { reading } = figure;
  if (reading.value === value && reading.perSec === perSec) return;
  const { name, netns, source } = reading;
  figure.reading = { name, netns, source, value, perSec };
  figure.staleReading = null;
}

function staleReadingOf(figure: Figure): Reading {
  const { kind, reading } = figure;
  figure.staleReading ??= { ...reading, value: kind === 'gauge' ? null : reading.value, perSec: null };
  return figure.staleReading;
}

function seriesState(series: SourceSeries): SeriesState {
  series.names ??= [...series.figures.keys()];
  const figures = packFigures(series.names.length, series.figures.values());
  const { source, netns, lastMs, holdsMs, names } = series;
  return { source, netns, lastMs, holdsMs, names, figures };
}
