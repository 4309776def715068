import type { ElapsedMs } from '../../src/records/index.js';
import { formatDuration, formatShare } from '../../src/render/index.js';
import { cells, clipEnd } from '../draw/cells.js';
import { seg, alignEnds, widthOf } from '../draw/line.js';
import type { Line, Segment } from '../draw/line.js';
import type { ScreenState, Timeline } from '../../src/playback/screen-state.js';
import type { Size } from '../draw/size.js';
import { changeMark, NOTE_MARK } from '../draw/symbols.js';
import type { Mark } from '../draw/symbols.js';
import { noticeText } from '../words/notices.js';

/** Columns kept for the line itself, however long the message. */
const SHORTEST_RULE = 2;
/** With less width the time line omits the name of the recording. */
const ROOMY = 100;

/**
 * A rule with what is being recorded and the notice at its right end; in a replay, and live while another moment
 * than now is shown, the time line: what is said then stands on the bottom line.
 */
export function ruleView(state: ScreenState, { width }: Size, message: string | null): Line[] {
  if (hasTimeLine(state)) return [timelineRule(state, width)];
  const words = messageSegments(state, width, message ?? noticeText(state));
  return [[seg('─'.repeat(width - widthOf(words)), 'dim'), ...words]];
}

/** Whether the rule is the time line, and has no room for a message. */
export function hasTimeLine({ speed, timeline: extent }: ScreenState): boolean {
  return speed !== null || extent !== undefined;
}

function messageSegments(state: ScreenState, width: number, message: string | null): Segment[] {
  const parts = recordingSegments(state, 24);
  if (message !== null) {
    const room = width - SHORTEST_RULE - widthOf(parts) - 2;
    if (room > 0) parts.push(seg(` ${clipEnd(cells(message), room)} `, 'warning'));
  }
  return parts;
}

function recordingSegments({ recording }: ScreenState, room: number): Segment[] {
  return recording === null ? [] : [seg(' ● ', 'strong'), seg(`REC ${clipEnd(cells(recording), room)} `)];
}

/** The moment shown: in a replay of its whole length, live as time behind now. */
function placeWords({ mode, speed }: ScreenState, { fromMs, toMs, atMs }: Timeline): string {
  if (mode === 'live') {
    const behind = Math.round((toMs - atMs) / 1000);
    return behind === 0 ? 'now' : `${formatDuration(behind)} behind now`;
  }
  const pace =
    speed === null || speed === 1 ? '' : `  ${Number.isFinite(speed) ? `${speed}x` : 'at full speed'}`;
  return `${formatDuration((atMs - fromMs) / 1000)} of ${formatDuration((toMs - fromMs) / 1000)}${pace}`;
}

/** Below this the time line is left out. */
const SHORTEST_TIMELINE = 3;

function timelineWords(state: ScreenState, extent: Timeline, width: number): Segment[] {
  return [
    seg(` ${readingWords(state)}${placeWords(state, extent)} `, 'dim'),
    ...recordingSegments(state, width < ROOMY ? 0 : 24),
  ];
}

/** The moment at a column of the time line, by its own times; `null` where there is none. */
export function timelineMoment(state: ScreenState, width: number, column: number): ElapsedMs | null {
  const { timeline: extent } = state;
  if (extent === undefined) return null;
  const columns = width - widthOf(timelineWords(state, extent, width));
  if (columns < SHORTEST_TIMELINE || column >= columns) return null;
  return extent.fromMs + ((extent.toMs - extent.fromMs) * column) / (columns - 1);
}

function timelineRule(state: ScreenState, width: number): Line {
  const { timeline: extent } = state;
  if (extent === undefined) return [seg('─'.repeat(width), 'dim')];
  const words = timelineWords(state, extent, width);
  const columns = width - widthOf(words);
  if (columns < SHORTEST_TIMELINE) return alignEnds([], words, width);
  const at = (elapsedMs: ElapsedMs): number => {
    const span = extent.toMs - extent.fromMs;
    const share = span <= 0 ? 0 : (elapsedMs - extent.fromMs) / span;
    return Math.min(columns - 1, Math.max(0, Math.round(share * (columns - 1))));
  };
  const here = at(extent.atMs);
  const marks = recordedColumns(extent, columns, at).map((recorded, index) =>
    recorded ? (index < here ? seg('━') : seg('─', 'dim')) : seg(' '),
  );
  const put = (elapsedMs: ElapsedMs, { symbol, tone }: Mark): void => {
    // More may be read of one recording than of another: what lies beyond the line is not drawn yet.
    if (elapsedMs >= extent.fromMs && elapsedMs <= extent.toMs) marks[at(elapsedMs)] = seg(symbol, tone);
  };
  for (const { offsetMs, changes } of extent.tracks)
    for (const change of changes) put(offsetMs + change.elapsedMs, changeMark(change));
  for (const { offsetMs, marks: notes } of extent.tracks)
    for (const note of notes) put(offsetMs + note.elapsedMs, NOTE_MARK);
  marks[here] = seg('●', 'strong');
  return [...marks, ...words];
}

/** In which columns anything was recorded, by any of the hosts. */
function recordedColumns(
  { tracks, toMs: lastMs }: Timeline,
  columns: number,
  at: (elapsedMs: ElapsedMs) => number,
): boolean[] {
  const recorded = new Array<boolean>(columns).fill(false);
  for (const { offsetMs, fromMs, toMs, gaps } of tracks) {
    const own = new Array<boolean>(columns)
      .fill(false)
      .fill(true, at(offsetMs + fromMs), at(offsetMs + toMs) + 1);
    for (const gap of gaps.filter((gap) => offsetMs + gap.fromMs < lastMs))
      own.fill(false, at(offsetMs + gap.fromMs), at(offsetMs + gap.toMs) + 1);
    own.forEach((item, index) => (recorded[index] ||= item));
  }
  return recorded;
}

/** How much of the captures has been read: the line ends there, not at their end. */
function readingWords({ loadProgress }: ScreenState): string {
  if (loadProgress === undefined) return '';
  const { readBytes, totalBytes, captures } = loadProgress;
  if (captures !== undefined) return `read ${captures.whole} of ${captures.all} captures, `;
  const share =
    totalBytes === null
      ? `${Math.floor(readBytes / 1024 ** 2)} MiB`
      : formatShare(Math.min(1, readBytes / totalBytes));
  return `read ${share}, `;
}
