import { diagnose, READ_WHOLE, STANDARD_THRESHOLDS } from '../diagnose/index.js';
import type { Diagnosis, Thresholds } from '../diagnose/index.js';
import { createWindow, windowOf } from '../model/index.js';
import type { Frame, Span, Window } from '../model/index.js';
import type { ElapsedMs, MarkRecord, StreamHeader, StreamRecord } from '../records/index.js';
import type { ScreenState, VerdictChange } from './screen-state.js';
import { createFrameStore } from './store/frame-store.js';
import { createIncidents } from './incidents.js';
import { keyOf, verdictWords } from './verdicts.js';

/** What the verdict rests on while nothing is wrong. */
const WINDOW_MS = 60_000;
/** What the charts show. */
const CHART_MS = 300_000;
/** Frames further apart than so many intervals have a gap between them. */
const LONGEST_FRAME = 2.5;
/** What can be scrubbed back over while live: an hour of seconds. */
const MAX_FRAMES = 3600;
/** While a capture is read, so many frames are judged at once; where the verdict changed, each of them. */
const STRIDE_FRAMES = 10;
/** Frames that a chart or a window holds at most: five minutes at the shortest interval, whatever a file says of times. */
const MOST_SHOWN = 1500;
/** Changes, notes and gaps that are remembered; a time line has far fewer columns. */
const MOST_MARKS = 10_000;

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
  /** Judges what has not been yet: nothing more comes for now. */
  settle(): void;
  at(index: number): Moment;
  /** Of that the verdict alone, which costs less. */
  verdictAt(index: number): Pick<Moment, 'window' | 'diagnosis'>;
}

interface Judged {
  readonly window: Window | null;
  readonly diagnosis: Diagnosis | null;
}

/**
 * Starts a session; `keepAll` for a capture, which is as long as it is. Frames before `fromMs` are none of it.
 *
 * The last minute says whether something is wrong. What it has cost, and since when, is told over the whole
 * incident: a sliding minute alone would forget its beginning and let its totals shrink.
 */
