import { createRecordLog, createShapes } from '../../capture/index.js';
import type { RecordLog, Shapes } from '../../capture/index.js';
import { createFold } from '../../model/index.js';
import type { Fold, FoldState, Frame } from '../../model/index.js';
import type { ElapsedMs, StreamHeader, StreamRecord } from '../../records/index.js';
import { beginLog, bytesOfState, itemsOf } from './frame-block.js';

/** Frames of one stretch: what is folded anew to reach a moment is at most this before it. */
const BLOCK_FRAMES = 60;
/** A stretch ends sooner when it has so many figures and items of lists, or its records take so much. */
const BLOCK_WEIGHT = 100_000;
const BLOCK_BYTES = 1 << 20;
/**
 * Stretches whose frames are kept: those that a chart of five minutes shows, and the ones beside them. What is further
 * off than that is let go before more is folded: kept past a jump, it would outlive the young generation and be
 * collected with everything else that is held, which takes longer than the jump.
 */
const CACHED_BLOCKS = 8;
/** The newest stretches are kept beside those: a replay is read on while a person looks elsewhere. */
const NEWEST_BLOCKS = 2;
/** What the frames of a moment hold at most: figures, of 8 bytes each, and items of lists, of hundreds. */
const MOST_WEIGHT = 500_000;
/** What a recording takes at most; a day of a busy host takes a tenth. Beyond it the oldest is let go, an eighth at once. */
const MOST_BYTES = 128 << 20;
/** Looks of items are told once; after so much of them they are told anew, to go with what they were told for. */
const MOST_SHAPES_BYTES = 8 << 20;

interface Block {
  /** Where the fold stood before the first record of it, but for the lists with which its log begins. */
  readonly state: FoldState;
  readonly log: RecordLog;
  /** How many came before it, and how many frames. */
  readonly number: number;
  readonly from: number;
  frames: number;
  /** Figures and items of lists that its frames hold. */
  weight: number;
  /** What it takes, once it is full. */
  bytes: number;
  /** Its frames, while they are kept; here and in no map, whose outgrown tables would hold them on. */
  kept: Frame[] | null;
}

/** Every frame of a recording, held as the records it was made of; a day of seconds takes tens of megabytes. */
export interface FrameStore {
  /** Takes one record; the frame that it ends, if any. */
  take(record: StreamRecord): Frame | null;
  readonly length: number;
  /** Frames that were let go because more cannot be held; not those beyond what was asked for. */
  readonly leftOut: number;
  /** When the frame at `index` ended; `undefined` outside. */
  elapsedAt(index: number): ElapsedMs | undefined;
  /** The last frame not after `elapsedMs`; -1 before the first. */
  indexOf(elapsedMs: ElapsedMs): number;
  /** From where on frames up to `index` can be had together: `from`, but for what no host has. */
  heldFrom(from: number, index: number): number;
  /** The frames from `from` up to and without `to`. */
  slice(from: number, to: number): Frame[];
}

/**
 * Starts empty; of more than `mostFrames` the oldest are let go, a stretch at a time. What comes before `fromMs` is
 * folded, so that the first frame has its rates, and not kept.
 */
