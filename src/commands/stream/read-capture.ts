import { openCaptureReader } from '../../capture/index.js';
import type { InputHealth } from '../../diagnose/index.js';
import { createAccumulator, createFold } from '../../model/index.js';
import type { Frame, WindowAccumulator } from '../../model/index.js';
import { asUserError, EXIT, UserError } from '../../exit.js';
import { describeTruncation } from '../../playback/truncation.js';
import { sinceOf, spanIn } from '../../playback/time/time-span.js';
import type { TimeSpan } from '../../playback/time/time-span.js';

/** What was seen of a host. */
export interface Observation {
  readonly seen: WindowAccumulator;
  readonly reading: InputHealth;
}

/** What a capture or a ring holds of `span`; with `trend` also the points of charts. */
export async function readCapture(path: string, span: TimeSpan, trend: boolean): Promise<Observation> {
  try {
    const reader = await openCaptureReader(path, sinceOf(span));
    const fold = createFold(reader.header);
    const seen = createAccumulator(reader.header, { trend });
    const whole = span.from === null && span.to === null;
    let frames: Frame[] = [];
    for await (const record of reader.records) {
      const frame = fold.push(record);
      if (frame === null) continue;
      if (whole) seen.add(frame);
      else {
        frames.push(frame);
        // What is surely before the start is let go, a minute at a time.
        if (frames.length % 60 === 0)
          frames = framesWithin(frames, { from: span.from, to: null }, frame.atMs);
      }
    }
    const words = describeTruncation(reader.name, reader.tail);
    if (words !== null) process.stderr.write(`ctdiag: ${words}\n`);
    if (!whole) {
      const wanted = framesWithin(frames, span, frames.at(-1)?.atMs ?? 0);
      if (wanted.length === 0)
        throw new UserError(EXIT.badData, `${reader.name} holds nothing between --from and --to.`);
      for (const frame of wanted) seen.add(frame);
    }
    const { badLines, complete, stillRecording = false } = reader.tail;
    // With a requested end, data after it is not missing.
    return {
      seen,
      reading: { damagedLines: badLines, cutOff: !complete && !stillRecording && span.to === null },
    };
  } catch (error) {
    throw asUserError(error);
  }
}

function framesWithin(frames: readonly Frame[], span: TimeSpan, endMs: number): Frame[] {
  const { fromMs, toMs } = spanIn(span, endMs);
  return frames.filter((frame) => frame.atMs >= fromMs && frame.atMs <= toMs);
}
