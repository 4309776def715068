import type { MetricName, Netns, SourceName } from '../records/index.js';

/** One figure in one frame. */
export interface Reading {
  readonly name: MetricName;
  readonly netns: Netns;
  readonly source: SourceName;
  /** The figure now; cumulative for counters. `null` is unknown, which is not 0. */
  readonly value: number | null;
  /** Growth per second of a counter over its last two samples; `null` without two, across a gap, or after a reset. */
  readonly perSec: number | null;
}

/** `netns:metric`. */
export type ReadingKey = `${Netns}:${MetricName}`;

/** The key of a metric in a namespace. */
export function readingKey(netns: Netns, name: MetricName): ReadingKey {
  return `${netns}:${name}`;
}
