import type { Since } from '../../capture/index.js';
import { parseDuration } from './durations.js';
import { timeNear } from './seek.js';

/** The part of a recording that is asked for: times as a person writes them, `null` for open ends. */
export interface TimeSpan {
  readonly from: string | null;
  readonly to: string | null;
}

/** A point on the wall clock, or so long before the end of the recording. */
type Edge = { readonly atMs: number } | { readonly beforeEndMs: number } | { readonly clock: string };

/** Whether `text` is a time: `-10m` before the end, `20:41` or `20:41:07` on its last day, or ISO 8601. */
export function isTime(text: string): boolean {
  return edgeOf(text) !== null;
}

function edgeOf(text: string): Edge | null {
  const beforeEndMs = text.startsWith('-') ? parseDuration(text.slice(1)) : null;
  if (beforeEndMs !== null) return { beforeEndMs };
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const atMs = Date.parse(text);
    return Number.isNaN(atMs) ? null : { atMs };
  }
  return !text.startsWith('+') && timeNear(0, text) !== null ? { clock: text } : null;
}

/** What of a ring need not be read for `span`; `null` when that cannot be told before reading. */
export function sinceOf(span: TimeSpan): Since | null {
  const edge = span.from === null ? null : edgeOf(span.from);
  if (edge === null || 'clock' in edge) return null;
  return 'atMs' in edge ? edge : { lastMs: edge.beforeEndMs };
}

/** Whether `span` means the same moments whatever a recording ends at. */
export function isFixed({ from, to }: TimeSpan): boolean {
  return [from, to].every((text) => {
    const edge = text === null ? null : edgeOf(text);
    return edge === null || 'atMs' in edge;
  });
}

/** `span` as wall clock, in a recording that ends at `endMs`. */
export function spanIn(span: TimeSpan, endMs: number): { readonly fromMs: number; readonly toMs: number } {
  const at = (text: string): number => {
    const edge = edgeOf(text);
    if (edge === null) return Number.NaN;
    if ('atMs' in edge) return edge.atMs;
    return 'beforeEndMs' in edge ? endMs - edge.beforeEndMs : (timeNear(endMs, edge.clock) ?? Number.NaN);
  };
  const fromMs = span.from === null ? Number.NEGATIVE_INFINITY : at(span.from);
  const toMs = span.to === null ? Number.POSITIVE_INFINITY : at(span.to);
  if (span.from === null || !isClock(span.from) || !(fromMs > endMs)) return { fromMs, toMs };
  // A recording that runs past midnight: a start after its end was on the day before, and perhaps the end as well.
  const startMs = dayBefore(fromMs);
  const isEndEarlier = span.to !== null && isClock(span.to) && dayBefore(toMs) >= startMs;
  return { fromMs: startMs, toMs: isEndEarlier ? dayBefore(toMs) : toMs };
}

function isClock(text: string): boolean {
  const edge = edgeOf(text);
  return edge !== null && 'clock' in edge;
}

function dayBefore(ms: number): number {
  const at = new Date(ms);
  at.setDate(at.getDate() - 1);
  return at.getTime();
}
