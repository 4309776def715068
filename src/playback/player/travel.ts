import type { ElapsedMs } from '../../records/index.js';
import type { Fleet } from '../fleet.js';
import { outOfRangeNotice } from '../time/out-of-range.js';
import { parseMoment } from '../time/seek.js';
import { shownMoment } from './player-state.js';
import type { PlayerState } from './player-state.js';

/** Stands at a moment. */
export function holdAt(state: PlayerState, shownMs: ElapsedMs): PlayerState {
  return { ...state, shownMs, motion: 'held' };
}

/** Stands at the moment nearest to what was asked for, and says when that is the edge of what there is. */
function holdAtNearest(state: PlayerState, fleet: Fleet, wantedMs: ElapsedMs): PlayerState {
  return {
    ...holdAt(state, fleet.snap(wantedMs)),
    notice: outOfRangeNotice(fleet, state.mode, wantedMs),
  };
}

/** Stands at the end of what is read until the moment asked for is, or another key comes. */
function awaitMoment(state: PlayerState, fleet: Fleet, wantedMs: ElapsedMs, to: string | null): PlayerState {
  return { ...holdAt(state, fleet.toMs), awaitedMs: wantedMs, notice: { kind: 'reading-on', to } };
}

/** Goes to the moment that was awaited when it has been read; `null` when it has not. */
export function goToAwaited(state: PlayerState, fleet: Fleet): PlayerState | null {
  const { awaitedMs, loading } = state;
  if (awaitedMs === null || (loading && fleet.toMs < awaitedMs)) return null;
  const arrived = { ...state, awaitedMs: null };
  return awaitedMs === Number.POSITIVE_INFINITY
    ? { ...holdAt(arrived, fleet.toMs), notice: null }
    : holdAtNearest(arrived, fleet, awaitedMs);
}

/** Whether what lies beyond the last moment is only not read yet. */
function hasUnread({ loading, growing }: PlayerState): boolean {
  return loading && !growing;
}

/** Goes to a time as it was typed. */
export function goToTime(state: PlayerState, fleet: Fleet, text: string): PlayerState {
  const wantedMs = parseMoment(fleet, shownMoment(state, fleet), text);
  if (wantedMs === null) return { ...state, notice: { kind: 'not-a-time', text } };
  return hasUnread(state) && wantedMs > fleet.toMs
    ? awaitMoment(state, fleet, wantedMs, text)
    : holdAtNearest(state, fleet, wantedMs);
}

/** Begins at a time as it was typed; even what grows is read up to it first. */
export function startAt(state: PlayerState, fleet: Fleet, text: string): PlayerState {
  const wantedMs = parseMoment(fleet, fleet.fromMs, text);
  if (wantedMs === null) return { ...state, notice: { kind: 'not-a-time', text } };
  return state.loading && wantedMs > fleet.toMs
    ? awaitMoment(state, fleet, wantedMs, text)
    : holdAtNearest(state, fleet, wantedMs);
}

/** Goes to the beginning or to the end, and plays on from there if it played. */
export function goToEdge(state: PlayerState, fleet: Fleet, to: 'start' | 'end'): PlayerState {
  if (to === 'end' && state.growing) return { ...state, motion: 'following' };
  if (to === 'end' && hasUnread(state)) return awaitMoment(state, fleet, Number.POSITIVE_INFINITY, null);
  const shownMs = to === 'start' ? fleet.fromMs : fleet.toMs;
  return state.motion === 'following' ? holdAt(state, shownMs) : { ...state, shownMs };
}

/** Goes to the next change of the verdict, or to the one before. */
export function goToChange(state: PlayerState, fleet: Fleet, direction: 1 | -1): PlayerState {
  const changeMs = fleet.change(shownMoment(state, fleet), direction, state.openHost);
  if (changeMs !== null) return holdAt(state, changeMs);
  const soFar = direction === 1 && hasUnread(state);
  return { ...state, notice: { kind: 'no-verdict-change', direction, soFar } };
}

/** Goes so many frames on, or back when negative. */
export function stepFrames(state: PlayerState, fleet: Fleet, frames: number): PlayerState {
  return holdAt(state, fleet.step(shownMoment(state, fleet), frames));
}
