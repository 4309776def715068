import type { MetricName } from '../../records/index.js';
import type { Frame } from '../../model/index.js';

/** How the figures of a capture are written for other programs. */
export type ExportFormat = 'csv' | 'ndjson' | 'openmetrics';

/** Writes figures piece by piece, frame by frame in the order of time. */
export interface SeriesExport {
  readonly begin: string;
  /** The text of one frame; empty for OpenMetrics, which groups samples by metric and comes at the end. */
  frame(frame: Frame): string;
  /** The rest of this pass. */
  end(): Iterable<string>;
  /** Metrics that did not fit in memory in this pass: another pass over the same frames exports them. */
  readonly deferred: ReadonlySet<MetricName>;
}

/** For formats that need one pass only. */
export const NONE_DEFERRED: ReadonlySet<MetricName> = new Set();

/** Lines with their newlines; empty for a frame without figures. */
export function joinLines(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** The wall clock of a frame, ISO 8601 in UTC. */
export function formatTime(frame: Frame): string {
  return new Date(frame.atMs).toISOString();
}
