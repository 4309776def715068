import type { SeriesStats, Window } from '../../model/index.js';

/** Fewer than these are no loss that anybody waits for. */
const FEWEST = 10;
/** A second and more: this is an outage for those who ask. */
const HEAVY_PER_SEC = 1;
/** Every ten seconds: it goes on, though little is lost. */
const STEADY_PER_SEC = 0.1;
const MINUTE_SEC = 60;
/** A window that is shorter is counted as if it were as long. */
const LEAST_SEC = 10;

/**
 * How fast something is lost: `heavy` is one a second or more in the busiest minute, `steady` one every ten seconds
 * or more for as long as it went on, `rare` is less, or fewer than ten: every busy host has that.
 */
export type Pace = 'heavy' | 'steady' | 'rare';

/**
 * The pace of `count` of what `series` counts (all of it where not given): an absolute number says nothing in a window
 * of an hour.
 */
export function paceOf(window: Window, series: SeriesStats | undefined, count = series?.growth ?? 0): Pace {
  const growth = series?.growth ?? 0;
  if (series === undefined || series.grew === null || growth === 0 || count < FEWEST) return 'rare';
  if (pacePerSec(window, series, count) >= HEAVY_PER_SEC) return 'heavy';
  const lastedSec = (series.grew.toMs - series.grew.fromMs + window.header.intervalMs) / 1000;
  return count / Math.max(lastedSec, watchedSec(window)) >= STEADY_PER_SEC ? 'steady' : 'rare';
}

/** How many a second in the busiest minute, of `count` of what `series` counts. */
export function pacePerSec(window: Window, series: SeriesStats | undefined, count: number): number {
  const growth = series?.growth ?? 0;
  if (series === undefined || growth === 0) return 0;
  return (series.busiestMinute * count) / growth / watchedSec(window);
}

/** The window's length, a minute at most. */
function watchedSec(window: Window): number {
  return clamp((window.toMs - window.fromMs) / 1000, LEAST_SEC, MINUTE_SEC);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
