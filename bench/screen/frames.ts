import { PassThrough, Writable } from 'node:stream';
import { openCaptureReader } from '../../src/capture/index.js';
import { createFleet } from '../../src/playback/fleet.js';
import { createSession } from '../../src/playback/session.js';
import { openScreen } from '../../tui/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

/** Milliseconds of one frame: the state (window, diagnosis) and what draws it, to the bytes for the terminal. */
export interface FrameCost {
  readonly stateMs: number;
  readonly drawMs: number;
  readonly bytes: number;
}

/** Replays a capture of a real incident on a screen of that size, every frame drawn; medians. */
export async function frameCost(columns: number, rows: number): Promise<FrameCost> {
  const path = new URL('../../test/captures/conntrack-table-full.ctd.gz', import.meta.url).pathname;
  const reader = await openCaptureReader(path);
  const session = createSession(reader.header, true);
  for await (const record of reader.records) session.take(record);
  session.settle();
  const fleet = createFleet([{ file: path, session, why: null, state: 'whole' }]);
  let bytes = 0;
  const output = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        done();
      },
    }),
    { isTTY: true, columns, rows },
  );
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const screen = openScreen({
    input,
    output,
    env: { TERM: 'xterm-256color' },
    color: true,
    ascii: false,
    onCommand: () => undefined,
  });
  const states: number[] = [];
  const draws: number[] = [];
  const total = session.length;
  for (let index = 0; index < total; index += 1) {
    const begun = performance.now();
    const state: ScreenState = {
      mode: 'replay',
      ...fleet.at(session.elapsedAt(index) ?? 0, 0),
      timeline: fleet.timeline(session.elapsedAt(index) ?? 0, 0),
      frozen: false,
      speed: 1,
      recording: null,
      notice: null,
    };
    const made = performance.now();
    screen.update(state);
    // blessed writes at the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve));
    states.push(made - begun);
    draws.push(performance.now() - made);
  }
  screen.close();
  return { stateMs: median(states), drawMs: median(draws), bytes: Math.round(bytes / total) };
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
