import type { LoadProgress, Screen, ScreenCommand } from './screen-state.js';
import type { ElapsedMs } from '../records/index.js';
import { outOfRangeNotice } from './time/out-of-range.js';
import type { Fleet } from './fleet.js';
import { parseMoment } from './time/seek.js';

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
  readonly fleet: Fleet;
  readonly mode: 'live' | 'replay';
  readonly screen: Pick<Screen, 'update'>;
  /** Whether frames still come, and the newest is to be shown as it comes. */
  readonly follow: boolean;
  readonly speed: number;
  /** The rest of a capture is still being read: until `ended`, the last frame is not the end. */
  readonly loading?: boolean;
  /** How much of it has been read, where that is worth telling. */
  readonly reading?: () => LoadProgress | null;
  /** Where to wait instead of playing on from the first moment. */
  readonly heldAtMs?: ElapsedMs;
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
  ended(notice: string | null): void;
  /** Something that the user should know until the next key. */
  say(notice: string): void;
  /** Stops at the last moment not after `atMs`. */
  goToMoment(atMs: ElapsedMs): void;
  stop(): void;
}

/** Where the player is: with the newest frame, playing from one, or holding one. */
type Motion = 'following' | 'playing' | 'held';

/** Starts to play; shows the first state at once. */
export function createPlayer(options: PlayerOptions): Player {
  const { fleet, screen, recorder } = options;
  const later = options.later ?? defaultLater;
  let growing = options.mode === 'live' || options.follow;
  let motion: Motion = options.heldAtMs !== undefined ? 'held' : growing ? 'following' : 'playing';
  let speed = options.speed;
  let loading = options.loading ?? false;
  /** Playing, at the last frame read so far. */
  let starved = false;
  let shownMs: ElapsedMs = options.heldAtMs ?? fleet.fromMs;
  /** The host that is looked at; `null` for the table of several. */
  let open: number | null = fleet.recordings.length === 1 ? 0 : null;
  let said: string | null = null;
  let endNotice: string | null = null;
  /** While more is being read: the moment that was asked for beyond what is, infinity for the end. */
  let awaitedMs: ElapsedMs | null = null;
  let callOff: () => void = () => undefined;
  let toldOfReading = '';

  const now = (): ElapsedMs => (motion === 'following' ? fleet.toMs : shownMs);

  function show(): void {
    shownMs = Math.max(now(), fleet.fromMs);
    const reading = loading ? (options.reading?.() ?? null) : null;
    toldOfReading = stepOf(reading);
    screen.update({
      mode: options.mode,
      ...fleet.at(shownMs, open),
      frozen: motion === 'held',
      speed: options.mode === 'live' ? null : speed,
      recording: recorder?.path ?? null,
      notice: said ?? (shownMs >= fleet.toMs ? endNotice : null),
      ...(reading === null ? {} : { loadProgress: reading }),
      ...(motion === 'following' && options.mode === 'live'
        ? {}
        : { timeline: fleet.timeline(shownMs, open) }),
    });
  }

  /** Shows the next moment when it is due, and so on. */
  function go(): void {
    callOff();
    starved = false;
    if (motion !== 'playing') return;
    const from = shownMs;
    const next = fleet.next(from);
    if (next === null) {
      starved = loading && !growing;
      if (starved) return;
      motion = growing ? 'following' : 'held';
      show();
      return;
    }
    const dueMs = Math.min((next - from) / speed, LONGEST_WAIT_MS);
    const waitMs = speed === Number.POSITIVE_INFINITY ? 0 : Math.max(dueMs, SHORTEST_WAIT_MS);
    callOff = later(() => {
      shownMs = dueMs < waitMs ? Math.max(next, fleet.snap(from + waitMs * speed)) : next;
      show();
      go();
    }, waitMs);
  }

  function holdAt(wanted: ElapsedMs): void {
    shownMs = wanted;
    motion = 'held';
  }

  function toggle(): void {
    if (motion !== 'held') holdAt(now());
    else if (options.mode === 'live') motion = 'following';
    else {
      // At the end, play starts over: that is what is meant.
      if (shownMs >= fleet.toMs && !growing) shownMs = fleet.fromMs;
      motion = 'playing';
    }
  }

  function toChange(direction: 1 | -1): void {
    const change = fleet.change(now(), direction, open);
    if (change !== null) holdAt(change);
    else if (direction === -1) said = 'no earlier change of the verdict';
    else said = `no later change of the verdict${isReading() ? ' in what is read so far' : ''}`;
  }

  /** Whether what lies beyond the last moment is only not read yet. */
  const isReading = (): boolean => loading && !growing;

  function goTo(time: string): void {
    const wanted = parseMoment(fleet, now(), time);
    if (wanted === null) said = `${time} is no time; try 20:41:07, -2m or +30s`;
    else if (isReading() && wanted > fleet.toMs) awaitMoment(wanted, time);
    else reach(wanted);
  }

  /** Stands at a moment, or at the end that it lies beyond, and says so then. */
  function reach(wanted: ElapsedMs): void {
    holdAt(fleet.snap(wanted));
    said = outOfRangeNotice(fleet, options.mode, wanted);
  }

  /** Stands at the end of what is read until what was asked for is, or another key comes. */
  function awaitMoment(wanted: ElapsedMs, name: string): void {
    holdAt(fleet.toMs);
    awaitedMs = wanted;
    said = `reading on to ${name}; any key stays here`;
  }

  function arrive(): boolean {
    if (awaitedMs === null || (isReading() && fleet.toMs < awaitedMs)) return false;
    if (awaitedMs === Number.POSITIVE_INFINITY) {
      holdAt(fleet.toMs);
      said = null;
    } else reach(awaitedMs);
    awaitedMs = null;
    return true;
  }

  function jump(to: 'start' | 'end'): void {
    const wanted = to === 'start' ? fleet.fromMs : fleet.toMs;
    if (to === 'end' && growing) motion = 'following';
    else if (to === 'end' && isReading()) awaitMoment(Number.POSITIVE_INFINITY, 'the end');
    else if (motion === 'following') holdAt(wanted);
    else shownMs = wanted;
  }

  function changeSpeed(change: 'faster' | 'slower'): void {
    // Live there is nothing ahead of now to play faster to; behind it there is.
    if (motion === 'following') {
      said = 'now has no pace; go back with ← or g, then + and - play from there';
      return;
    }
    const next =
      change === 'faster' ? SPEEDS.find((value) => value > speed) : SPEEDS.findLast((value) => value < speed);
    if (next === undefined) said = `there is no ${change} pace`;
    speed = next ?? speed;
    if (options.mode === 'live') motion = 'playing';
  }

  const player: Player = {
    command(command) {
      if (fleet.isEmpty) return;
      said = null;
      awaitedMs = null;
      switch (command.kind) {
        case 'noticed':
          show();
          return;
        case 'toggle-freeze':
          toggle();
          break;
        case 'step':
          holdAt(fleet.step(now(), command.frames));
          break;
        case 'jump':
          jump(command.to);
          break;
        case 'verdict-change':
          toChange(command.direction);
          break;
        case 'go-to':
          goTo(command.time);
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
        case 'open-host':
          if (fleet.recordings.length > 1) open = command.host;
          break;
        case 'write-report':
        case 'quit':
          return;
      }
      show();
      go();
    },
    frameAdded() {
      const told = loading && stepOf(options.reading?.() ?? null) !== toldOfReading;
      // Held live, how far behind now that is grows.
      if (arrive() || told || motion === 'following' || options.mode === 'live') show();
      if (starved) go();
    },
    ended(notice) {
      growing = false;
      loading = false;
      endNotice = notice;
      arrive();
      if (motion === 'following') holdAt(now());
      show();
      if (starved) go();
    },
    say(notice) {
      said = notice;
      show();
    },
    goToMoment(atMs) {
      reach(atMs);
      show();
    },
    stop: () => callOff(),
  };
  show();
  go();
  return player;
}

/** What of the progress is seen: the screen is drawn again when that changes. */
function stepOf(reading: LoadProgress | null): string {
  if (reading === null) return '';
  const { readBytes, totalBytes, captures } = reading;
  if (captures !== undefined) return `${captures.whole} of ${captures.all}`;
  return totalBytes === null ? `${readBytes >> 20} M` : `${Math.floor((100 * readBytes) / totalBytes)} %`;
}

function defaultLater(run: () => void, waitMs: number): () => void {
  const timer = setTimeout(run, waitMs);
  // The terminal keeps the process alive; an idle replay must not need a running timer.
  timer.unref();
  return () => clearTimeout(timer);
}
