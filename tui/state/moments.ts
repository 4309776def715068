import { isNear, STANDARD_THRESHOLDS } from '../../src/diagnose/index.js';
import type { Finding } from '../../src/diagnose/index.js';
import { ceilingOf, formatClock, formatDuration, formatShare } from '../../src/render/index.js';
import type { ElapsedMs, Netns } from '../../src/records/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

/** The moment shown. */
export function nowMs(state: ScreenState): ElapsedMs {
  return state.frames.at(-1)?.elapsedMs ?? 0;
}

/** The moment shown, wall clock; of several hosts the common one. */
export function shownAtMs(state: ScreenState): number | undefined {
  return state.hosts?.atMs ?? state.frames.at(-1)?.atMs;
}

/** Time of day of a moment of the stream. */
export function clockAt(state: ScreenState, elapsedMs: ElapsedMs): string {
  return state.header === null ? '--:--:--' : formatClock(state.header.startedAtMs + elapsedMs);
}

/** The host's own namespace. */
export function hostNetns(state: ScreenState): Netns | null {
  return state.header?.netns ?? null;
}

/**
 * `since 20:40:51, 16 s`, or when it ended. Near its limit a ceiling may refuse nothing only because nothing is tried:
 * then it is not called recovered.
 */
export function sinceWords(state: ScreenState, finding: Finding): string {
  const since = finding.sinceMs;
  const now = nowMs(state);
  if (finding.untilMs === null && finding.sinceStart === true)
    return `already under way when ctdiag started (${clockAt(state, since)})`;
  if (finding.untilMs === null)
    return `since ${clockAt(state, since)}, ${formatDuration((now - since) / 1000)}`;
  const quiet = formatDuration((now - finding.untilMs) / 1000);
  const span = `${clockAt(state, since)} to ${clockAt(state, finding.untilMs)}`;
  const ceiling = state.window === null ? undefined : ceilingOf(state.window, finding);
  return ceiling !== undefined && isNear(ceiling, state.thresholds ?? STANDARD_THRESHOLDS)
    ? `${span}; no refusals for ${quiet}, still ${formatShare(ceiling.share)} used`
    : `${span}, recovered ${quiet} ago`;
}
