import type { ElapsedMs } from '../../src/records/index.js';
import { formatDuration, formatShare } from '../../src/render/index.js';
import { cells, clipEnd } from '../draw/cells.js';
import { seg, spread, widthOf } from '../draw/line.js';
import type { Line, Segment } from '../draw/line.js';
import type { ScreenState, Track } from '../screen-state.js';
import type { Size } from './size.js';
import { changeMark, NOTE_MARK } from './symbols.js';

/** Columns kept for the line itself, however long the message. */
const SHORTEST_RULE = 2;

/**
 * A rule with what is being recorded and the notice at its right end; in a replay the time line, which shares
 * its row with nothing: what is said then stands on the bottom line.
 */
export function ruleView(state: ScreenState, { width }: Size, message: string | null): Line[] {
  if (state.speed !== null) return [timeline(state, state.speed, width)];
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

function timeline(state: ScreenState, speed: number, width: number): Line {
  const { timeline: extent } = state;
  if (extent === undefined) return [seg('─'.repeat(width), 'dim')];
  const pace = speed === 1 ? '' : `  ${Number.isFinite(speed) ? `${speed}x` : 'at full speed'}`;
  const length = `${formatDuration((extent.atMs - extent.fromMs) / 1000)} of ${formatDuration((extent.toMs - extent.fromMs) / 1000)}`;
  const words = [seg(` ${readingWords(state)}${length}${pace} `, 'dim')];
  const columns = width - widthOf(words);
  if (columns < 3) return spread([], words, width);
  const at = (elapsedMs: ElapsedMs): number => {
    const span = extent.toMs - extent.fromMs;
    const share = span <= 0 ? 0 : (elapsedMs - extent.fromMs) / span;
    return Math.min(columns - 1, Math.max(0, Math.round(share * (columns - 1))));
  };
  const here = at(extent.atMs);
  const marks = recordedColumns(extent.tracks, columns, at).map((recorded, index) =>
    recorded ? (index < here ? seg('━') : seg('─', 'dim')) : seg(' '),
  );
  for (const { offsetMs, changes } of extent.tracks)
    for (const change of changes) {
      const { symbol, tone } = changeMark(change);
      marks[at(offsetMs + change.elapsedMs)] = seg(symbol, tone);
    }
  for (const { offsetMs, marks: notes } of extent.tracks)
    for (const note of notes) marks[at(offsetMs + note.elapsedMs)] = seg(NOTE_MARK.symbol, NOTE_MARK.tone);
  marks[here] = seg('●', 'strong');
  return [...marks, ...words];
}

/** In which columns anything was recorded, by any of the hosts. */
function recordedColumns(
  tracks: readonly Track[],
  columns: number,
  at: (elapsedMs: ElapsedMs) => number,
): boolean[] {
  const recorded = new Array<boolean>(columns).fill(false);
  for (const { offsetMs, fromMs, toMs, gaps } of tracks) {
    const own = new Array<boolean>(columns)
      .fill(false)
      .fill(true, at(offsetMs + fromMs), at(offsetMs + toMs) + 1);
    for (const gap of gaps) own.fill(false, at(offsetMs + gap.fromMs), at(offsetMs + gap.toMs) + 1);
    own.forEach((one, index) => (recorded[index] ||= one));
  }
  return recorded;
}

/** How far a large capture has been read, so that the end of the line is not taken for its end. */
function readingWords({ reading }: ScreenState): string {
  if (reading === undefined) return '';
  const { readBytes, totalBytes } = reading;
  const share =
    totalBytes === null
      ? `${Math.floor(readBytes / 1024 ** 2)} MiB`
      : formatShare(Math.min(1, readBytes / totalBytes));
  return `read ${share}, `;
}
