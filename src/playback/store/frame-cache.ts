import type { RecordLog } from '../../capture/index.js';
import { createFold } from '../../model/index.js';
import type { FoldState, Frame } from '../../model/index.js';
import type { StreamHeader } from '../../records/index.js';

/**
 * Stretches whose frames are kept: those that a chart of five minutes shows, and the ones beside them. What is further
 * off is dropped before more is folded: kept past a jump, it would outlive the young generation and be collected with
 * everything else that is held, which takes longer than the jump.
 */
const CACHED_BLOCKS = 8;

/** A stretch of a recording: the records of some frames, and the state they are folded from. */
export interface FrameBlock {
  /** Where the fold stood before the first record of it, but for the lists with which its log begins. */
  readonly state: FoldState;
  readonly log: RecordLog;
  /** How many blocks came before it, and how many frames. */
  readonly number: number;
  readonly from: number;
  frames: number;
  /** Figures and items of lists that its frames hold. */
  weight: number;
  /** What it takes in memory, once it is full. */
  bytes: number;
  /** Its frames, while they are kept; not in a map, whose outgrown tables would keep them alive. */
  retained: Frame[] | null;
}

/** The frames of stretches, folded anew where they are not kept. */
export interface FrameCache {
  framesOf(block: FrameBlock): readonly Frame[];
  /** Forgets stretches that are gone. */
  forget(blocks: readonly FrameBlock[]): void;
}

/** Starts empty; holds frames of `maxWeight` figures and items of lists at most. */
export function createFrameCache(header: StreamHeader, maxWeight: number): FrameCache {
  /** Stretches that were folded anew, and are kept. */
  let cached: FrameBlock[] = [];

  function refold({ state, log }: FrameBlock): Frame[] {
    const fold = createFold(header, state);
    const frames: Frame[] = [];
    for (const record of log.read()) {
      const frame = fold.push(record);
      if (frame !== null) frames.push(frame);
    }
    return frames;
  }

  return {
    framesOf(block) {
      if (block.retained !== null) return block.retained;
      const isHeavy = cached.reduce((sum, { weight }) => sum + weight, block.weight) > maxWeight;
      cached = cached.filter((other) => {
        const isNear = !isHeavy && Math.abs(other.number - block.number) < CACHED_BLOCKS;
        if (!isNear) other.retained = null;
        return isNear;
      });
      cached.push(block);
      block.retained = refold(block);
      return block.retained;
    },
    forget(blocks) {
      cached = cached.filter((block) => !blocks.includes(block));
    },
  };
}
