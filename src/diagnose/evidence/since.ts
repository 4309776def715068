import type { CeilingStats, Span, Window } from '../../model/index.js';

/** Intervals without growth after which a thing that was going on is called ended. */
const QUIET_INTERVALS = 5;
/** A level that has fallen this far is relieved, however short a time ago. */
const RELIEVED_SHARE = 0.5;

/** The end of a span: `null` while it goes on (it grew within the last five intervals of the window). */
export function findEnd(window: Window, span: Span): number | null {
  return window.toMs - span.toMs > QUIET_INTERVALS * window.header.intervalMs ? span.toMs : null;
}

/** The same where a level stands at its limit: then it is not over, the next one is refused, whether one comes or not. */
export function findEndUnlessFull(
  window: Window,
  span: Span,
  ceiling: Pick<CeilingStats, 'share'> | undefined,
): number | null {
  return (ceiling?.share ?? 0) >= 1 ? null : findEnd(window, span);
}

/** The same of what the level alone tells, which is over as soon as it has fallen, or its limit was raised. */
export function findEndOfLevel(
  window: Window,
  span: Span,
  ceiling: Pick<CeilingStats, 'share'> | undefined,
): number | null {
  const relieved = ceiling?.share != null && ceiling.share < RELIEVED_SHARE && span.toMs < window.toMs;
  return relieved ? span.toMs : findEndUnlessFull(window, span, ceiling);
}
