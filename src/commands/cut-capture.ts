import { setTimeout as wait } from 'node:timers/promises';
import { createCompactor, openCaptureReader, openCaptureWriter } from '../capture/index.js';
import { asUserError, EXIT, UserError } from '../exit.js';
import { fixedSpan } from '../playback/time/fixed-span.js';
import { sinceOf, spanIn } from '../playback/time/time-span.js';
import type { TimeSpan } from '../playback/time/time-span.js';
import { describeTruncation } from '../playback/truncation.js';

/** Beyond this the reader of the output is waited for: a writer that is ahead by more drops records. */
const MOST_PENDING_BYTES = 1024 ** 2;
const PENDING_MS = 10;

/** Writes a part of a capture or of a ring to standard output, as a capture of its own. Returns the exit code. */
export async function cutCapture(path: string, wanted: TimeSpan): Promise<number> {
  try {
    const span = path === '-' ? wanted : await fixedSpan([path], wanted);
    const reader = await openCaptureReader(path, sinceOf(span));
    const { header } = reader;
    const { fromMs, toMs } = spanIn(span, 0);
    const writer = openCaptureWriter('-', header, false);
    // Most records hold only what changed: the first ones of the part must hold what stood before.
    const standing = createCompactor();
    let elapsedMs = 0;
    let frames = 0;
    let hasBegun = false;
    let hasEnd = false;
    for await (const record of reader.records) {
      const atMs = header.startedAtMs + record.elapsedMs;
      const current = standing.compact(record);
      if (atMs < fromMs) continue;
      hasEnd = record.type === 'end';
      if (atMs > toMs || hasEnd) break;
      if (!hasBegun) {
        hasBegun = true;
        for (const first of standing.restart(record.elapsedMs)) writer.write(first);
        const whole = standing.compact(record);
        if (whole !== null) writer.write(whole);
      } else if (current !== null) writer.write(current);
      ({ elapsedMs } = record);
      if (record.type === 'tick') frames += 1;
      while (writer.pendingBytes > MOST_PENDING_BYTES) await Promise.race([wait(PENDING_MS), writer.failed]);
    }
    if (frames === 0)
      throw new UserError(EXIT.badData, `${reader.name} holds no second between --from and --to.`);
    writer.write({ type: 'end', elapsedMs, reason: 'cut out of a longer recording' });
    await writer.close();
    const truncation = wanted.to === null && !hasEnd ? describeTruncation(reader.name, reader.tail) : null;
    if (truncation !== null) process.stderr.write(`ctdiag: ${truncation}\n`);
    return EXIT.ok;
  } catch (error) {
    throw asUserError(error);
  }
}
