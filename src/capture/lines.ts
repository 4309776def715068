/** A longer line cannot be a record; it is discarded and counted as bad. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

const NEWLINE = 0x0a;

/** One line without its newline. `terminated` is false for a last line without one. */
export interface TextLine {
  readonly text: string;
  readonly terminated: boolean;
}

/**
 * Splits bytes into lines in bounded memory; empty lines are left out. After the marker `torn` (the source broke off there) one more line
 * follows that is empty and not terminated.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer | 'torn'>): AsyncGenerator<TextLine> {
  let parts: Buffer[] = [];
  let held = 0;
  let overlong = false;
  let torn = false;

  const endLine = (last: Buffer): TextLine => {
    const text = overlong ? '\u0000' : Buffer.concat([...parts, last]).toString('utf8');
    parts = [];
    held = 0;
    overlong = false;
    return { text, terminated: true };
  };

  for await (const chunk of chunks) {
    if (chunk === 'torn') {
      torn = true;
      break;
    }
    let from = 0;
    for (;;) {
      // A gigabyte of newlines is skipped byte by byte in seconds; a line each would take minutes.
      if (held === 0) while (chunk[from] === NEWLINE) from += 1;
      const at = chunk.indexOf(NEWLINE, from);
      if (at === -1) break;
      yield endLine(chunk.subarray(from, at));
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    held += rest.length;
    if (held > MAX_LINE_BYTES) {
      overlong = true;
      parts = [];
    } else if (rest.length > 0) parts.push(rest);
  }
  if (held > 0) yield { ...endLine(Buffer.alloc(0)), terminated: false };
  if (torn) yield { text: '', terminated: false };
}
