import { onTestFinished } from 'vitest';
import { openScreen } from '../../tui/index.js';
import type { ScreenOptions } from '../../tui/index.js';
import type { Screen, ScreenCommand, ScreenState } from '../../src/playback/screen-state.js';
import { fakeTerminal } from './fake-terminal.js';
import type { FakeTerminal } from './fake-terminal.js';

export interface OpenedScreen {
  readonly terminal: FakeTerminal;
  readonly screen: Screen;
  readonly commands: ScreenCommand[];
  /** Shows a state and reads the rows. */
  readonly show: (state: ScreenState) => Promise<string[]>;
}

/** A screen on a terminal emulator, closed when the test ends. */
export function openOn(columns: number, rows: number, options: Partial<ScreenOptions> = {}): OpenedScreen {
  const terminal = fakeTerminal(columns, rows);
  const commands: ScreenCommand[] = [];
  const screen = openScreen({
    input: terminal.input,
    output: terminal.output,
    env: { TERM: 'xterm-256color' },
    color: true,
    ascii: false,
    onCommand: (command) => commands.push(command),
    ...options,
  });
  onTestFinished(() => screen.close());
  return {
    terminal,
    screen,
    commands,
    async show(state) {
      screen.update(state);
      return terminal.rows();
    },
  };
}
