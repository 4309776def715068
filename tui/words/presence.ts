import { formatClock, formatDuration } from '../../src/render/index.js';
import { seg } from '../draw/line.js';
import type { Line, Tone } from '../draw/line.js';
import type { HostPlace, Presence } from '../../src/playback/screen-state.js';

/** Where a recording stands, in few words; `null` where it has figures of the moment shown. */
export function presenceWords(presence: Presence): string | null {
  switch (presence.kind) {
    case 'recorded':
      return null;
    case 'not-begun':
      return `begins ${formatClock(presence.atMs)}`;
    case 'ended':
      return `ended ${formatClock(presence.atMs)}`;
    case 'silent':
      return `silent since ${formatClock(presence.atMs)}`;
    case 'unreadable':
      return 'cannot be read';
  }
}

/** How such a host is marked: none of its figures are of now, so none of them is red. */
export const ABSENT_MARKS: Readonly<Record<Exclude<Presence['kind'], 'recorded'>, string>> = {
  'not-begun': '·',
  ended: '■',
  silent: '?',
  unreadable: '?',
};

/** Why an open host shows nothing of the moment shown; empty when it does. */
export function absenceLines({ presence }: HostPlace, atMs: number): Line[] {
  const apart = (fromMs: number, toMs: number): string => formatDuration((toMs - fromMs) / 1000);
  const line = (text: string, tone: Tone): Line[] => [[seg(text, tone)]];
  switch (presence.kind) {
    case 'recorded':
      return [];
    case 'not-begun':
      return line(
        `· not begun yet: this recording begins at ${formatClock(presence.atMs)}, in ${apart(atMs, presence.atMs)}`,
        'strong',
      );
    case 'ended':
      return line(
        `■ this recording ended at ${formatClock(presence.atMs)}, ${apart(presence.atMs, atMs)} before; its last moment:`,
        'warning',
      );
    case 'silent':
      return line(
        `? nothing recorded since ${formatClock(presence.atMs)}, for ${apart(presence.atMs, atMs)}; the last moment:`,
        'warning',
      );
    case 'unreadable':
      return line(`? ${presence.why}`, 'strong');
  }
}
