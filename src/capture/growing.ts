import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** How often a growing file is polled, and how much is read at once. */
export const POLL_MS = 250;
const CHUNK_BYTES = 64 * 1024;
/** The empty block that ends a flush in a deflate stream. A closed stream ends differently. */
export const FLUSH_MARK = Buffer.from([0, 0, 0xff, 0xff]);
/** A file that looks closed may be in the middle of a write; it counts as closed after this long without a change. */
const CLOSED_AFTER_MS = 500;
/** A file that was not closed counts as abandoned after this long without a change. */
const ABANDONED_AFTER_MS = 5000;

/**
 * A file's bytes, then what is appended to it. Ends when `hasSuccessor` says that the recorder has started the next
 * file and this one is closed or abandoned: its end is written in the background, a little after the next begins.
 */
export async function* followFile(path: string, hasSuccessor: () => boolean): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  let ending: Buffer = Buffer.alloc(0);
  let idlePolls = 0;
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(CHUNK_BYTES) });
      if (bytesRead > 0) {
        idlePolls = 0;
        const chunk = buffer.subarray(0, bytesRead);
        ending = Buffer.concat([ending, chunk]).subarray(-FLUSH_MARK.length);
        yield chunk;
        continue;
      }
      if (hasSuccessor()) {
        const ageMs = Date.now() - (await file.stat()).mtimeMs;
        const closed = ending.length > 0 && !ending.equals(FLUSH_MARK);
        if (Math.max(ageMs, idlePolls * POLL_MS) > (closed ? CLOSED_AFTER_MS : ABANDONED_AFTER_MS)) return;
        idlePolls += 1;
      }
      await wait(POLL_MS, undefined, { ref: false });
    }
  } finally {
    await file.close();
  }
}
