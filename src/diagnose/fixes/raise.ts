import type { CeilingStats, Window } from '../../model/index.js';
import { seriesOf } from '../../model/index.js';
import { kernelDefault } from '../../limits/index.js';
import { NODE_WIDE } from '../../records/index.js';
import type { MetricName } from '../../records/index.js';

/**
 * What a sysctl is to be raised to: `wanted`, or the kernel's own value for this host, or what it was earlier in the
 * window, whichever is most. A limit that was set far too low is not fixed by a multiple of it.
 */
export function raisedTo(window: Window, name: MetricName, wanted: number): number {
  const earlier = seriesOf(window, NODE_WIDE, name)?.max ?? 0;
  return Math.max(wanted, earlier, ...defaultOf(window, name));
}

/** The figures of the kernel's own value of a sysctl on this host; none where they are not known. */
export function defaultOf(window: Window, name: string): number[] {
  const { header } = window;
  const cpus = window.last.settings?.cpus ?? null;
  const found = kernelDefault(name, { ...header, cpus, hashsize: null });
  return found === null ? [] : found.value.split(/\s+/).map(Number).filter(Number.isSafeInteger);
}

/** It is over, and the limit was raised since it was hit: then nothing is left to raise. A raised limit may be hit anew. */
export function wasRaisedSince(
  { peak, limit }: Pick<CeilingStats, 'peak' | 'limit'>,
  untilMs: number | null,
): boolean {
  return untilMs !== null && peak !== null && limit !== null && limit > peak.limit;
}
