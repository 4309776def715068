import { formatClock, formatDuration } from '../../src/render/index.js';
import { cells, wrapText } from '../draw/cells.js';
import { seg, textLine } from '../draw/line.js';
import type { Line, Tone } from '../draw/line.js';
import type { HostPlace, Presence } from '../../src/playback/screen-state.js';

/** Why a host cannot be read is a sentence or two. */
const MOST_ROWS = 3;

/** The state of a recording in few words; `null` where it has data of the moment shown. */
export function presenceWords(presence: Presence): string | null {
  switch (presence.kind) {
    case 'recorded':
      return null;
    case 'not-begun':
      return `starts ${formatClock(presence.atMs)}`;
    case 'ended':
      return `ended ${formatClock(presence.atMs)}`;
    case 'silent':
      return `no data since ${formatClock(presence.atMs)}`;
    case 'unreadable':
      return 'cannot be read';
  }
}

/** The mark of such a host: its figures are not current, so none of them is red. */
export const ABSENT_MARKS: Readonly<Record<Exclude<Presence['kind'], 'recorded'>, string>> = {
  'not-begun': '·',
  ended: '■',
  silent: '?',
  unreadable: '?',
};

/** Why an open host shows nothing of the moment shown; empty when it does. */
export function absenceLines({ presence }: HostPlace, atMs: number, width: number): Line[] {
  const apart = (fromMs: number, toMs: number): string => formatDuration((toMs - fromMs) / 1000);
  const line = (text: string, tone: Tone): Line[] => [[seg(text, tone)]];
  switch (presence.kind) {
    case 'recorded':
      return [];
    case 'not-begun':
      return line(
        `· not started: this recording starts at ${formatClock(presence.atMs)}, in ${apart(atMs, presence.atMs)}`,
        'strong',
      );
    case 'ended':
      return line(
        `■ this recording ended at ${formatClock(presence.atMs)}, ${apart(presence.atMs, atMs)} earlier; last data:`,
        'warning',
      );
    case 'silent':
      return line(
        `? no data since ${formatClock(presence.atMs)} (${apart(presence.atMs, atMs)})${presence.why === null ? '' : `, ${presence.why}`}; last data:`,
        'warning',
      );
    case 'unreadable':
      return wrapText(cells(`? ${presence.why}`), width, MOST_ROWS).map((text) => textLine(text, 'strong'));
  }
}
