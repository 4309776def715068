import type { Finding } from '../src/diagnose/index.js';
import { formatClock, formatDuration } from '../src/render/index.js';
import type { ElapsedMs, Netns } from '../src/records/index.js';
import type { ScreenState } from './screen-state.js';

/** The moment shown. */
export function nowMs(state: ScreenState): ElapsedMs {
  return state.frames.at(-1)?.elapsedMs ?? 0;
}

/** Time of day of a moment of the stream. */
export function clockAt(state: ScreenState, elapsedMs: ElapsedMs): string {
  return state.header === null ? '--:--:--' : formatClock(state.header.startedAtMs + elapsedMs);
}

/** The namespace that needs no naming. */
export function hostNetns(state: ScreenState): Netns | null {
  return state.header?.netns ?? null;
}

/** `since 20:40:51, 16 s`, or when it ended. */
export function sinceWords(state: ScreenState, finding: Finding): string {
  const since = finding.sinceMs;
  const now = nowMs(state);
  return finding.untilMs === null
    ? `since ${clockAt(state, since)}, ${formatDuration((now - since) / 1000)}`
    : `${clockAt(state, since)} to ${clockAt(state, finding.untilMs)}, over for ${formatDuration((now - finding.untilMs) / 1000)}`;
}
