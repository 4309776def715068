import { expect, it } from 'vitest';
import { diagnosisOfCase } from '../scenarios/cases.js';
import { incidentState } from './incident.js';
import { openOn } from './open-screen.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

const FULL = incidentState(60);

/** The same screen with the diagnosis of a case. */
async function withCase(name: string): Promise<ScreenState> {
  return { ...FULL, diagnosis: await diagnosisOfCase(name) };
}

/** What `c` put on the clipboard, out of the sequences that the terminal got. */
function copied(written: string): string {
  const [, base64 = ''] =
    written
      .split('\u001b]52;c;')
      .at(-1)
      ?.match(/^([A-Za-z0-9+/=]*)\u0007/) ?? [];
  return Buffer.from(base64, 'base64').toString();
}

it.each<[what: string, state: () => Promise<ScreenState>]>([
  ['a full table', () => Promise.resolve(FULL)],
  ['no local ports', () => withCase('eaddrnotavail-bound-first.ctd')],
  ['files at fs.nr_open', () => withCase('fds-at-nr-open.ctd')],
  ['accept that fails', () => withCase('accept-fails-enomem.ctd')],
  ['a queue in a pod', () => withCase('queue-in-pod-no-probes.ctd')],
])('c copies the command that stands on the screen, no other: %s', async (_what, stateOf) => {
  const state = await stateOf();
  for (const [columns, rows] of [
    [40, 10],
    [60, 20],
    [80, 24],
    [120, 36],
    [200, 60],
  ] as const) {
    const { terminal, show } = openOn(columns, rows);
    // The rows of a command, put together as the shell does.
    const screen = (await show(state)).map((row) => row.trim()).join('\n');
    const shown = screen.replaceAll(/ \\\n/g, ' ').replaceAll(/\\\n/g, '').replaceAll(/'\n?'/g, '');
    terminal.press('c');
    const reply = (await terminal.rows()).join('\n');
    const command = copied(terminal.written());
    // The smallest screens have no row for an answer.
    if (command === '') expect(reply).toMatch(rows < 16 ? /./ : /no command to copy|enter shows the whole/);
    else expect(shown.replaceAll("''", '')).toContain(command);
  }
});

it('c on the page of a finding copies its first command, which stands there whole', async () => {
  const { terminal, show } = openOn(80, 40);
  await show(FULL);
  terminal.press('\r');
  const page = (await terminal.rows()).join('\n').replaceAll(/ \\\n/g, ' ');
  terminal.press('c');
  await terminal.rows();
  const command = copied(terminal.written());
  expect(command).toMatch(/^sysctl -w .*nf_conntrack_max=\d+$/);
  expect(page).toContain(`\n${command}`);
});
