import type {
  CoverageRecord,
  ElapsedMs,
  FlowsRecord,
  Listener,
  MarkRecord,
  MetricName,
  Netns,
  PortsRecord,
  ProcessUse,
  SettingsRecord,
  SourceName,
} from '../records/index.js';
import type { Reading } from './reading.js';

/** What one source had reported of one namespace. */
export interface SeriesState {
  readonly source: SourceName;
  readonly netns: Netns;
  /** `null` before its first sample and after a gap. */
  readonly lastMs: ElapsedMs | null;
  /** How long its last sample holds; `null` where it does not say. */
  readonly holdsMs: number | null;
  /** Shared by the states in which no figure came. */
  readonly names: readonly MetricName[];
  /** Value and rate of each name, side by side; NaN where unknown. A day has thousands of states: no object for each. */
  readonly figures: Float64Array;
}

/** The state of a fold between two frames: a fold started from it continues exactly as the first would. */
export interface FoldState {
  readonly series: readonly SeriesState[];
  /** When the probes reported last, and the time before. */
  readonly probeSamples: { readonly now: ElapsedMs | null; readonly before: ElapsedMs | null };
  readonly netnsLabels: ReadonlyMap<Netns, string>;
  readonly listeners: readonly Listener[];
  readonly processes: readonly ProcessUse[];
  readonly flows: FlowsRecord | null;
  readonly ports: PortsRecord | null;
  readonly coverage: CoverageRecord | null;
  readonly settings: SettingsRecord | null;
  readonly marks: readonly MarkRecord[];
  readonly gaps: readonly { readonly source: SourceName; readonly reason: string }[];
}

/** Values and rates as a state holds them. */
export function packFigures(count: number, figures: Iterable<{ readonly reading: Reading }>): Float64Array {
  const packed = new Float64Array(count * 2);
  let index = 0;
  for (const { reading } of figures) {
    packed[index] = reading.value ?? NaN;
    packed[index + 1] = reading.perSec ?? NaN;
    index += 2;
  }
  return packed;
}

/** The readings that a state was made of. */
export function unpackFigures({ source, netns, names, figures }: SeriesState): Reading[] {
  return names.map((name, index) => ({
    name,
    netns,
    source,
    value: nullIfNaN(figures[2 * index]),
    perSec: nullIfNaN(figures[2 * index + 1]),
  }));
}

function nullIfNaN(number = NaN): number | null {
  return Number.isNaN(number) ? null : number;
}
