import { titleOf } from '../../src/render/index.js';
import { textLine } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import type { ScreenState } from '../screen-state.js';

/** The verdict in words. */
export function verdictView(state: ScreenState): Line[] {
  const first = state.diagnosis?.findings[0];
  if (state.diagnosis === null) return [textLine('… waiting for the first second of figures', 'dim')];
  if (first === undefined) return [textLine('✔ no limit is hit', 'ok')];
  return [textLine(`✖ ${titleOf(first, state.header?.netns ?? null)}`, 'critical')];
}
