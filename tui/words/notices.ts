import { describeErrno } from '../../src/errno.js';
import type { Notice } from '../../src/playback/notice.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { describeTruncation } from '../../src/playback/truncation.js';
import { formatClock, safeText } from '../../src/render/index.js';

/** What the state has to say, on one line; `null` when there is nothing. */
export function noticeText({ notice }: Pick<ScreenState, 'notice'>): string | null {
  return notice === null ? null : describeNotice(notice);
}

/** A notice as the screen says it, on one line. */
export function describeNotice(notice: Notice): string {
  switch (notice.kind) {
    case 'no-verdict-change':
      if (notice.direction === -1) return 'no earlier change of the verdict';
      return `no later change of the verdict${notice.soFar ? ' in what is read so far' : ''}`;
    case 'not-a-time':
      return `${safeText(notice.text, 40)} is not a time; try 20:41:07, -2m or +30s`;
    case 'reading-on':
      return `reading on to ${notice.to === null ? 'the end' : safeText(notice.to, 40)}; press any key to stay here`;
    case 'out-of-range':
      return describeRange(notice);
    case 'no-live-speed':
      return 'the live view has no speed; step back first (← or g), then + and - play from there';
    case 'speed-at-limit':
      return `this is the ${notice.change === 'faster' ? 'highest' : 'lowest'} speed`;
    case 'replay-is-recorded':
      return 'this is already a recording';
    case 'marks-are-live-only':
      return 'marks can be set in the live view only';
    case 'not-of-other-hosts':
      return notice.what === 'mark'
        ? 'marks can be set on the screen of this host only'
        : 'other hosts are recorded by: ctdiag record HOST --output DIR';
    case 'recording-started':
      return `recording to ${safeText(notice.path)}`;
    case 'recording-stopped':
      return `recording stopped: ${safeText(notice.path)}`;
    case 'recording-failed':
      return notice.message;
    case 'marked':
      return describeMark(notice);
    case 'report-written':
      return `report written to ${safeText(notice.path)}${notice.notHere === null ? '' : ` (not here: ${describeErrno(notice.notHere)})`}`;
    case 'report-failed':
      return `the report could not be written: ${describeErrno(notice.errno)}; ctdiag diagnose --format ${notice.format} prints it`;
    case 'no-report':
      return notice.why === 'no-figures'
        ? 'no report: there are no figures yet'
        : 'no report: an HTML page shows one host; open it with enter, or press s';
    case 'truncated':
      return notice.captures
        .map(({ name, tail, framesLeftOut }) => describeTruncation(name, tail, framesLeftOut))
        .filter((sentence) => sentence !== null)
        .join(' ');
  }
}

function describeRange({ mode, edge, edgeAtMs }: Extract<Notice, { kind: 'out-of-range' }>): string {
  const clock = formatClock(edgeAtMs);
  if (edge === 'first')
    return mode === 'live'
      ? `nothing is kept from before ${clock}; this is the oldest moment`
      : `the recording begins at ${clock}; this is its beginning`;
  return mode === 'live'
    ? 'that is in the future; this is the newest moment'
    : `the recording ends at ${clock}; this is its end`;
}

function describeMark({ note, recorded }: Extract<Notice, { kind: 'marked' }>): string {
  const marked = note.trim() === '' ? 'marked' : `marked: ${safeText(note)}`;
  return recorded ? marked : `${marked} (not recording; r starts)`;
}