export function createFrameStore(
  header: StreamHeader,
  mostFrames: number,
  fromMs: ElapsedMs = Number.NEGATIVE_INFINITY,
  mostBytes = MOST_BYTES,
): FrameStore {
  let shapes: Shapes = createShapes();
  const fold: Fold = createFold(header);
  let times = new Float64Array(1024);
  let length = 0;
  let leftOut = 0;
  let heldBytes = 0;
  let standing = fold.state();
  const blocks: Block[] = [blockFrom(standing, 0, 0)];
  /** Those that were folded anew, and are kept. */
  let cached: Block[] = [];

  function blockFrom(state: FoldState, number: number, from: number, log = createRecordLog(shapes)): Block {
    return { state, log, number, from, frames: 0, weight: 0, bytes: 0, kept: [] };
  }

  function note(elapsedMs: ElapsedMs): void {
    if (length === times.length) {
      const larger = new Float64Array(length * 2);
      larger.set(times);
      times = larger;
    }
    times[length] = elapsedMs;
    length += 1;
  }

  /** Ends the newest stretch and begins another. */
  function nextBlock(ended: Block): Block {
    ended.log.seal();
    ended.bytes += ended.log.sizeBytes + ended.frames * 8 + bytesOfState(ended.state);
    heldBytes += ended.bytes;
    if (shapes.sizeBytes >= MOST_SHAPES_BYTES) shapes = createShapes();
    const shapesBefore = shapes.sizeBytes;
    const log = createRecordLog(shapes);
    const now = fold.state();
    const state = beginLog(log, now, standing, times[length - 1] ?? 0);
    standing = now;
    const block = blockFrom(state, ended.number + 1, ended.from + ended.frames, log);
    block.bytes = shapes.sizeBytes - shapesBefore;
    blocks.push(block);
    const aged = blocks.at(-1 - NEWEST_BLOCKS);
    if (aged !== undefined) aged.kept = null;
    const [first] = blocks;
    if (first !== undefined && length - first.frames >= mostFrames) letGo(1);
    if (heldBytes > mostBytes) leftOut += letGo(beyond((mostBytes * 7) / 8));
    return block;
  }

  /** How many of the oldest must go for the others to take so much; the newest stay. */
  function beyond(bytes: number): number {
    let left = heldBytes;
    let count = 0;
    for (; left > bytes && count < blocks.length - NEWEST_BLOCKS; count += 1)
      left -= blocks[count]?.bytes ?? 0;
    return count;
  }

  function letGo(count: number): number {
    const gone = blocks.splice(0, count);
    const frames = gone.reduce((sum, block) => sum + block.frames, 0);
    heldBytes -= gone.reduce((sum, block) => sum + block.bytes, 0);
    cached = cached.filter((block) => !gone.includes(block));
    times.copyWithin(0, frames, length);
    length -= frames;
    return frames;
  }

  function framesOf(block: Block): readonly Frame[] {
    if (block.kept !== null) return block.kept;
    const heavy = cached.reduce((sum, block) => sum + block.weight, block.weight) > MOST_WEIGHT;
    cached = cached.filter((other) => {
      const near = !heavy && Math.abs(other.number - block.number) < CACHED_BLOCKS;
      if (!near) other.kept = null;
      return near;
    });
    cached.push(block);
    block.kept = refolded(block);
    return block.kept;
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

  /** Where among the blocks the frame at `index` is. */
  function placeOf(index: number): number {
    const wanted = index + (blocks[0]?.from ?? 0);
    let [low, high] = [0, blocks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((blocks[middle]?.from ?? 0) <= wanted) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  return {
    get length() {
      return length;
    },
    get leftOut() {
      return leftOut;
    },
    take(record) {
      let block = blocks.at(-1) ?? blockFrom(standing, 0, 0);
      const isFull = block.weight >= BLOCK_WEIGHT || block.log.sizeBytes >= BLOCK_BYTES;
      if (isFull || block.frames >= BLOCK_FRAMES) block = nextBlock(block);
      const shapesBefore = shapes.sizeBytes;
      block.log.append(record);
      block.bytes += shapes.sizeBytes - shapesBefore;
      block.weight += itemsOf(record);
      const frame = fold.push(record);
      if (frame === null) return null;
      if (length === 0 && frame.elapsedMs < fromMs) {
        standing = fold.state();
        heldBytes = 0;
        blocks.splice(0, blocks.length, blockFrom(standing, 0, 0));
        return null;
      }
      block.frames += 1;
      block.weight += frame.readings.size;
      note(frame.elapsedMs);
      block.kept?.push(frame);
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
    heldFrom(from, index) {
      const first = blocks[0]?.from ?? 0;
      let at = placeOf(index);
      let weight = 0;
      for (; at >= 0; at -= 1) {
        const block = blocks[at];
        weight += block?.weight ?? 0;
        if (weight > MOST_WEIGHT) break;
        if (block === undefined || block.from - first <= from) return from;
      }
      return Math.min(index, (blocks[at + 1]?.from ?? 0) - first);
    },
    slice(from, to) {
      const found: Frame[] = [];
      const first = blocks[0]?.from ?? 0;
      for (let at = placeOf(from); at < blocks.length; at += 1) {
        const block = blocks[at];
        if (block === undefined) break;
        const begin = block.from - first;
        if (begin >= to) break;
        found.push(...framesOf(block).slice(Math.max(0, from - begin), Math.max(0, to - begin)));
      }
      return found;
    },
  };
}