export function createSession(
  header: StreamHeader,
  keepAll: boolean,
  thresholds: Thresholds = STANDARD_THRESHOLDS,
  fromMs: ElapsedMs = Number.NEGATIVE_INFINITY,
): Session {
  const store = createFrameStore(header, keepAll ? Number.POSITIVE_INFINITY : MAX_FRAMES, fromMs);
  const incidents = createIncidents();
  const verdicts: VerdictChange[] = [];
  const marks: MarkRecord[] = [];
  const gaps: Span[] = [];
  const lapses: Window['gaps'][number][] = [];
  let verdictKey = '';
  /** The last frame that was judged. */
  let judgedMs: ElapsedMs = Number.NEGATIVE_INFINITY;
  let unjudged = 0;

  const judged = (window: Window | null): Judged => ({
    window,
    diagnosis: window === null ? null : diagnose(window, READ_WHOLE, thresholds),
  });
  const isWrong = ({ diagnosis }: Judged): boolean => (diagnosis?.findings.length ?? 0) > 0;

  function since(index: number, spanMs: number): Frame[] {
    const last = store.elapsedAt(index);
    if (last === undefined) return [];
    let from = index;
    while (from > 0 && index - from < MOST_SHOWN && last - (store.elapsedAt(from - 1) ?? 0) <= spanMs)
      from -= 1;
    return store.slice(store.heldFrom(from, index), index + 1);
  }

  const minuteTo = (index: number): Judged => judged(windowOf(header, since(index, WINDOW_MS)));

  /** The verdict over a whole incident, shown with the figures of its last minute. */
  const over = (minute: Judged, whole: Window | null): Judged =>
    whole === null ? minute : { ...judged(whole), window: minute.window };

  function note({ diagnosis }: Judged, frame: Frame): void {
    if (diagnosis === null) return;
    const key = keyOf(diagnosis);
    if (key === verdictKey) return;
    verdictKey = key;
    const [title = '', ...shorter] = verdictWords(diagnosis, header);
    verdicts.push({
      atMs: frame.atMs,
      elapsedMs: frame.elapsedMs,
      status: diagnosis.status,
      title,
      shorter,
      ended: diagnosis.findings[0]?.untilMs != null,
    });
    if (verdicts.length > MOST_MARKS) verdicts.shift();
  }

  function judgeOne(index: number, frame: Frame): void {
    const minute = minuteTo(index);
    const ongoing = incidents.ongoing();
    if (ongoing !== null) {
      ongoing.add(frame);
      if (!isWrong(minute)) incidents.close(frame.elapsedMs);
      note(isWrong(minute) ? over(minute, ongoing.build()) : minute, frame);
      return;
    }
    if (isWrong(minute)) {
      const leading = since(index, WINDOW_MS);
      const builder = createWindow(header);
      for (const frame of leading) builder.add(frame);
      incidents.begin(leading[0]?.elapsedMs ?? frame.elapsedMs, frame, builder);
    }
    note(minute, frame);
  }

  /** Judges the newest frame alone, if that shows the verdict of the one judged before it. */
  function skipTo(frames: readonly Frame[]): boolean {
    const minute = minuteTo(store.length - 1);
    const ongoing = incidents.ongoing();
    if (ongoing === null)
      return !isWrong(minute) && minute.diagnosis !== null && keyOf(minute.diagnosis) === verdictKey;
    if (!isWrong(minute)) return false;
    const ahead = ongoing.clone();
    for (const frame of frames) ahead.add(frame);
    const { diagnosis } = over(minute, ahead.build());
    if (diagnosis === null || keyOf(diagnosis) !== verdictKey) return false;
    incidents.replace(ahead);
    return true;
  }

  function settle(): void {
    const first = store.length - unjudged;
    const frames = store.slice(first, store.length);
    unjudged = 0;
    const last = frames.at(-1);
    if (last === undefined) return;
    if (frames.length === 1 || !skipTo(frames))
      frames.forEach((frame, index) => judgeOne(first + index, frame));
    judgedMs = last.elapsedMs;
    incidents.checkpoint(last);
  }

  /** The verdict at any frame. */
  function judgeAt(index: number): Judged {
    const shownMs = store.elapsedAt(index);
    const minute = minuteTo(index);
    if (shownMs === undefined || !isWrong(minute)) return minute;
    const checkpoint = incidents.checkpointBefore(shownMs);
    if (checkpoint === null) return minute;
    const from = store.indexOf(checkpoint.atMs) + 1;
    if (index - from > MOST_SHOWN || store.heldFrom(from, index) > from) return minute;
    const builder = checkpoint.builder.clone();
    for (const frame of store.slice(from, index + 1)) builder.add(frame);
    return over(minute, builder.build());
  }

  function verdictAt(index: number): Judged {
    const shownMs = store.elapsedAt(index);
    if (unjudged > 0 && shownMs !== undefined && shownMs > judgedMs) settle();
    return judgeAt(index);
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
    verdicts,
    marks,
    gaps,
    take(record) {
      const before = store.elapsedAt(store.length - 1);
      const frame = store.take(record);
      if (frame === null) return false;
      const fromMs = before ?? frame.elapsedMs;
      if (frame.elapsedMs - fromMs > LONGEST_FRAME * header.intervalMs && gaps.length < MOST_MARKS)
        gaps.push({ fromMs, toMs: frame.elapsedMs });
      for (const gap of frame.gaps)
        if (lapses.length < MOST_MARKS) lapses.push({ ...gap, atMs: frame.elapsedMs });
      if (marks.length < MOST_MARKS) marks.push(...frame.marks);
      unjudged += 1;
      if (!keepAll || unjudged >= STRIDE_FRAMES || store.length === 1) settle();
      return true;
    },
    settle,
    verdictAt,
    at(index) {
      const shownMs = store.elapsedAt(index);
      const { window, diagnosis } = verdictAt(index);
      return {
        header,
        frames: since(index, CHART_MS),
        window,
        diagnosis,
        thresholds,
        marks: marks.filter((mark) => shownMs !== undefined && mark.elapsedMs <= shownMs),
        gaps: lapses.filter((lapse) => shownMs !== undefined && lapse.atMs <= shownMs),
        silences: gaps.filter((gap) => shownMs !== undefined && gap.toMs <= shownMs),
        verdicts: verdicts.filter((verdict) => shownMs !== undefined && verdict.elapsedMs <= shownMs),
      };
    },
  };
}
