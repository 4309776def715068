import type { Frame } from '../../model/index.js';
import type { FrameBlock } from './frame-cache.js';
import { lastIndex } from './frame-times.js';

/** Indices count from the first frame of the first block; what was dropped before it does not count. */
function firstOf(blocks: readonly FrameBlock[]): number {
  return blocks[0]?.from ?? 0;
}

/** The block that holds the frame at `index`, and its place in it. */
function blockOf(blocks: readonly FrameBlock[], index: number): number {
  const wanted = index + firstOf(blocks);
  return Math.max(
    0,
    lastIndex(blocks.length, (place) => (blocks[place]?.from ?? 0) <= wanted),
  );
}

/** The first frame that can be held together with `index`: `from`, or a later one if they weigh more than `maxWeight`. */
export function heldFrom(
  blocks: readonly FrameBlock[],
  from: number,
  index: number,
  maxWeight: number,
): number {
  const first = firstOf(blocks);
  let at = blockOf(blocks, index);
  let weight = 0;
  for (; at >= 0; at -= 1) {
    const block = blocks[at];
    weight += block?.weight ?? 0;
    if (weight > maxWeight) break;
    if (block === undefined || block.from - first <= from) return from;
  }
  return Math.min(index, (blocks[at + 1]?.from ?? 0) - first);
}

/** The frames from `from` up to and without `to`. */
export function sliceBlocks(
  blocks: readonly FrameBlock[],
  from: number,
  to: number,
  framesOf: (block: FrameBlock) => readonly Frame[],
): Frame[] {
  const first = firstOf(blocks);
  const found: Frame[] = [];
  for (const block of blocks.slice(blockOf(blocks, from))) {
    const begin = block.from - first;
    if (begin >= to) break;
    found.push(...framesOf(block).slice(Math.max(0, from - begin), Math.max(0, to - begin)));
  }
  return found;
}
