import { cells, clipEnd, clipMiddle } from './cells.js';

/**
 * What a piece of text means; colours follow from it and never stand alone. `critical` is for what is wrong
 * now, nothing else.
 */
export type Tone = 'plain' | 'strong' | 'dim' | 'critical' | 'warning' | 'ok' | 'accent' | 'inverse';

/** A stretch of cells of one tone. Make one with {@link seg}, which makes any text safe. */
export interface Segment {
  readonly text: string;
  readonly tone: Tone;
}

/** One row of a pane. */
export type Line = readonly Segment[];

/** A segment of any text, however hostile; see {@link cells}. */
export function seg(text: string, tone: Tone = 'plain'): Segment {
  return { text: cells(text), tone };
}

/** A line of one segment. */
export function textLine(text: string, tone: Tone = 'plain'): Line {
  return [seg(text, tone)];
}

/** Columns a line takes. */
export function widthOf(line: Line): number {
  return line.reduce((sum, segment) => sum + segment.text.length, 0);
}

/** The text of a line without its tones. */
export function textOf(line: Line): string {
  return line.map((segment) => segment.text).join('');
}

/** Cuts a line to `width` columns. */
export function clipLine(line: Line, width: number): Line {
  const clipped: Segment[] = [];
  let left = width;
  for (const segment of line) {
    if (left <= 0) break;
    if (segment.text.length > left) {
      clipped.push({ ...segment, text: clipEnd(segment.text, left) });
      break;
    }
    clipped.push(segment);
    left -= segment.text.length;
  }
  return clipped;
}

/** How a cell of a table stands in its column. */
export type Align = 'left' | 'right';

/** Text in exactly `width` columns: figures right, names left and cut in their middle. */
export function column(text: string, width: number, align: Align, tone: Tone = 'plain'): Segment {
  const safe = cells(text);
  const cut = align === 'left' ? clipMiddle(safe, width) : clipEnd(safe, width);
  return { text: align === 'left' ? cut.padEnd(width) : cut.padStart(width), tone };
}

/** `left` at the left edge and `right` at the right one; the left gives way. */
export function alignEnds(left: Line, right: Line, width: number): Line {
  const room = width - widthOf(right);
  if (room <= 0) return clipLine(right, width);
  const cut = clipLine(left, Math.max(0, room - 1));
  return [...cut, seg(' '.repeat(room - widthOf(cut))), ...right];
}
