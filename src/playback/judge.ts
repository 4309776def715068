import { diagnose, INTACT_INPUT } from '../diagnose/index.js';
import type { Diagnosis, Thresholds } from '../diagnose/index.js';
import { createWindow, windowOf } from '../model/index.js';
import type { Frame, Window } from '../model/index.js';
import type { StreamHeader } from '../records/index.js';
import { createIncidents } from './incidents.js';
import type { FrameStore } from './store/frame-store.js';
import type { VerdictLog } from './verdict-log.js';

/** What the verdict rests on while nothing is wrong. */
const WINDOW_MS = 60_000;
/** Frames that a chart or a window holds at most: five minutes at the shortest interval, whatever a file says of times. */
const MAX_SHOWN_FRAMES = 1500;

/** The figures of a minute, and the diagnosis of it or of the whole incident that it is in. */
export interface Verdict {
  readonly window: Window | null;
  readonly diagnosis: Diagnosis | null;
}

/** Judges the frames of a recording, and any moment of it. */
export interface Judge {
  /** Judges the newest `count` frames, which have not been judged. */
  judgeNewest(count: number): void;
  /** The verdict at any frame that was judged. */
  verdictAt(index: number): Verdict;
}

/** The frames that end at most `spanMs` before the one at `index`, and that one; as many as can be held together. */
export function framesBefore(store: FrameStore, index: number, spanMs: number): Frame[] {
  const lastMs = store.elapsedAt(index);
  if (lastMs === undefined) return [];
  let from = index;
  while (from > 0 && index - from < MAX_SHOWN_FRAMES && lastMs - (store.elapsedAt(from - 1) ?? 0) <= spanMs)
    from -= 1;
  return store.slice(store.heldFrom(from, index), index + 1);
}

/**
 * The last minute says whether something is wrong. Totals and the start are taken over the whole incident: a sliding
 * minute alone would forget the start and let the totals shrink.
 */
export function createJudge(
  header: StreamHeader,
  store: FrameStore,
  thresholds: Thresholds,
  log: VerdictLog,
): Judge {
  const incidents = createIncidents();
  /** The frame judged last. A live host shows what was just noted, and folding its incident again costs far more. */
  let newest: { readonly frame: Frame; readonly verdict: Verdict } | null = null;
  const judge = (window: Window | null): Verdict => ({
    window,
    diagnosis: window === null ? null : diagnose(window, INTACT_INPUT, thresholds),
  });
  const judgeMinute = (index: number): Verdict =>
    judge(windowOf(header, framesBefore(store, index, WINDOW_MS)));
  /** The verdict over a whole incident, shown with the figures of its last minute. */
  const judgeIncident = (minute: Verdict, whole: Window | null): Verdict =>
    whole === null ? minute : { ...judge(whole), window: minute.window };

  function judgeFrame(index: number, frame: Frame): Verdict {
    const minute = judgeMinute(index);
    const ongoing = incidents.ongoing();
    if (ongoing !== null) {
      ongoing.add(frame);
      if (isWrong(minute)) return judgeIncident(minute, ongoing.build());
      incidents.close(frame.elapsedMs);
      return minute;
    }
    if (isWrong(minute)) {
      const leading = framesBefore(store, index, WINDOW_MS);
      const builder = createWindow(header);
      for (const leadingFrame of leading) builder.add(leadingFrame);
      incidents.begin(leading[0]?.elapsedMs ?? frame.elapsedMs, frame, builder);
    }
    return minute;
  }

  function noteVerdict(index: number, frame: Frame): void {
    const verdict = judgeFrame(index, frame);
    log.note(verdict.diagnosis, frame);
    newest = { frame, verdict };
  }

  /** Judges only the last of `frames`; returns whether its verdict equals that of the frame judged before them. */
  function skipTo(frames: readonly Frame[]): boolean {
    const minute = judgeMinute(store.length - 1);
    const ongoing = incidents.ongoing();
    if (ongoing === null)
      return !isWrong(minute) && minute.diagnosis !== null && log.isCurrent(minute.diagnosis);
    if (!isWrong(minute)) return false;
    const ahead = ongoing.clone();
    for (const frame of frames) ahead.add(frame);
    const { diagnosis } = judgeIncident(minute, ahead.build());
    if (diagnosis === null || !log.isCurrent(diagnosis)) return false;
    incidents.replace(ahead);
    return true;
  }

  return {
    judgeNewest(count) {
      const first = store.length - count;
      const frames = store.slice(first, store.length);
      const last = frames.at(-1);
      if (last === undefined) return;
      if (frames.length === 1 || !skipTo(frames))
        frames.forEach((frame, place) => noteVerdict(first + place, frame));
      incidents.checkpoint(last);
    },
    verdictAt(index) {
      const shownMs = store.elapsedAt(index);
      if (newest !== null && store.slice(index, index + 1)[0] === newest.frame) return newest.verdict;
      const minute = judgeMinute(index);
      if (shownMs === undefined || !isWrong(minute)) return minute;
      const checkpoint = incidents.checkpointBefore(shownMs);
      if (checkpoint === null) return minute;
      const from = store.indexOf(checkpoint.atMs) + 1;
      if (index - from > MAX_SHOWN_FRAMES || store.heldFrom(from, index) > from) return minute;
      const builder = checkpoint.builder.clone();
      for (const frame of store.slice(from, index + 1)) builder.add(frame);
      return judgeIncident(minute, builder.build());
    },
  };
}

function isWrong({ diagnosis }: Verdict): boolean {
  return (diagnosis?.findings.length ?? 0) > 0;
}
