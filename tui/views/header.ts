import { formatClock } from '../../src/render/index.js';
import { seg, spread } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import type { ScreenState } from '../screen-state.js';

/** Who is looked at, by what means, and when. */
export function headerView(state: ScreenState, width: number): Line[] {
  const at = state.frames.at(-1)?.atMs;
  const mode = state.mode === 'live' ? 'LIVE' : 'REPLAY';
  return [
    spread(
      [seg('ctdiag', 'strong'), seg(`  ${state.header?.host ?? '?'}`)],
      [seg(`${mode}  ${at === undefined ? '--:--:--' : formatClock(at)}`)],
      width,
    ),
  ];
}
