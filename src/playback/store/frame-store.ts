import { createRecordLog, createShapes } from '../../capture/index.js';
import type { Shapes } from '../../capture/index.js';
import { createFold } from '../../model/index.js';
import type { Fold, FoldState, Frame } from '../../model/index.js';
import type { ElapsedMs, StreamHeader, StreamRecord } from '../../records/index.js';
import { beginLog, bytesOfState, itemsOf } from './frame-block.js';
import { createFrameCache } from './frame-cache.js';
import type { FrameBlock } from './frame-cache.js';
import { createFrameTimes } from './frame-times.js';
import { heldFrom, sliceBlocks } from './block-lookup.js';

/** Frames of one stretch: what is folded anew to reach a moment is at most this before it. */
const BLOCK_FRAMES = 60;
/** A stretch ends sooner when it has so many figures and items of lists, or its records take so much. */
const BLOCK_WEIGHT = 100_000;
const BLOCK_BYTES = 1 << 20;
/** The newest stretches are kept beside those: a replay is read on while a person looks elsewhere. */
const NEWEST_BLOCKS = 2;
/** What the frames of a moment hold at most: figures, of 8 bytes each, and items of lists, of hundreds. */
const MAX_WEIGHT = 500_000;
/** What a recording takes at most; a day of a busy host takes a tenth. Beyond it the oldest is let go, an eighth at once. */
const MAX_BYTES = 128 << 20;
/** Lists are stored once and shared; after so many items they are stored again, so that old stretches can be dropped. */
const MAX_SHAPES_BYTES = 8 << 20;

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
  /** The first frame that can be held together with `index`: `from`, unless frames are larger than any host's. */
  heldFrom(from: number, index: number): number;
  /** The frames from `from` up to and without `to`. */
  slice(from: number, to: number): Frame[];
}

/**
 * Starts empty; of more than `maxFrames` the oldest are let go, a stretch at a time. What comes before `fromMs` is
 * folded, so that the first frame has its rates, and not kept.
 */
export function createFrameStore(
  header: StreamHeader,
  maxFrames: number,
  fromMs: ElapsedMs = Number.NEGATIVE_INFINITY,
  maxBytes = MAX_BYTES,
): FrameStore {
  let shapes: Shapes = createShapes();
  const fold: Fold = createFold(header);
  const times = createFrameTimes();
  const cache = createFrameCache(header, MAX_WEIGHT);
  let leftOut = 0;
  let heldBytes = 0;
  let lastState = fold.state();
  const blocks: FrameBlock[] = [blockFrom(lastState, 0, 0)];

  function blockFrom(
    state: FoldState,
    number: number,
    from: number,
    log = createRecordLog(shapes),
  ): FrameBlock {
    return { state, log, number, from, frames: 0, weight: 0, bytes: 0, retained: [] };
  }

  /** Ends the newest stretch and begins another. */
  function nextBlock(ended: FrameBlock): FrameBlock {
    ended.log.seal();
    ended.bytes += ended.log.sizeBytes + ended.frames * 8 + bytesOfState(ended.state);
    heldBytes += ended.bytes;
    if (shapes.sizeBytes >= MAX_SHAPES_BYTES) shapes = createShapes();
    const shapesBefore = shapes.sizeBytes;
    const log = createRecordLog(shapes);
    const now = fold.state();
    const state = beginLog(log, now, lastState, times.at(times.length - 1) ?? 0);
    lastState = now;
    const block = blockFrom(state, ended.number + 1, ended.from + ended.frames, log);
    block.bytes = shapes.sizeBytes - shapesBefore;
    blocks.push(block);
    const aged = blocks.at(-1 - NEWEST_BLOCKS);
    if (aged !== undefined) aged.retained = null;
    const [first] = blocks;
    if (first !== undefined && times.length - first.frames >= maxFrames) dropBlocks(1);
    if (heldBytes > maxBytes) leftOut += dropBlocks(blocksBeyond((maxBytes * 7) / 8));
    return block;
  }

  /** How many of the oldest stretches must be dropped to fit the limit; the newest always stay. */
  function blocksBeyond(bytes: number): number {
    let left = heldBytes;
    let count = 0;
    for (; left > bytes && count < blocks.length - NEWEST_BLOCKS; count += 1)
      left -= blocks[count]?.bytes ?? 0;
    return count;
  }

  function dropBlocks(count: number): number {
    const dropped = blocks.splice(0, count);
    const frames = dropped.reduce((sum, block) => sum + block.frames, 0);
    heldBytes -= dropped.reduce((sum, block) => sum + block.bytes, 0);
    cache.forget(dropped);
    times.dropOldest(frames);
    return frames;
  }

  return {
    get length() {
      return times.length;
    },
    get leftOut() {
      return leftOut;
    },
    take(record) {
      let block = blocks.at(-1) ?? blockFrom(lastState, 0, 0);
      const isFull = block.weight >= BLOCK_WEIGHT || block.log.sizeBytes >= BLOCK_BYTES;
      if (isFull || block.frames >= BLOCK_FRAMES) block = nextBlock(block);
      const shapesBefore = shapes.sizeBytes;
      block.log.append(record);
      block.bytes += shapes.sizeBytes - shapesBefore;
      block.weight += itemsOf(record);
      const frame = fold.push(record);
      if (frame === null) return null;
      if (times.length === 0 && frame.elapsedMs < fromMs) {
        lastState = fold.state();
        heldBytes = 0;
        blocks.splice(0, blocks.length, blockFrom(lastState, 0, 0));
        return null;
      }
      block.frames += 1;
      block.weight += frame.readings.size;
      times.add(frame.elapsedMs);
      block.retained?.push(frame);
      return frame;
    },
    elapsedAt: (index) => times.at(index),
    indexOf: (elapsedMs) => times.indexOf(elapsedMs),
    heldFrom: (from, index) => heldFrom(blocks, from, index, MAX_WEIGHT),
    slice: (from, to) => sliceBlocks(blocks, from, to, (block) => cache.framesOf(block)),
  };
}
