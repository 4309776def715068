import type { CaptureTail } from '../capture/index.js';
import { safeText } from '../render/index.js';

/** What a user should know of a capture that did not end well; `null` when there is nothing to say. */
export function tailWords(name: string, tail: CaptureTail): string | null {
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
  return words.length === 0 ? null : `${safeText(name)}: ${words.join('; ')}.`;
}
