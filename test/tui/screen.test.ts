import { afterEach, describe, expect, it } from 'vitest';
import { openScreen } from '../../tui/index.js';
import type { Screen, ScreenCommand, ScreenState } from '../../tui/index.js';
import { fakeTerminal } from './fake-terminal.js';
import type { FakeTerminal } from './fake-terminal.js';
import { incidentState } from './incident.js';

const opened: Screen[] = [];
afterEach(() => {
  for (const screen of opened.splice(0)) screen.close();
});

function open(
  columns: number,
  rows: number,
  options: { color?: boolean; ascii?: boolean } = {},
): FakeTerminal & { screen: Screen; commands: ScreenCommand[] } {
  const terminal = fakeTerminal(columns, rows);
  const commands: ScreenCommand[] = [];
  const screen = openScreen({
    input: terminal.input,
    output: terminal.output,
    env: { TERM: 'xterm-256color' },
    color: options.color ?? true,
    ascii: options.ascii ?? false,
    onCommand: (command) => commands.push(command),
  });
  opened.push(screen);
  return { ...terminal, screen, commands };
}

async function shown(state: ScreenState, columns: number, rows: number): Promise<string> {
  const terminal = open(columns, rows);
  terminal.screen.update(state);
  return (await terminal.rows()).join('\n');
}

describe('the screen', () => {
  it('says the verdict of a full table at 80x24', async () => {
    const text = await shown(incidentState(60), 80, 24);
    expect(text).toContain('conntrack table full: 65,536 of 65,536');
  });
});
