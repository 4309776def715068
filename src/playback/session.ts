import { STANDARD_THRESHOLDS } from '../diagnose/index.js';
import type { Thresholds } from '../diagnose/index.js';
import type { Span, Window } from '../model/index.js';
import type { ElapsedMs, MarkRecord, StreamHeader, StreamRecord } from '../records/index.js';
import { createJudge, framesBefore } from './judge.js';
import type { Verdict } from './judge.js';
import type { ScreenState, VerdictChange } from './screen-state.js';
import { createFrameStore } from './store/frame-store.js';
import { createVerdictLog } from './verdict-log.js';

/** What the charts show. */
const CHART_MS = 300_000;
/** Frames further apart than so many intervals have a gap between them. */
const LONGEST_FRAME_INTERVALS = 2.5;
/** What can be scrubbed back over while live: an hour of seconds. */
const MAX_FRAMES = 3600;
/** While a capture is read, so many frames are judged at once; where the verdict changed, each of them. */
const STRIDE_FRAMES = 10;
/** Changes, notes and gaps that are remembered; a time line has far fewer columns. */
const MAX_MARKS = 10_000;

/** The part of the screen's state that a moment decides. */
export type Moment = Pick<
  ScreenState,
  'frames' | 'window' | 'diagnosis' | 'verdicts' | 'header' | 'thresholds' | 'marks' | 'gaps' | 'silences'
>;

/** The moments of one host and the verdict at each, live or out of a capture. */
export interface Session {
  readonly header: StreamHeader;
  /** How many frames there are. */
  readonly length: number;
  /** Frames at the beginning that were let go, because a recording may take only so much memory. */
  readonly leftOut: number;
  /** When the frame at `index` ended; `undefined` outside. */
  elapsedAt(index: number): ElapsedMs | undefined;
  /** The last frame not after `elapsedMs`; -1 before the first. */
  indexOf(elapsedMs: ElapsedMs): number;
  readonly verdicts: readonly VerdictChange[];
  /** What a person noted, oldest first. */
  readonly marks: readonly MarkRecord[];
  /** Stretches in which the recording has no frame. */
  readonly gaps: readonly Span[];
  /** Takes the next record; whether a frame ended with it. */
  take(record: StreamRecord): boolean;
  /** Judges the frames that are still pending: no more frames arrive for now. */
  settle(): void;
  at(index: number): Moment;
  /** The verdict alone, which costs less than the whole state. */
  verdictAt(index: number): Pick<Moment, 'window' | 'diagnosis'>;
}

/** Starts a session; `keepAll` for a capture, which is as long as it is. Frames before `fromMs` are left out. */
export function createSession(
  header: StreamHeader,
  keepAll: boolean,
  thresholds: Thresholds = STANDARD_THRESHOLDS,
  fromMs: ElapsedMs = Number.NEGATIVE_INFINITY,
): Session {
  const store = createFrameStore(header, keepAll ? Number.POSITIVE_INFINITY : MAX_FRAMES, fromMs);
  const log = createVerdictLog(header, MAX_MARKS);
  const judge = createJudge(header, store, thresholds, log);
  const marks: MarkRecord[] = [];
  const silences: Span[] = [];
  const gaps: Window['gaps'][number][] = [];
  /** Frames at the end that are not judged yet. */
  let unjudged = 0;

  function settle(): void {
    const count = unjudged;
    unjudged = 0;
    judge.judgeNewest(count);
  }

  function verdictAt(index: number): Verdict {
    if (index >= store.length - unjudged) settle();
    return judge.verdictAt(index);
  }

  return {
    header,
    get length() {
      return store.length;
    },
    get leftOut() {
      return store.leftOut;
    },
    elapsedAt: (index) => store.elapsedAt(index),
    indexOf: (elapsedMs) => store.indexOf(elapsedMs),
    verdicts: log.changes,
    marks,
    gaps: silences,
    take(record) {
      const beforeMs = store.elapsedAt(store.length - 1);
      const frame = store.take(record);
      if (frame === null) return false;
      const { elapsedMs } = frame;
      const silentFromMs = beforeMs ?? elapsedMs;
      if (elapsedMs - silentFromMs > LONGEST_FRAME_INTERVALS * header.intervalMs)
        keep(silences, { fromMs: silentFromMs, toMs: elapsedMs });
      keep(gaps, ...frame.gaps.map((gap) => ({ ...gap, atMs: elapsedMs })));
      keep(marks, ...frame.marks);
      unjudged += 1;
      if (!keepAll || unjudged >= STRIDE_FRAMES || store.length === 1) settle();
      return true;
    },
    settle,
    verdictAt,
    at(index) {
      const shownMs = store.elapsedAt(index) ?? Number.NEGATIVE_INFINITY;
      const verdict = verdictAt(index);
      const { diagnosis } = verdict;
      const isMeasuring = diagnosis?.measuring === true && diagnosis.findings.length === 0;
      return {
        header,
        frames: framesBefore(store, index, CHART_MS),
        ...verdict,
        thresholds,
        marks: marks.filter(({ elapsedMs }) => elapsedMs <= shownMs),
        gaps: gaps.filter(({ atMs }) => atMs <= shownMs),
        silences: silences.filter(({ toMs }) => toMs <= shownMs),
        // The first verdict holds from the first frame on, but is known only with the next.
        verdicts: isMeasuring ? [] : log.changes.filter(({ elapsedMs }) => elapsedMs <= shownMs),
      };
    },
  };
}

/** Adds items to a list that is bounded. */
function keep<Item>(list: Item[], ...items: readonly Item[]): void {
  list.push(...items.slice(0, Math.max(0, MAX_MARKS - list.length)));
}
