import type { Span, Window } from '../../model/index.js';

/** Intervals without growth after which a thing that was going on is called ended. */
const QUIET_INTERVALS = 5;

/** The end of a span: `null` while it goes on (it grew within the last five intervals of the window). */
export function endedAt(window: Window, span: Span): number | null {
  return window.toMs - span.toMs > QUIET_INTERVALS * window.header.intervalMs ? span.toMs : null;
}
