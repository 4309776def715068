import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** How often a growing file is looked at, and how much is read of it at once. */
export const FOLLOW_MS = 250;
const CHUNK_BYTES = 64 * 1024;
/** The empty block that ends a flush in a deflate stream. A stream that is closed ends otherwise. */
export const FLUSH_MARK = Buffer.from([0, 0, 0xff, 0xff]);
/** A file that looks closed may yet be in the middle of a write: it is, once it has stood still for so long. */
const CLOSED_MS = 500;
/** One that was not closed has been left for good once it stood still for so long. */
const KILLED_MS = 5000;

/**
 * A file's bytes, and then what is appended to it: for ever, or once `succeeded` says that its writer has gone on
 * in another file, until the end that it gives this one. That comes a little later, for it is written in the background.
 */
export async function* growing(path: string, succeeded: () => boolean): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  let ending: Buffer = Buffer.alloc(0);
  let quietLooks = 0;
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(CHUNK_BYTES) });
      if (bytesRead > 0) {
        quietLooks = 0;
        const chunk = buffer.subarray(0, bytesRead);
        ending = Buffer.concat([ending, chunk]).subarray(-FLUSH_MARK.length);
        yield chunk;
        continue;
      }
      if (succeeded()) {
        const ageMs = Date.now() - (await file.stat()).mtimeMs;
        const closed = ending.length > 0 && !ending.equals(FLUSH_MARK);
        if (Math.max(ageMs, quietLooks * FOLLOW_MS) > (closed ? CLOSED_MS : KILLED_MS)) return;
        quietLooks += 1;
      }
      await wait(FOLLOW_MS, undefined, { ref: false });
    }
  } finally {
    await file.close();
  }
}
