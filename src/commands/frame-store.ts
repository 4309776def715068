import { createRecordLog, createShapes } from '../capture/index.js';
import type { RecordLog } from '../capture/index.js';
import { createFold } from '../model/index.js';
import type { Fold, FoldState, Frame } from '../model/index.js';
import type { ElapsedMs, StreamHeader, StreamRecord } from '../records/index.js';

/** Frames of one stretch: what is folded anew to reach a moment is at most this before it. */
const BLOCK_FRAMES = 60;
/** Stretches whose frames are kept: those that a chart of five minutes shows, and the ones beside them. */
const CACHED_BLOCKS = 8;
/** The newest stretches are kept beside those: a replay is read on while a person looks elsewhere. */
const NEWEST_BLOCKS = 2;

interface Block {
  /** Where the fold stood before the first record of it. */
  readonly state: FoldState;
  readonly log: RecordLog;
  frames: number;
}

/** Every frame of a recording, held as the records it was made of; a day of seconds takes tens of megabytes. */
export interface FrameStore {
  /** Takes one record; the frame that it ends, if any. */
  take(record: StreamRecord): Frame | null;
  readonly length: number;
  /** When the frame at `index` ended; `undefined` outside. */
  elapsedAt(index: number): ElapsedMs | undefined;
  /** The last frame not after `elapsedMs`; -1 before the first. */
  indexOf(elapsedMs: ElapsedMs): number;
  /** The frames from `from` up to and without `to`. */
  slice(from: number, to: number): Frame[];
}

/** Starts empty; of more than `mostFrames` the oldest are let go, a stretch at a time. */
export function createFrameStore(header: StreamHeader, mostFrames: number): FrameStore {
  const shapes = createShapes();
  const fold: Fold = createFold(header);
  let times = new Float64Array(1024);
  let length = 0;
  const blocks: Block[] = [{ state: fold.state(), log: createRecordLog(shapes), frames: 0 }];
  /** Frames by block, the least recently used first; the newest blocks apart, oldest first. */
  const cache = new Map<Block, readonly Frame[]>();
  const newest = new Map<Block, Frame[]>();

  function note(elapsedMs: ElapsedMs): void {
    if (length === times.length) {
      const larger = new Float64Array(length * 2);
      larger.set(times);
      times = larger;
    }
    times[length] = elapsedMs;
    length += 1;
  }

  function beginBlock(): Block {
    blocks.at(-1)?.log.seal();
    const block = { state: fold.state(), log: createRecordLog(shapes), frames: 0 };
    blocks.push(block);
    const [first] = blocks;
    if (first !== undefined && length - first.frames >= mostFrames) {
      blocks.shift();
      newest.delete(first);
      cache.delete(first);
      times.copyWithin(0, first.frames, length);
      length -= first.frames;
    }
    return block;
  }

  function framesOf(block: Block): readonly Frame[] {
    const fresh = newest.get(block);
    if (fresh !== undefined) return fresh;
    const known = cache.get(block) ?? refolded(block);
    cache.delete(block);
    cache.set(block, known);
    const [oldest] = cache.keys();
    if (cache.size > CACHED_BLOCKS && oldest !== undefined) cache.delete(oldest);
    return known;
  }

  function refolded(block: Block): Frame[] {
    const again = createFold(header, block.state);
    const frames: Frame[] = [];
    for (const record of block.log.read()) {
      const frame = again.push(record);
      if (frame !== null) frames.push(frame);
    }
    return frames;
  }

  return {
    get length() {
      return length;
    },
    take(record) {
      let block = blocks.at(-1);
      if (block === undefined || block.frames >= BLOCK_FRAMES) block = beginBlock();
      block.log.append(record);
      const frame = fold.push(record);
      if (frame === null) return null;
      block.frames += 1;
      note(frame.elapsedMs);
      const frames = newest.get(block);
      if (frames !== undefined) frames.push(frame);
      else {
        newest.set(block, [frame]);
        const [oldest] = newest.keys();
        if (newest.size > NEWEST_BLOCKS && oldest !== undefined) newest.delete(oldest);
      }
      return frame;
    },
    elapsedAt: (index) => (index < 0 || index >= length ? undefined : times[index]),
    indexOf(elapsedMs) {
      let [low, high] = [0, length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((times[middle] ?? 0) <= elapsedMs) low = middle + 1;
        else high = middle;
      }
      return low - 1;
    },
    slice(from, to) {
      const found: Frame[] = [];
      // All blocks but the last are full.
      for (let at = Math.floor(from / BLOCK_FRAMES); at * BLOCK_FRAMES < to && at < blocks.length; at += 1) {
        const block = blocks[at];
        if (block === undefined) break;
        const begin = at * BLOCK_FRAMES;
        found.push(...framesOf(block).slice(Math.max(0, from - begin), Math.max(0, to - begin)));
      }
      return found;
    },
  };
}
