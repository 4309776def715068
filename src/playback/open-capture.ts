import { openCaptureReader } from '../capture/index.js';
import type { CaptureReader } from '../capture/index.js';
import type { Thresholds } from '../diagnose/index.js';
import type { StreamRecord } from '../records/index.js';
import { asUserError, EXIT, UserError } from '../exit.js';
import type { Recording } from './fleet.js';
import { createSession } from './session.js';
import type { Session } from './session.js';
import { isTruncated } from './truncation.js';
import type { Truncation } from './truncation.js';
import { sinceOf, spanIn } from './time/time-span.js';
import type { TimeSpan } from './time/time-span.js';

/** A capture that is being read for the screen. */
export interface OpenedCapture extends Recording {
  readonly reader: CaptureReader;
  readonly session: Session;
  /** Reads so many frames, or what there is; whether there may be more. */
  read(frames: number, onFrame?: () => void): Promise<boolean>;
  /** How it ended and what is missing of it; `null` when nothing is. */
  truncation(): Truncation | null;
}

export interface OpenOptions {
  readonly follow: boolean;
  /** Which part of it; fixed moments. */
  readonly span: TimeSpan;
  readonly thresholds: Thresholds | undefined;
}

/** Opens a capture and reads it up to its first frame; throws a {@link UserError} when there is none. */
export async function openCapture(path: string, options: OpenOptions): Promise<OpenedCapture> {
  try {
    const { follow, span } = options;
    const reader = await openCaptureReader(path, sinceOf(span), follow);
    const { startedAtMs } = reader.header;
    // Fixed moments need no end to count from.
    const { fromMs, toMs } = spanIn(span, 0);
    const session = createSession(reader.header, true, options.thresholds, fromMs - startedAtMs);
    const isBeyond = ({ type, elapsedMs }: StreamRecord): boolean =>
      type === 'tick' && elapsedMs > toMs - startedAtMs;
    const records = reader.records[Symbol.asyncIterator]();
    let state: Recording['state'] = follow ? 'growing' : 'reading';

    async function read(frames: number, onFrame: () => void = () => undefined): Promise<boolean> {
      for (let left = frames; left > 0;) {
        const next = await records.next();
        if (next.done === true || isBeyond(next.value)) {
          state = 'whole';
          session.settle();
          return false;
        }
        if (!session.take(next.value)) continue;
        left -= 1;
        onFrame();
      }
      return true;
    }

    await read(1);
    if (session.length === 0)
      throw new UserError(
        EXIT.badData,
        span.from === null && span.to === null
          ? `${reader.name} holds no complete second; record for longer.`
          : `${reader.name} holds nothing between --from and --to.`,
      );
    return {
      file: path,
      why: null,
      session,
      reader,
      get state() {
        return state;
      },
      read,
      truncation() {
        // With a requested end, data after it is not missing.
        if (toMs !== Number.POSITIVE_INFINITY) return null;
        const found = { name: reader.name, tail: reader.tail, framesLeftOut: session.leftOut };
        return isTruncated(found) ? found : null;
      },
    };
  } catch (error) {
    throw asUserError(error);
  }
}
