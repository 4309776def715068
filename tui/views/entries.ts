import { formatClock } from '../../src/render/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { cells, wrapText } from '../draw/cells.js';
import { emptyLine, heading } from '../draw/heading.js';
import { textLine } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import type { Size } from '../draw/size.js';

/** Who fills the conntrack tables, by the last dump that was asked for. */
export function entriesView({ entries, mode, hosts }: ScreenState, { width, height }: Size): Line[] {
  const head = (note: string): Line => heading('ENTRIES who fills the conntrack tables', note, [], width);
  if (mode === 'replay')
    return [head(''), emptyLine('live only: a capture holds counts, not the entries; 4 shows who was seen')];
  if (hosts !== undefined) return [head(''), emptyLine('read on that host itself: ctdiag limits --entries')];
  if (entries === undefined) return [head(''), emptyLine('e reads the tables once')];
  if (entries.kind === 'running')
    return [head(`reading since ${formatClock(entries.atMs)}`), emptyLine('reading the tables once …')];
  const lines = entries.lines
    .flatMap((line) => (line.length > width ? wrapText(cells(line), width) : [cells(line)]))
    .map((line) => textLine(line, line.startsWith(' ') ? 'plain' : 'strong'));
  return [
    head(`read at ${formatClock(entries.atMs)}; e reads again`),
    ...lines.slice(0, Math.max(0, height - 1)),
  ];
}
