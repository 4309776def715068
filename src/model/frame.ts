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
import { readingKey } from './reading.js';
import type { Reading } from './reading.js';
import type { Readings } from './readings.js';

/** The state of the host at the end of one interval. A snapshot: never changed once made. */
export interface Frame {
  readonly elapsedMs: ElapsedMs;
  /** Wall clock, milliseconds since the epoch. */
  readonly atMs: number;
  readonly readings: Readings;
  readonly listeners: readonly Listener[];
  readonly processes: readonly ProcessUse[];
  /** Who is refused and who opens flows; `null` while the detail program has said nothing. */
  readonly flows: FlowsRecord | null;
  /** Who uses most local ports; `null` before the first look. */
  readonly ports: PortsRecord | null;
  /** Names of namespaces, for people. */
  readonly netnsLabels: ReadonlyMap<Netns, string>;
  /** Where the limits are set; `null` while nothing has been read of it (captures of older versions). */
  readonly settings: SettingsRecord | null;
  /** `null` until a source has said what it covers. */
  readonly coverage: CoverageRecord | null;
  /** What a person noted since the frame before. */
  readonly marks: readonly MarkRecord[];
  /** Gaps that touched this frame. */
  readonly gaps: readonly { readonly source: SourceName; readonly reason: string }[];
}

/** The reading of `name` in `netns`; `undefined` when no source ever reported it. */
export function readingOf(frame: Frame, netns: Netns, name: MetricName): Reading | undefined {
  return frame.readings.get(readingKey(netns, name));
}
