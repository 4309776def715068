import { diagnose, STANDARD_THRESHOLDS } from '../diagnose/index.js';
import type { Diagnosis, Thresholds } from '../diagnose/index.js';
import { createWindow, windowOf } from '../model/index.js';
import type { Frame, Span, Window, WindowBuilder } from '../model/index.js';
import type { MarkRecord, StreamHeader } from '../records/index.js';
import { titleOf } from '../render/index.js';
import type { ScreenState, VerdictChange } from '../../tui/index.js';

/** What the verdict rests on while nothing is wrong. */
const WINDOW_MS = 60_000;
/** What the charts show. */
const CHART_MS = 300_000;
/** Frames further apart than this have a gap between them. */
const LONGEST_FRAME_MS = 3000;
/** What can be scrubbed back over while live: an hour of seconds. */
const MAX_FRAMES = 3600;

/** The frames of one host and the verdict at each, live or out of a capture. */
export interface Session {
  readonly header: StreamHeader;
  readonly frames: readonly Frame[];
  readonly verdicts: readonly VerdictChange[];
  /** What a person noted, oldest first. */
  readonly marks: readonly MarkRecord[];
  /** Stretches in which the recording has no frame. */
  readonly gaps: readonly Span[];
  /** Adds the newest frame and notes whether the verdict changed with it. */
  add(frame: Frame): void;
  /** The part of the screen's state that a moment decides. */
  at(
    index: number,
  ): Pick<ScreenState, 'frames' | 'window' | 'diagnosis' | 'verdicts' | 'header' | 'thresholds' | 'marks'>;
}

interface Judged {
  readonly window: Window | null;
  readonly diagnosis: Diagnosis | null;
}

/** A stretch with findings: from a minute before the first of them until a minute without any. */
interface Trouble {
  readonly fromMs: number;
  readonly builder: WindowBuilder;
  endMs: number;
}

/**
 * Starts a session; `keepAll` for a capture, which is as long as it is.
 *
 * The last minute says whether something is wrong. What it has cost, and since when, is told over the whole
 * trouble: a sliding minute alone would forget its beginning and let its totals shrink.
 */
export function createSession(
  header: StreamHeader,
  keepAll: boolean,
  thresholds: Thresholds = STANDARD_THRESHOLDS,
): Session {
  const frames: Frame[] = [];
  const verdicts: VerdictChange[] = [];
  const troubles: Trouble[] = [];
  const marks: MarkRecord[] = [];
  const gaps: Span[] = [];
  let verdictKey = '';

  function minuteTo(index: number): Judged {
    const window = windowOf(header, since(frames, index, WINDOW_MS));
    return { window, diagnosis: window === null ? null : diagnose(window, 0, thresholds) };
  }

  function whole(minute: Judged, window: Window | null): Judged {
    return window === null ? minute : { window: minute.window, diagnosis: diagnose(window, 0, thresholds) };
  }

  /** The verdict at the newest frame; keeps the trouble under way growing with it. */
  function judgeNewest(frame: Frame): Judged {
    const index = frames.length - 1;
    const minute = minuteTo(index);
    const wrong = (minute.diagnosis?.findings.length ?? 0) > 0;
    const open = troubles.at(-1);
    if (open?.endMs === Infinity) {
      open.builder.add(frame);
      if (wrong) return whole(minute, open.builder.build());
      open.endMs = frame.elapsedMs;
      return minute;
    }
    if (!wrong) return minute;
    const leading = since(frames, index, WINDOW_MS);
    const builder = createWindow(header);
    for (const one of leading) builder.add(one);
    troubles.push({ fromMs: leading[0]?.elapsedMs ?? frame.elapsedMs, builder, endMs: Infinity });
    return minute;
  }

  /** The verdict at any frame. */
  function judgeAt(index: number): Judged {
    const shown = frames[index];
    const minute = minuteTo(index);
    if (shown === undefined || (minute.diagnosis?.findings.length ?? 0) === 0) return minute;
    const trouble = troubles.find((one) => one.fromMs <= shown.elapsedMs && shown.elapsedMs < one.endMs);
    if (trouble === undefined) return minute;
    const from = frames.findIndex((frame) => frame.elapsedMs >= trouble.fromMs);
    return whole(minute, windowOf(header, frames.slice(from, index + 1)));
  }

  return {
    header,
    frames,
    verdicts,
    marks,
    gaps,
    add(frame) {
      const fromMs = frames.at(-1)?.elapsedMs ?? frame.elapsedMs;
      if (frame.elapsedMs - fromMs > LONGEST_FRAME_MS) gaps.push({ fromMs, toMs: frame.elapsedMs });
      marks.push(...frame.marks);
      frames.push(frame);
      if (!keepAll && frames.length > MAX_FRAMES) frames.shift();
      const { diagnosis } = judgeNewest(frame);
      if (diagnosis === null) return;
      const key = keyOf(diagnosis);
      if (key === verdictKey) return;
      verdictKey = key;
      verdicts.push({
        atMs: frame.atMs,
        elapsedMs: frame.elapsedMs,
        status: diagnosis.status,
        title: verdictWords(diagnosis, header),
        ended: diagnosis.findings[0]?.untilMs != null,
      });
    },
    at(index) {
      const shown = frames[index];
      const { window, diagnosis } = judgeAt(index);
      return {
        header,
        frames: since(frames, index, CHART_MS),
        window,
        diagnosis,
        thresholds,
        marks: marks.filter((one) => shown !== undefined && one.elapsedMs <= shown.elapsedMs),
        verdicts: verdicts.filter((one) => shown !== undefined && one.elapsedMs <= shown.elapsedMs),
      };
    },
  };
}

function since(frames: readonly Frame[], index: number, spanMs: number): Frame[] {
  const last = frames[index];
  if (last === undefined) return [];
  let from = index;
  while (from > 0 && last.elapsedMs - (frames[from - 1]?.elapsedMs ?? 0) <= spanMs) from -= 1;
  return frames.slice(from, index + 1);
}

function keyOf(diagnosis: Diagnosis): string {
  const first = diagnosis.findings[0];
  return first === undefined ? diagnosis.status : `${first.code}:${first.untilMs === null ? 'on' : 'ended'}`;
}

function verdictWords(diagnosis: Diagnosis, header: StreamHeader): string {
  const first = diagnosis.findings[0];
  if (first === undefined) return diagnosis.status === 'ok' ? 'no limit is hit' : 'nothing can be read';
  return titleOf(first, header.netns);
}
