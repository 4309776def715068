import type { StreamHeader, StreamRecord } from '../records/record.js';
import type { BoundedKind } from './bounds.js';

/** Reading stops after this many damaged lines: so many mean that the file is not worth the time. */
export const MAX_BAD_LINES = 100_000;

/** How a capture ended, and what in it could not be read. */
export interface CaptureTail {
  /** The recorder closed it: it has its `end` record. */
  readonly complete: boolean;
  /** A recorder holds the ring: its end is not a loss. Absent for a file. */
  readonly stillRecording?: boolean;
  /** The last line is cut off, or the gzip data are damaged. */
  readonly torn: boolean;
  /** Lines before the end that are not valid records; reading stops at {@link MAX_BAD_LINES}. */
  readonly badLines: number;
  /** Records of types that only a newer ctdiag knows. */
  readonly unknownRecords: number;
  /** Kinds of items beyond what any host has, each with the number that was kept. */
  readonly exceeded: ReadonlyMap<BoundedKind, number>;
}

/** An open capture. */
export interface CaptureReader {
  readonly name: string;
  readonly header: StreamHeader;
  /** The records in order. Ends where nothing more can be read; a torn tail is not an error. */
  readonly records: AsyncIterable<StreamRecord>;
  /** Counts so far; final once `records` is exhausted. */
  readonly tail: CaptureTail;
  /** Bytes read so far, as stored (compressed). */
  readonly progress: CaptureProgress;
}

/** How much of a capture has been read. */
export interface CaptureProgress {
  readonly readBytes: number;
  /** The size when it was opened; `null` for a pipe or a file that is followed. */
  readonly totalBytes: number | null;
}
