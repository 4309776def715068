import type { Fleet } from './fleet.js';
import type { Notice } from './notice.js';
import { playOn } from './player/pace.js';
import { noticeAt, shownMoment } from './player/player-state.js';
import type { PlayerEffect, PlayerEvent, PlayerState, Step } from './player/player-state.js';
import { reducePlayer } from './player/reduce-player.js';
import { startAt } from './player/travel.js';
import type { LoadProgress, Screen, ScreenCommand, ScreenState } from './screen-state.js';

/** What is recorded to, while live. */
export interface Recorder {
  /** The file, `null` when nothing is recorded. */
  readonly path: string | null;
  /** Starts or stops. */
  toggle(): Notice;
  /** Puts a note among the records. */
  mark(note: string): Notice;
}

export interface PlayerOptions {
  readonly fleet: Fleet;
  readonly mode: 'live' | 'replay';
  readonly screen: Pick<Screen, 'update'>;
  /** Whether frames still come, and the newest is to be shown as it comes. */
  readonly follow: boolean;
  readonly speed: number;
  /** The rest of a capture is still being read: until `ended`, the last frame is not the end. */
  readonly loading?: boolean;
  /** How much of it has been read, where that is worth showing. */
  readonly progress?: () => LoadProgress | null;
  /** The time to pause at instead of playing from the start, as typed. */
  readonly startAt?: string | null;
  /** `null` where there is nothing to record. */
  readonly recorder: Recorder | null;
  /** Runs something later; returns how to call it off. Timers, but for tests. */
  readonly later?: (run: () => void, waitMs: number) => () => void;
}

/** Moves through what was recorded, live and replayed alike, of one host or of several. */
export interface Player {
  command(command: ScreenCommand): void;
  /** A host has a new frame. */
  frameAdded(): void;
  /** No more frames come. */
  ended(notice: Notice | null): void;
  /** Something that the user should know until the next key. */
  notify(notice: Notice): void;
  stop(): void;
}

/** Starts to play; shows the first state at once. Does what {@link reducePlayer} wants done. */
export function createPlayer(options: PlayerOptions): Player {
  const { fleet, screen, recorder } = options;
  const later = options.later ?? defaultLater;
  const readProgress = (): LoadProgress | null => options.progress?.() ?? null;
  let state = initialState(options, readProgress());
  let stopWaiting: () => void = () => undefined;

  function dispatch(event: PlayerEvent): void {
    apply(reducePlayer(state, event, fleet));
  }

  function apply(step: Step): void {
    ({ state } = step);
    for (const effect of step.effects) run(effect);
  }

  function run(effect: PlayerEffect): void {
    switch (effect.kind) {
      case 'draw':
        screen.update(screenStateOf(state, fleet, recorder));
        return;
      case 'wait':
        stopWaiting();
        stopWaiting = later(() => dispatch({ kind: 'frame-due' }), effect.waitMs);
        return;
      case 'stop-waiting':
        stopWaiting();
        return;
      case 'toggle-recording':
        if (recorder !== null) state = { ...state, notice: recorder.toggle() };
        return;
      case 'mark':
        if (recorder !== null) state = { ...state, notice: recorder.mark(effect.note) };
        return;
    }
  }

  const first = playOn(state, fleet);
  apply({ state: first.state, effects: [{ kind: 'draw' }, ...first.effects] });
  return {
    command: (command) => dispatch({ kind: 'command', command }),
    frameAdded: () => dispatch({ kind: 'frame-added', progress: state.loading ? readProgress() : null }),
    ended: (notice) => dispatch({ kind: 'ended', notice }),
    notify: (notice) => dispatch({ kind: 'notified', notice }),
    stop: () => stopWaiting(),
  };
}

/** A player before anything happened. */
function initialState(
  { fleet, mode, follow, speed, loading = false, startAt: text = null, recorder }: PlayerOptions,
  progress: LoadProgress | null,
): PlayerState {
  const growing = mode === 'live' || follow;
  const state: PlayerState = {
    mode,
    motion: growing ? 'following' : 'playing',
    speed,
    growing,
    loading,
    waitingForFrames: false,
    shownMs: fleet.fromMs,
    openHost: fleet.recordings.length === 1 ? 0 : null,
    notice: null,
    endNotice: null,
    awaitedMs: null,
    progress: loading ? progress : null,
    canRecord: recorder !== null,
  };
  return text === null ? state : startAt(state, fleet, text);
}

function screenStateOf(state: PlayerState, fleet: Fleet, recorder: Recorder | null): ScreenState {
  const { mode, motion, speed, openHost, progress } = state;
  const shownMs = shownMoment(state, fleet);
  return {
    mode,
    ...fleet.at(shownMs, openHost),
    frozen: motion === 'held',
    speed: mode === 'live' ? null : speed,
    recording: recorder?.path ?? null,
    notice: noticeAt(state, fleet),
    ...(progress === null ? {} : { loadProgress: progress }),
    ...(motion === 'following' && mode === 'live' ? {} : { timeline: fleet.timeline(shownMs, openHost) }),
  };
}

function defaultLater(run: () => void, waitMs: number): () => void {
  const timer = setTimeout(run, waitMs);
  // The terminal keeps the process alive; an idle replay must not need a running timer.
  timer.unref();
  return () => clearTimeout(timer);
}
