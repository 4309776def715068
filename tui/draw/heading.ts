import { seg, widthOf } from './line.js';
import type { Line, Segment } from './line.js';

/** The first row of a pane: its title on a rule, the names of its columns where the columns stand. */
export function heading(title: string, note: string, columns: readonly Segment[], width: number): Line {
  const names = columns.map((column): Segment => ({ ...column, tone: 'dim' }));
  const room = width - widthOf(names);
  const words = [seg(title, 'strong'), seg(note === '' ? ' ' : ` ${note} `, 'dim')];
  if (widthOf(words) > room) words.pop();
  return [...words, seg('─'.repeat(Math.max(0, room - widthOf(words))), 'dim'), ...names];
}

/** A row in place of the rows that are not there, saying why. */
export function emptyLine(why: string): Line {
  return [seg(`  ${why}`, 'dim')];
}
