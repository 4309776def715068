import type { ElapsedMs } from '../records/index.js';
import type { Frame } from './frame.js';

/** When something was seen: the first and the last frame of it. */
export interface Span {
  readonly fromMs: ElapsedMs;
  readonly toMs: ElapsedMs;
}

/** The span, longer by a frame at `atMs`. */
export function extendSpan(span: Span | null, atMs: ElapsedMs): Span {
  return { fromMs: span?.fromMs ?? atMs, toMs: atMs };
}

/** The statistics of one thing while frames are folded into them. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One part of a window, folded frame by frame. */
export interface WindowPart<Built> {
  /** `before` is the frame that was added before; `null` when this is the window's first. */
  add(frame: Frame, before: Frame | null): void;
  /** A snapshot as of `last`, the frame that was added last. */
  build(last: Frame): Built;
  /** An independent copy that continues from here. */
  clone(): WindowPart<Built>;
}

/** A copy of a map and, by `copy`, of what is in it. */
export function copyMap<K, V>(map: ReadonlyMap<K, V>, copy: (v: V) => V): Map<K, V> {
  return new Map([...map].map(([key, entry]) => [key, copy(entry)]));
}
