import { METRICS, NODE_WIDE } from '../../src/records/index.js';
import type { Reading } from '../../src/model/index.js';
import { formatLimit } from '../../src/render/index.js';
import { column, seg } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import { hostNetns } from '../state/moments.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { matchesFilter } from '../draw/filter.js';
import { emptyLine, heading } from '../draw/heading.js';
import type { Size } from '../draw/size.js';

const FIGURE = 14;

/** The current limits, under the names that sysctl takes. */
export function limitsView(state: ScreenState, { width, height }: Size, filter: string): Line[] {
  const head = heading('LIMITS', 'current values', [column(' value', FIGURE, 'right')], width);
  const rows = Math.max(0, height - 1);
  const found = limitsOf(state).filter((limit) => matchesFilter(limit.name, filter));
  const shown = found.slice(0, rows);
  if (shown.length === 0)
    return [head, emptyLine(state.window === null ? 'no data yet' : 'no limit could be read; 7 shows why')];
  return [
    head,
    ...shown.map(({ name, value }): Line => [
      seg('  '),
      column(name, width - 2 - FIGURE, 'left'),
      column(formatLimit(value), FIGURE, 'right'),
    ]),
  ];
}

function limitsOf(state: ScreenState): Reading[] {
  const host = hostNetns(state);
  return [...(state.window?.last.readings.values() ?? [])]
    .filter(({ name, netns }) => METRICS[name].kind === 'limit' && (netns === NODE_WIDE || netns === host))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
