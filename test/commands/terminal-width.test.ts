import { expect, it } from 'vitest';
import { terminalWidth } from '../../src/commands/terminal-width.js';

it.each([
  ['a pipe', {}, 80],
  ['a pipe that a terminal size was set for', { columns: 200 }, 80],
  ['a terminal', { isTTY: true, columns: 100 }, 100],
  ['a wide terminal', { isTTY: true, columns: 250 }, 120],
  ['a narrow terminal', { isTTY: true, columns: 20 }, 40],
  ['a terminal that does not know', { isTTY: true, columns: 0 }, 80],
])('%s', (_what, stdout, width) => {
  expect(terminalWidth(stdout)).toBe(width);
});
