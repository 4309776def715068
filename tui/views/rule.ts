import { formatDuration } from '../../src/render/index.js';
import { cells, clipEnd } from '../draw/cells.js';
import { seg, spread, widthOf } from '../draw/line.js';
import type { Line, Segment } from '../draw/line.js';
import { nowMs } from '../moments.js';
import type { ScreenState } from '../screen-state.js';
import type { Size } from './size.js';
import { changeMark } from './symbols.js';

/** Columns kept for the line itself, however long the message. */
const SHORTEST = { rule: 2, timeline: 20 } as const;

/** A rule; in a replay the time line. What is being recorded and the notice stand at its right end. */
export function ruleView(state: ScreenState, { width }: Size, message: string | null): Line[] {
  const words = messageSegments(state, width, message ?? state.notice);
  const left = width - widthOf(words);
  const line = state.position === null ? [seg('─'.repeat(left), 'dim')] : timeline(state, left);
  return [[...line, ...words]];
}

function messageSegments(state: ScreenState, width: number, message: string | null): Segment[] {
  const parts: Segment[] = [];
  if (state.recording !== null)
    parts.push(seg(' ● ', 'strong'), seg(`REC ${clipEnd(cells(state.recording), 24)} `));
  if (message !== null) {
    const kept = state.position === null ? SHORTEST.rule : SHORTEST.timeline;
    const room = width - kept - widthOf(parts) - 2;
    if (room > 0) parts.push(seg(` ${clipEnd(cells(message), room)} `, 'warning'));
  }
  return parts;
}

function timeline(state: ScreenState, width: number): Line {
  const { position, timeline: extent } = state;
  if (position === null) return [];
  const speed =
    position.speed === 1
      ? ''
      : `  ${Number.isFinite(position.speed) ? `${position.speed}x` : 'at full speed'}`;
  const length =
    extent == null
      ? `${position.index + 1} of ${position.total}`
      : `${formatDuration((nowMs(state) - extent.fromMs) / 1000)} of ${formatDuration((extent.toMs - extent.fromMs) / 1000)}`;
  const words = [seg(` ${length}${speed} `, 'dim')];
  const columns = width - widthOf(words);
  if (columns < 3) return spread([], words, width);
  const marks = new Array<Segment>(columns).fill(seg('─', 'dim'));
  const at = (elapsedMs: number): number => {
    const span = extent == null ? 0 : extent.toMs - extent.fromMs;
    const share = extent == null || span <= 0 ? 0 : (elapsedMs - extent.fromMs) / span;
    return Math.min(columns - 1, Math.max(0, Math.round(share * (columns - 1))));
  };
  const here = position.total < 2 ? 0 : Math.round((position.index / (position.total - 1)) * (columns - 1));
  marks.fill(seg('━'), 0, here);
  for (const gap of extent?.gaps ?? []) marks.fill(seg(' '), at(gap.fromMs), at(gap.toMs) + 1);
  for (const change of extent?.changes ?? []) {
    const { symbol, tone } = changeMark(change);
    marks[at(change.elapsedMs)] = seg(symbol, tone);
  }
  marks[here] = seg('●', 'strong');
  return [...marks, ...words];
}
