import { MAX_BAD_LINES } from '../capture/index.js';
import type { BoundedKind, CaptureTail } from '../capture/index.js';
import { safeText } from '../render/safe-text.js';

/** How a capture ended, and what of it was not read or held. */
export interface Truncation {
  readonly name: string;
  readonly tail: CaptureTail;
  /** Frames at its beginning that were dropped, because there are more than can be held. */
  readonly framesLeftOut: number;
}

const BOUNDED_KINDS: Readonly<Record<BoundedKind, string>> = {
  figures: 'figures',
  listeners: 'listening sockets',
  processes: 'processes',
  ports: 'users of ports',
  flows: 'groups of flows',
  namespaces: 'names of namespaces',
  notes: 'marks and gaps',
};

/** What a user should know of a capture that did not end well, or was not read or held in full; `null` when there is nothing to say. */
export function describeTruncation(name: string, tail: CaptureTail, framesLeftOut = 0): string | null {
  const parts: string[] = [];
  if (tail.stillRecording === true) parts.push('it is still being recorded; read up to now');
  else if (!tail.complete && tail.badLines === 0)
    parts.push(
      tail.torn
        ? 'the recording was cut off; its last line is incomplete and left out'
        : 'the recording was cut off; everything written until then is read',
    );
  if (tail.badLines > 0)
    parts.push(
      `${tail.badLines} damaged ${tail.badLines === 1 ? 'line' : 'lines'} left out${tail.badLines < MAX_BAD_LINES ? '' : '; reading stopped there'}`,
    );
  if (tail.unknownRecords > 0) parts.push(`${tail.unknownRecords} records of a newer ctdiag left out`);
  for (const [kind, retained] of tail.exceeded)
    parts.push(`more ${BOUNDED_KINDS[kind]} than ctdiag keeps: all but ${retained} left out`);
  if (framesLeftOut > 0) parts.push(`too long for memory: its first ${framesLeftOut} frames left out`);
  return parts.length === 0 ? null : `${safeText(name)}: ${parts.join('; ')}.`;
}

/** Whether the end of a capture needs a notice. */
export function isTruncated({ name, tail, framesLeftOut }: Truncation): boolean {
  return describeTruncation(name, tail, framesLeftOut) !== null;
}
