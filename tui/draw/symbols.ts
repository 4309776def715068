import type { Finding, Status } from '../../src/diagnose/index.js';
import type { Segment, Tone } from './line.js';
import { seg } from './line.js';
import type { VerdictChange } from '../../src/playback/screen-state.js';

/** How something is marked. */
export interface Mark {
  readonly symbol: string;
  readonly tone: Tone;
}

/** A symbol a status, so that the colour never stands alone. */
export const STATUS_MARKS: Readonly<Record<Status, Mark>> = {
  critical: { symbol: '✖', tone: 'critical' },
  warning: { symbol: '▲', tone: 'warning' },
  ok: { symbol: '✔', tone: 'ok' },
  unknown: { symbol: '?', tone: 'strong' },
};

/** How a finding is marked: red is for what is wrong now, not for what was. */
export function findingMark(finding: Finding): Mark {
  return STATUS_MARKS[finding.untilMs === null ? finding.severity : 'warning'];
}

/** How a change of the verdict is marked; a recovery has a mark of its own. */
export function changeMark({ status, ended }: VerdictChange): Mark {
  return ended === true ? { symbol: '■', tone: 'plain' } : STATUS_MARKS[status];
}

/** What it says, the shorter forms longest first. */
export function changeWords({ title, shorter, ended }: VerdictChange): {
  readonly text: string;
  readonly shorter: readonly string[];
} {
  const recovered = ended === true ? 'recovered: ' : '';
  return { text: `${recovered}${title}`, shorter: (shorter ?? []).map((text) => `${recovered}${text}`) };
}

/** The mark and a space. */
export function markSegment(mark: Mark): Segment {
  return seg(`${mark.symbol} `, mark.tone);
}

/** How a person's note is marked. */
export const NOTE_MARK: Mark = { symbol: '◆', tone: 'accent' };
