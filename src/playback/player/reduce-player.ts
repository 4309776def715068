import type { Fleet } from '../fleet.js';
import type { Notice } from '../notice.js';
import type { LoadProgress, ScreenCommand } from '../screen-state.js';
import { changeSpeed, playOn, showDue, toggleHold } from './pace.js';
import { shownMoment } from './player-state.js';
import type { PlayerEffect, PlayerEvent, PlayerState, Step } from './player-state.js';
import { goToAwaited, goToChange, goToTime, holdAt, goToEdge, stepFrames } from './travel.js';

const DRAW: PlayerEffect = { kind: 'draw' };

/** What an event makes of a player; `fleet` is what there is to show by then. */
export function reducePlayer(state: PlayerState, event: PlayerEvent, fleet: Fleet): Step {
  switch (event.kind) {
    case 'command':
      // Without a moment there is nowhere to go, but why there is none stands on the page of each host.
      return fleet.isEmpty && event.command.kind !== 'open-host'
        ? { state, effects: [] }
        : reduceCommand(state, event.command, fleet);
    case 'frame-added':
      return addFrame(state, event.progress, fleet);
    case 'ended':
      return endOfFrames({ ...state, endNotice: event.notice }, fleet);
    case 'notified':
      return { state: { ...state, notice: event.notice }, effects: [DRAW] };
    case 'frame-due':
      return drawAndPlayOn(showDue(state, fleet), fleet);
  }
}

function drawAndPlayOn(state: PlayerState, fleet: Fleet, first: readonly PlayerEffect[] = []): Step {
  const next = playOn(rememberShown(state, fleet), fleet);
  return {
    state: next.state,
    effects: [...first, DRAW, ...next.effects.filter(({ kind }) => kind !== 'draw')],
  };
}

/** Remembers the moment that is drawn: what follows the newest frame goes on from there. */
function rememberShown(state: PlayerState, fleet: Fleet): PlayerState {
  return { ...state, shownMs: shownMoment(state, fleet) };
}

function reduceCommand(before: PlayerState, command: ScreenCommand, fleet: Fleet): Step {
  if (command.kind === 'write-report' || command.kind === 'list-entries' || command.kind === 'quit')
    return { state: before, effects: [] };
  // Any key has read the last notice, and stays where an awaited moment would have left.
  const state: PlayerState = { ...before, notice: null, awaitedMs: null };
  switch (command.kind) {
    case 'noticed':
      return { state, effects: [DRAW] };
    case 'toggle-freeze':
      return drawAndPlayOn(toggleHold(state, fleet), fleet);
    case 'step':
      return drawAndPlayOn(stepFrames(state, fleet, command.frames), fleet);
    case 'jump':
      return drawAndPlayOn(goToEdge(state, fleet, command.to), fleet);
    case 'verdict-change':
      return drawAndPlayOn(goToChange(state, fleet, command.direction), fleet);
    case 'go-to':
      return drawAndPlayOn(goToTime(state, fleet, command.time), fleet);
    case 'speed':
      return drawAndPlayOn(changeSpeed(state, command.change), fleet);
    case 'open-host':
      return drawAndPlayOn(fleet.recordings.length > 1 ? { ...state, openHost: command.host } : state, fleet);
    case 'toggle-recording':
      return state.canRecord
        ? drawAndPlayOn(state, fleet, [{ kind: 'toggle-recording' }])
        : drawAndPlayOn({ ...state, notice: noRecording(state, 'recording') }, fleet);
    case 'mark':
      return state.canRecord
        ? drawAndPlayOn(state, fleet, [{ kind: 'mark', note: command.note }])
        : drawAndPlayOn({ ...state, notice: noRecording(state, 'mark') }, fleet);
  }
}

/** Why there is nothing to record, or to put a mark in. */
function noRecording({ mode }: PlayerState, what: 'recording' | 'mark'): Notice {
  if (mode === 'live') return { kind: 'not-of-other-hosts', what };
  return { kind: what === 'mark' ? 'marks-are-live-only' : 'replay-is-recorded' };
}

function addFrame(before: PlayerState, progress: LoadProgress | null, fleet: Fleet): Step {
  const hasRisen = before.loading && shownProgress(progress) !== shownProgress(before.progress);
  // Kept as it is shown: each frame reads a little more than the last.
  const state = hasRisen ? { ...before, progress } : before;
  const arrived = goToAwaited(state, fleet);
  // Held live, how far behind now that is grows.
  const draws = arrived !== null || hasRisen || state.motion === 'following' || state.mode === 'live';
  return resumeWhereStarved(arrived ?? state, fleet, draws);
}

function endOfFrames(before: PlayerState, fleet: Fleet): Step {
  const state: PlayerState = { ...before, growing: false, loading: false, progress: null };
  const arrived = goToAwaited(state, fleet) ?? state;
  const stopped = arrived.motion === 'following' ? holdAt(arrived, shownMoment(arrived, fleet)) : arrived;
  return resumeWhereStarved(stopped, fleet, true);
}

/** Plays on what waited for more to be read. */
function resumeWhereStarved(state: PlayerState, fleet: Fleet, draws: boolean): Step {
  const drawn: readonly PlayerEffect[] = draws ? [DRAW] : [];
  const shown = draws ? rememberShown(state, fleet) : state;
  if (!shown.waitingForFrames) return { state: shown, effects: drawn };
  const next = playOn(shown, fleet);
  return { state: next.state, effects: [...drawn, ...next.effects] };
}

/** What of the progress is seen: the screen is drawn again when that changes. */
function shownProgress(progress: LoadProgress | null): string {
  if (progress === null) return '';
  const { readBytes, totalBytes, captures } = progress;
  if (captures !== undefined) return `${captures.whole} of ${captures.all}`;
  return totalBytes === null ? `${readBytes >> 20} M` : `${Math.floor((100 * readBytes) / totalBytes)} %`;
}
