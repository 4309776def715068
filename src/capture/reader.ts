import type { StreamHeader, StreamRecord } from '../records/record.js';
import type { Bounded } from './bounds.js';

/** How reading a capture ended, and what of it could not be used. */
export interface CaptureTail {
  /** The capture was closed in good order (it has its `end` record). */
  readonly complete: boolean;
  /** The last line is cut off, or the compressed data are damaged. */
  readonly torn: boolean;
  /** Lines in the middle that are no valid record. */
  readonly badLines: number;
  /** Records of types that a newer ctdiag writes. */
  readonly unknownRecords: number;
  /** Of what there is more than any host has, and how many were kept. */
  readonly leftOut: ReadonlyMap<Bounded, number>;
}

/** A capture that is being read. */
export interface CaptureReader {
  readonly name: string;
  readonly header: StreamHeader;
  /** The records in order. Ends at the end of what can be read; a torn tail is no error. */
  readonly records: AsyncIterable<StreamRecord>;
  /** What was found at the end; complete once `records` is exhausted. */
  readonly tail: CaptureTail;
  /** How much of it has been read so far, in bytes as they lie on the disk. */
  readonly progress: CaptureProgress;
}

/** How much of a capture has been read. */
export interface CaptureProgress {
  readonly readBytes: number;
  /** What there was to read when it was opened; `null` of what is no file, or grows. */
  readonly totalBytes: number | null;
}
