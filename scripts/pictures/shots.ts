import { fileURLToPath } from 'node:url';
import { openCaptureReader } from '../../src/capture/index.js';
import { createFleet } from '../../src/playback/fleet.js';
import type { Recording } from '../../src/playback/fleet.js';
import { createSession } from '../../src/playback/session.js';
import { fakeTerminal } from '../../test/tui/fake-terminal.js';
import { openScreen } from '../../tui/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { movieSvg, terminalRows, terminalSvg } from './terminal-svg.js';
import type { Emulator } from './terminal-svg.js';

/** A picture of the screen: which captures, which moment, how large, after which keys. */
export interface Shot {
  readonly name: string;
  readonly title: string;
  readonly captures: readonly string[];
  /** Seconds into the first capture. */
  readonly atSec: number;
  readonly columns: number;
  readonly rows: number;
  readonly keys: string;
  readonly playing: boolean;
}

const incident = { captures: ['demo'], atSec: 147, keys: '', playing: true };

/** The pictures of docs/pictures, each of a capture that was recorded of a real incident. */
export const SHOTS: readonly Shot[] = [
  {
    ...incident,
    name: 'incident-80x24',
    title: 'ctdiag at 80x24: the conntrack table is full',
    columns: 80,
    rows: 24,
  },
  {
    ...incident,
    name: 'incident-120x36',
    title: 'ctdiag at 120x36: the conntrack table is full',
    columns: 120,
    rows: 36,
  },
  { ...incident, name: 'fix', title: 'ctdiag: the evidence and the fix', columns: 100, rows: 30, keys: '\r' },
  {
    ...incident,
    name: 'replay',
    title: 'ctdiag replay: a moment before the table is full, with the time line',
    atSec: 136,
    columns: 100,
    rows: 30,
    playing: false,
  },
  {
    name: 'hosts',
    title: 'ctdiag replay of several captures: a table of hosts on one time line',
    captures: ['accept-queue-overflow', 'conntrack-table-full'],
    atSec: 255,
    columns: 100,
    rows: 30,
    keys: '',
    playing: false,
  },
];

/** The picture that plays: the incident of `npm run demo`, from before it turns until the clients get in. */
export const MOVIE = {
  name: 'demo',
  title: 'ctdiag during an incident: the conntrack table fills, the fix is pasted, the clients get in',
  captures: ['demo'],
  fromSec: 120,
  toSec: 180,
  stepSec: 3,
  frameMs: 1200,
  /** The moment that is shown where nothing plays. */
  stillSec: 147,
};

/** Shows the moments of the movie one after the other on the real screen. */
export async function film(): Promise<string> {
  const { captures, title, fromSec, toSec, stepSec, frameMs, stillSec } = MOVIE;
  const shots = Array.from({ length: Math.floor((toSec - fromSec) / stepSec) + 1 }, (_, index) => ({
    ...incident,
    captures,
    title,
    name: MOVIE.name,
    columns: 80,
    rows: 24,
    atSec: fromSec + index * stepSec,
  }));
  const frames = [];
  for (const shot of shots)
    frames.push({ durationMs: frameMs, rows: await onScreen(shot, (emulator) => terminalRows(emulator)) });
  const still = shots.findIndex(({ atSec }) => atSec >= stillSec);
  return movieSvg({ cols: 80, rows: 24 }, title, frames, still);
}

/** Shows the moment on the real screen in a terminal emulator, and draws what is to be seen there. */
export function take(shot: Shot): Promise<string> {
  return onScreen(shot, (emulator) => terminalSvg(emulator, shot.title));
}

async function onScreen<T>(shot: Shot, draw: (emulator: Emulator) => T): Promise<T> {
  const terminal = fakeTerminal(shot.columns, shot.rows);
  const screen = openScreen({
    input: terminal.input,
    output: terminal.output,
    env: { TERM: 'xterm-256color' },
    color: true,
    ascii: false,
    // The date is always in the picture of a past day.
    now: () => 0,
    onCommand: () => undefined,
  });
  try {
    screen.update(await stateOf(shot));
    if (shot.keys !== '') terminal.press(shot.keys);
    await terminal.rows();
    await terminal.rows();
    return draw(terminal.emulator);
  } finally {
    screen.close();
  }
}

async function stateOf(shot: Shot): Promise<ScreenState> {
  const fleet = createFleet(await Promise.all(shot.captures.map(memberOf)));
  const open = shot.captures.length === 1 ? 0 : null;
  const atMs = fleet.step(fleet.snap(shot.atSec * 1000 - 1), 1);
  return {
    mode: 'replay',
    ...fleet.at(atMs, open),
    timeline: fleet.timeline(atMs, open),
    frozen: !shot.playing,
    speed: 1,
    recording: null,
    notice: null,
  };
}

async function memberOf(name: string): Promise<Recording> {
  const file = `${name}.ctd.gz`;
  const path = fileURLToPath(new URL(`../../test/captures/${file}`, import.meta.url));
  const reader = await openCaptureReader(path);
  const session = createSession(reader.header, true);
  for await (const record of reader.records) session.take(record);
  session.settle();
  return { file, session, why: null, state: 'whole' };
}
