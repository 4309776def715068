import type { ElapsedMs, StreamRecord, UnreadGroup, UnreadKind } from '../records/index.js';

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
  /** Of that what could hide a refusal, by kind; left out where nothing of a source can. */
  readonly unread?: readonly UnreadGroup[];
  /** Resolves when the last figures have been read; they come out of the next poll. */
  stop(): Promise<void>;
  /** Ends at once whatever it has started. */
  kill(): void;
}

/** Names that a group of unread things holds at most. */
const MAX_NAMES = 20;

/** One group of these things; none where there is none. */
export function unreadGroups(kind: UnreadKind, names: readonly string[], why: string): UnreadGroup[] {
  return names.length === 0 ? [] : [{ kind, count: names.length, names: names.slice(0, MAX_NAMES), why }];
}
