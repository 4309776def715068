import type { BoundedKind, CaptureTail } from '../capture/index.js';
import { safeText } from '../render/index.js';

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
  const words: string[] = [];
  if (!tail.complete && tail.badLines === 0)
    words.push(
      tail.torn
        ? 'the recording was cut off; its last line is incomplete and left out'
        : 'the recording was cut off; all that was written is read',
    );
  if (tail.badLines > 0)
    words.push(`${tail.badLines} damaged ${tail.badLines === 1 ? 'line' : 'lines'} left out`);
  if (tail.unknownRecords > 0) words.push(`${tail.unknownRecords} records of a newer ctdiag left out`);
  for (const [kind, kept] of tail.exceeded)
    words.push(`more ${BOUNDED_KINDS[kind]} than any host has: all but ${kept} left out`);
  if (framesLeftOut > 0) words.push(`more than can be held: its first ${framesLeftOut} frames left out`);
  return words.length === 0 ? null : `${safeText(name)}: ${words.join('; ')}.`;
}
