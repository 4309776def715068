import { fileURLToPath } from 'node:url';
import { openCaptureReader } from '../../src/capture/index.js';
import { createSession } from '../../src/commands/session.js';
import { fakeTerminal } from '../../test/tui/fake-terminal.js';
import { openScreen } from '../../tui/index.js';
import type { ScreenState } from '../../tui/index.js';
import { terminalSvg } from './terminal-svg.js';

/** A picture of the screen: which capture, which moment, how large, after which keys. */
export interface Shot {
  readonly name: string;
  readonly title: string;
  readonly capture: string;
  /** Seconds into the capture. */
  readonly atSec: number;
  readonly columns: number;
  readonly rows: number;
  readonly keys: string;
  readonly playing: boolean;
}

const incident = { capture: 'conntrack-table-full', atSec: 186, keys: '', playing: true };

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
    capture: 'conntrack-table-full',
    atSec: 165,
    columns: 100,
    rows: 30,
    playing: false,
  },
];

/** Shows the moment on the real screen in a terminal emulator, and draws what is to be seen there. */
export async function take(shot: Shot): Promise<string> {
  const terminal = fakeTerminal(shot.columns, shot.rows);
  const screen = openScreen({
    input: terminal.input,
    output: terminal.output,
    env: { TERM: 'xterm-256color' },
    color: true,
    ascii: false,
    onCommand: () => undefined,
  });
  try {
    screen.update(await stateOf(shot));
    if (shot.keys !== '') terminal.press(shot.keys);
    await terminal.rows();
    await terminal.rows();
    return terminalSvg(terminal.emulator, shot.title);
  } finally {
    screen.close();
  }
}

async function stateOf(shot: Shot): Promise<ScreenState> {
  const path = fileURLToPath(new URL(`../../test/captures/${shot.capture}.ctd.gz`, import.meta.url));
  const reader = await openCaptureReader(path);
  const session = createSession(reader.header, true);
  for await (const record of reader.records) session.take(record);
  session.settle();
  const { verdicts, length } = session;
  const index = session.indexOf(shot.atSec * 1000 - 1) + 1;
  return {
    mode: 'replay',
    ...session.at(index),
    frozen: !shot.playing,
    position: { index, total: length, speed: 1 },
    recording: null,
    notice: null,
    timeline: {
      fromMs: session.elapsedAt(0) ?? 0,
      toMs: session.elapsedAt(length - 1) ?? 0,
      changes: verdicts,
      gaps: [],
    },
  };
}
