import { createRecordLog, createShapes } from '../capture/index.js';
import type { RecordLog } from '../capture/index.js';
import { createFold } from '../model/index.js';
import type { Fold, FoldState, Frame } from '../model/index.js';
import type { ElapsedMs, StreamHeader, StreamRecord } from '../records/index.js';

/** Frames of one stretch: what is folded anew to reach a moment is at most this before it. */
const BLOCK_FRAMES = 60;
/**
 * Stretches whose frames are kept: those that a chart of five minutes shows, and the ones beside them. What is further
 * off than that is let go before more is folded: kept past a jump, it would outlive the young generation and be
 * collected with everything else that is held, which takes longer than the jump.
 */
const CACHED_BLOCKS = 8;
/** The newest stretches are kept beside those: a replay is read on while a person looks elsewhere. */
const NEWEST_BLOCKS = 2;

interface Block {
  /** Where the fold stood before the first record of it, but for the lists with which its log begins. */
  readonly state: FoldState;
  readonly log: RecordLog;
  /** How many came before it. */
  readonly number: number;
  frames: number;
  /** Its frames, while they are kept; here and in no map, whose outgrown tables would hold them on. */
  kept: Frame[] | null;
}

/**
 * Lists that have changed since `before` begin the log, where they take bytes: a state for each minute that held
 * them as objects would be most of a day. Those that stand as they did are shared.
 */
function beginLog(log: RecordLog, now: FoldState, before: FoldState, elapsedMs: ElapsedMs): FoldState {
  const { flows, ports, coverage } = now;
  const [listeners, processes] = [now.listeners !== before.listeners, now.processes !== before.processes];
  if (listeners) log.append({ type: 'listeners', elapsedMs, listeners: now.listeners });
  if (processes) log.append({ type: 'processes', elapsedMs, processes: now.processes });
  if (flows !== null && flows !== before.flows) log.append(flows);
  if (ports !== null && ports !== before.ports) log.append(ports);
  if (coverage !== null && coverage !== before.coverage) log.append(coverage);
  return {
    ...now,
    listeners: listeners ? [] : now.listeners,
    processes: processes ? [] : now.processes,
    flows: flows === before.flows ? flows : null,
    ports: ports === before.ports ? ports : null,
    coverage: coverage === before.coverage ? coverage : null,
  };
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

/**
 * Starts empty; of more than `mostFrames` the oldest are let go, a stretch at a time. What comes before `fromMs` is
 * folded, so that the first frame has its rates, and not kept.
 */
export function createFrameStore(
  header: StreamHeader,
  mostFrames: number,
  fromMs: ElapsedMs = Number.NEGATIVE_INFINITY,
): FrameStore {
  const shapes = createShapes();
  const fold: Fold = createFold(header);
  let times = new Float64Array(1024);
  let length = 0;
  let standing = fold.state();
  const blocks: Block[] = [{ state: standing, log: createRecordLog(shapes), number: 0, frames: 0, kept: [] }];
  /** Those that were folded anew, and are kept. */
  let cached: Block[] = [];

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
    const log = createRecordLog(shapes);
    const now = fold.state();
    const state = beginLog(log, now, standing, times[length - 1] ?? 0);
    const block: Block = { state, log, number: (blocks.at(-1)?.number ?? -1) + 1, frames: 0, kept: [] };
    standing = now;
    blocks.push(block);
    const aged = blocks.at(-1 - NEWEST_BLOCKS);
    if (aged !== undefined) aged.kept = null;
    const [first] = blocks;
    if (first !== undefined && length - first.frames >= mostFrames) {
      blocks.shift();
      cached = cached.filter((one) => one !== first);
      times.copyWithin(0, first.frames, length);
      length -= first.frames;
    }
    return block;
  }

  function framesOf(block: Block): readonly Frame[] {
    if (block.kept !== null) return block.kept;
    cached = cached.filter((other) => {
      const near = Math.abs(other.number - block.number) < CACHED_BLOCKS;
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
      if (length === 0 && frame.elapsedMs < fromMs) {
        standing = fold.state();
        blocks.splice(0, 1, {
          state: standing,
          log: createRecordLog(shapes),
          number: 0,
          frames: 0,
          kept: [],
        });
        return null;
      }
      block.frames += 1;
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
