import type { ElapsedMs, StreamRecord } from '../records/index.js';

/** Something that could not be read, and why. */
export interface Unread {
  /** A file, or a figure in words: `listening sockets`. */
  readonly what: string;
  /** An errno name, or a sentence without its end. */
  readonly why: string;
}

/** One place from which the host is read. */
export interface Source {
  /** Called once a frame. Returns what is known now, and starts longer work in the background when it is due. */
  poll(elapsedMs: ElapsedMs): readonly StreamRecord[];
  /** What could not be read at the last poll. */
  readonly unreadable: readonly Unread[];
  /** Resolves when the last figures have been read; they come out of the next poll. */
  stop(): Promise<void>;
  /** Ends at once whatever it has started. */
  kill(): void;
}
