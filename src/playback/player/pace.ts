import type { ElapsedMs } from '../../records/index.js';
import type { Fleet } from '../fleet.js';
import { holdAt } from './travel.js';
import { shownMoment } from './player-state.js';
import type { PlayerState, Step } from './player-state.js';

/** The speeds that keys step through, against the recording; the last plays every frame without waiting. */
const SPEEDS: readonly number[] = [
  0.1,
  0.25,
  0.5,
  1,
  2,
  5,
  10,
  25,
  50,
  100,
  250,
  500,
  1000,
  Number.POSITIVE_INFINITY,
];
/** A gap in the recording is not waited out: the next frame comes after this at the latest. */
const LONGEST_WAIT_MS = 2000;
/** The screen is not drawn more often; higher speeds leave frames out. */
const SHORTEST_WAIT_MS = 33;

/** Takes the next speed up or down. */
export function changeSpeed(state: PlayerState, change: 'faster' | 'slower'): PlayerState {
  // Live there is nothing ahead of now to play faster to; behind it there is.
  if (state.motion === 'following') return { ...state, notice: { kind: 'no-live-speed' } };
  const { speed } = state;
  const next =
    change === 'faster' ? SPEEDS.find((value) => value > speed) : SPEEDS.findLast((value) => value < speed);
  return {
    ...state,
    speed: next ?? speed,
    motion: state.mode === 'live' ? 'playing' : state.motion,
    notice: next === undefined ? { kind: 'speed-at-limit', change } : state.notice,
  };
}

/** Holds what plays; plays what is held, or live goes back to now. */
export function toggleHold(state: PlayerState, fleet: Fleet): PlayerState {
  if (state.motion !== 'held') return holdAt(state, shownMoment(state, fleet));
  if (state.mode === 'live') return { ...state, motion: 'following' };
  // At the end, play starts over: that is what is meant.
  const atEnd = state.shownMs >= fleet.toMs && !state.growing;
  return { ...state, motion: 'playing', shownMs: atEnd ? fleet.fromMs : state.shownMs };
}

/** When the frame `nextMs` is due, and how long is waited at least. */
function waitFor({ shownMs, speed }: PlayerState, nextMs: ElapsedMs): { dueMs: number; waitMs: number } {
  const dueMs = Math.min((nextMs - shownMs) / speed, LONGEST_WAIT_MS);
  return { dueMs, waitMs: speed === Number.POSITIVE_INFINITY ? 0 : Math.max(dueMs, SHORTEST_WAIT_MS) };
}

/** Waits for the next moment, or ends playing where there is none. */
export function playOn(before: PlayerState, fleet: Fleet): Step {
  const state = { ...before, waitingForFrames: false };
  if (state.motion !== 'playing') return { state, effects: [{ kind: 'stop-waiting' }] };
  const nextMs = fleet.next(state.shownMs);
  if (nextMs !== null) return { state, effects: [{ kind: 'wait', waitMs: waitFor(state, nextMs).waitMs }] };
  if (state.loading && !state.growing)
    return { state: { ...state, waitingForFrames: true }, effects: [{ kind: 'stop-waiting' }] };
  return {
    state: { ...state, motion: state.growing ? 'following' : 'held' },
    effects: [{ kind: 'stop-waiting' }, { kind: 'draw' }],
  };
}

/** Shows the moment that is due, and those that a high speed left out with it. */
export function showDue(state: PlayerState, fleet: Fleet): PlayerState {
  const nextMs = fleet.next(state.shownMs);
  if (nextMs === null || state.motion !== 'playing') return state;
  const { dueMs, waitMs } = waitFor(state, nextMs);
  const shownMs =
    dueMs < waitMs ? Math.max(nextMs, fleet.snap(state.shownMs + waitMs * state.speed)) : nextMs;
  return { ...state, shownMs };
}
