import type { Screen, ScreenCommand, Timeline } from '../../tui/index.js';
import type { ElapsedMs } from '../records/index.js';
import { indexAt } from './seek.js';
import type { Session } from './session.js';

/** The paces that keys step through, against the recording; the last plays every frame without waiting. */
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
/** The screen is not drawn more often; faster paces leave frames out. */
const SHORTEST_WAIT_MS = 33;

/** What is recorded to, while live. */
export interface Recorder {
  /** The file, `null` when nothing is recorded. */
  readonly path: string | null;
  /** Starts or stops; returns what to say of it. */
  toggle(): string;
  /** Puts a note among the records; returns what to say of it. */
  mark(note: string): string;
}

export interface PlayerOptions {
  readonly session: Session;
  readonly mode: 'live' | 'replay';
  readonly screen: Pick<Screen, 'update'>;
  /** Whether frames still come, and the newest is to be shown as it comes. */
  readonly follow: boolean;
  readonly speed: number;
  /** The rest of a capture is still being read: until `ended`, the last frame is not the end. */
  readonly loading?: boolean;
  /** `null` where there is nothing to record. */
  readonly recorder: Recorder | null;
  /** Runs something later; returns how to call it off. Timers, but for tests. */
  readonly later?: (run: () => void, waitMs: number) => () => void;
}

/** Moves through a session, live and replayed alike. */
export interface Player {
  command(command: ScreenCommand): void;
  /** The session has a new frame. */
  frameAdded(): void;
  /** No more frames come. */
  ended(notice: string | null): void;
  /** Something that the user should know until the next key. */
  say(notice: string): void;
  /** Goes to a time as a person writes it; `false` when it is none. */
  goTo(time: string): boolean;
  stop(): void;
}

/** Where the player is: with the newest frame, playing from one, or holding one. */
type Motion = 'following' | 'playing' | 'held';

/** Starts to play; shows the first state at once. */
export function createPlayer(options: PlayerOptions): Player {
  const { session, screen, recorder } = options;
  const later = options.later ?? defaultLater;
  let growing = options.mode === 'live' || options.follow;
  let motion: Motion = growing ? 'following' : 'playing';
  let speed = options.speed;
  let loading = options.loading ?? false;
  /** Playing, at the last frame read so far. */
  let starved = false;
  let shownMs: ElapsedMs = session.elapsedAt(0) ?? 0;
  let said: string | null = null;
  let endNotice: string | null = null;
  let callOff: () => void = () => undefined;

  const last = (): number => session.length - 1;
  const index = (): number => (motion === 'following' ? last() : Math.max(0, session.indexOf(shownMs)));

  function show(): void {
    const at = index();
    shownMs = session.elapsedAt(at) ?? shownMs;
    screen.update({
      mode: options.mode,
      ...session.at(at),
      frozen: motion === 'held',
      position: options.mode === 'live' ? null : { index: at, total: session.length, speed },
      recording: recorder?.path ?? null,
      notice: said ?? (at === last() ? endNotice : null),
      ...(options.mode === 'live' ? {} : { timeline: timelineOf(session) }),
    });
  }

  /** Shows the next frame when it is due, and so on. */
  function go(): void {
    callOff();
    starved = false;
    if (motion !== 'playing') return;
    const at = index();
    if (at >= last()) {
      starved = loading && !growing;
      if (starved) return;
      motion = growing ? 'following' : 'held';
      show();
      return;
    }
    const now = session.elapsedAt(at) ?? 0;
    const dueMs = Math.min(((session.elapsedAt(at + 1) ?? now) - now) / speed, LONGEST_WAIT_MS);
    const waitMs = speed === Number.POSITIVE_INFINITY ? 0 : Math.max(dueMs, SHORTEST_WAIT_MS);
    callOff = later(() => {
      const reached = dueMs < waitMs ? session.indexOf(now + waitMs * speed) : at + 1;
      moveTo(Math.max(at + 1, reached));
      show();
      go();
    }, waitMs);
  }

  function moveTo(wanted: number): void {
    const at = Math.min(last(), Math.max(0, wanted));
    shownMs = session.elapsedAt(at) ?? shownMs;
  }

  function holdAt(wanted: number): void {
    moveTo(wanted);
    motion = 'held';
  }

  function toggle(): void {
    if (motion !== 'held') {
      moveTo(index());
      motion = 'held';
    } else if (options.mode === 'live') motion = 'following';
    else {
      // At the end, play starts over: that is what is meant.
      if (index() === last() && !growing) moveTo(0);
      motion = 'playing';
    }
  }

  function toChange(direction: 1 | -1): void {
    const now = session.elapsedAt(index()) ?? 0;
    const { verdicts } = session;
    const change =
      direction === 1
        ? verdicts.find((one) => one.elapsedMs > now)
        : verdicts.findLast((one) => one.elapsedMs < now);
    if (change === undefined) said = direction === 1 ? 'no later change' : 'no earlier change';
    else holdAt(session.indexOf(change.elapsedMs));
  }

  function goTo(time: string): boolean {
    const found = indexAt(session, index(), time);
    if (found === null) return false;
    holdAt(found);
    return true;
  }

  function changeSpeed(change: 'faster' | 'slower'): void {
    speed =
      change === 'faster'
        ? (SPEEDS.find((one) => one > speed) ?? speed)
        : (SPEEDS.findLast((one) => one < speed) ?? speed);
    // Live there is nothing ahead of now to play faster to; behind it there is.
    if (motion !== 'following' && options.mode === 'live') motion = 'playing';
  }

  const player: Player = {
    command(command) {
      if (session.length === 0) return;
      said = null;
      switch (command.kind) {
        case 'toggle-freeze':
          toggle();
          break;
        case 'step':
          holdAt(index() + command.frames);
          break;
        case 'jump':
          if (command.to === 'end' && growing) motion = 'following';
          else if (motion === 'following') holdAt(command.to === 'start' ? 0 : last());
          else moveTo(command.to === 'start' ? 0 : last());
          break;
        case 'verdict-change':
          toChange(command.direction);
          break;
        case 'go-to':
          if (!goTo(command.time)) said = `${command.time} is no time; try 20:41:07, -2m or +30s`;
          break;
        case 'speed':
          changeSpeed(command.change);
          break;
        case 'toggle-recording':
          said = recorder?.toggle() ?? 'this is a recording already';
          break;
        case 'mark':
          said = recorder?.mark(command.note) ?? 'marks are made while live';
          break;
        case 'write-report':
        case 'quit':
          return;
      }
      show();
      go();
    },
    frameAdded() {
      if (motion === 'following') show();
      if (starved) go();
    },
    ended(notice) {
      growing = false;
      loading = false;
      endNotice = notice;
      if (motion === 'following') holdAt(last());
      show();
      if (starved) go();
    },
    say(notice) {
      said = notice;
      show();
    },
    goTo(time) {
      if (!goTo(time)) return false;
      show();
      return true;
    },
    stop: () => callOff(),
  };
  show();
  go();
  return player;
}

function timelineOf(session: Session): Timeline {
  const { verdicts, gaps, marks } = session;
  return {
    fromMs: session.elapsedAt(0) ?? 0,
    toMs: session.elapsedAt(session.length - 1) ?? 0,
    changes: verdicts,
    gaps,
    marks,
  };
}

function defaultLater(run: () => void, waitMs: number): () => void {
  const timer = setTimeout(run, waitMs);
  // The terminal keeps the process alive; an idle replay must not need a running timer.
  timer.unref();
  return () => clearTimeout(timer);
}
