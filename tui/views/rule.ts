import { formatDuration } from '../../src/render/index.js';
import { cells, clipEnd } from '../draw/cells.js';
import { seg, spread, widthOf } from '../draw/line.js';
import type { Line, Segment } from '../draw/line.js';
import { nowMs } from '../moments.js';
import type { ScreenState } from '../screen-state.js';
import type { Size } from './size.js';
import { changeMark, NOTE_MARK } from './symbols.js';

/** Columns kept for the line itself, however long the message. */
const SHORTEST_RULE = 2;

/**
 * A rule with what is being recorded and the notice at its right end; in a replay the time line, which shares
 * its row with nothing: what is said then stands on the bottom line.
 */
export function ruleView(state: ScreenState, { width }: Size, message: string | null): Line[] {
  if (state.position !== null) return [timeline(state, width)];
  const words = messageSegments(state, width, message ?? state.notice);
  return [[seg('─'.repeat(width - widthOf(words)), 'dim'), ...words]];
}

function messageSegments(state: ScreenState, width: number, message: string | null): Segment[] {
  const parts: Segment[] = [];
  if (state.recording !== null)
    parts.push(seg(' ● ', 'strong'), seg(`REC ${clipEnd(cells(state.recording), 24)} `));
  if (message !== null) {
    const room = width - SHORTEST_RULE - widthOf(parts) - 2;
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
  for (const note of extent?.marks ?? []) marks[at(note.elapsedMs)] = seg(NOTE_MARK.symbol, NOTE_MARK.tone);
  marks[here] = seg('●', 'strong');
  return [...marks, ...words];
}
