/** A line longer than this is not of a capture; it is cut and counted as bad. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

const NEWLINE = 0x0a;

/** One line without its end. `whole` is false for the last one when no newline ended it. */
export interface Line {
  readonly text: string;
  readonly whole: boolean;
}

/**
 * Splits bytes into lines; memory stays bounded whatever the input. The marker `torn` says that the source
 * broke off there: one more line that is empty and not whole ends the lines then.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer | 'torn'>): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let held = 0;
  let overlong = false;
  let torn = false;

  const take = (last: Buffer): Line => {
    const text = overlong ? '\u0000' : Buffer.concat([...parts, last]).toString('utf8');
    parts = [];
    held = 0;
    overlong = false;
    return { text, whole: true };
  };

  for await (const chunk of chunks) {
    if (chunk === 'torn') {
      torn = true;
      break;
    }
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      yield take(chunk.subarray(from, at));
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    held += rest.length;
    if (held > MAX_LINE_BYTES) {
      overlong = true;
      parts = [];
    } else if (rest.length > 0) parts.push(rest);
  }
  if (held > 0) yield { ...take(Buffer.alloc(0)), whole: false };
  if (torn) yield { text: '', whole: false };
}
