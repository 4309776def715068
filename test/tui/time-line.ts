import type { Timeline, TimelineTrack } from '../../src/playback/screen-state.js';

/** The time line of one recording from 0 to `toMs` that stands at `atMs`. */
export function lineTo(toMs: number, atMs: number, track: Partial<TimelineTrack> = {}): Timeline {
  const nothing = { offsetMs: 0, fromMs: 0, toMs, changes: [], gaps: [], marks: [] };
  return { fromMs: 0, toMs, atMs, tracks: [{ ...nothing, ...track }] };
}
