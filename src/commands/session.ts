import { diagnose } from '../diagnose/index.js';
import type { Diagnosis } from '../diagnose/index.js';
import { windowOf } from '../model/index.js';
import type { Frame, Span, Window } from '../model/index.js';
import type { StreamHeader } from '../records/index.js';
import { titleOf } from '../render/index.js';
import type { ScreenState, VerdictChange } from '../../tui/index.js';

/** What the verdict on the screen rests on. */
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
  /** Stretches in which the recording has no frame. */
  readonly gaps: readonly Span[];
  /** Adds the newest frame and notes whether the verdict changed with it. */
  add(frame: Frame): void;
  /** The part of the screen's state that a moment decides. */
  at(index: number): Pick<ScreenState, 'frames' | 'window' | 'diagnosis' | 'verdicts' | 'header'>;
}

/** Starts a session; `keepAll` for a capture, which is as long as it is. */
export function createSession(header: StreamHeader, keepAll: boolean): Session {
  const frames: Frame[] = [];
  const verdicts: VerdictChange[] = [];
  const gaps: Span[] = [];
  let verdictKey = '';

  function judged(index: number): { window: Window | null; diagnosis: Diagnosis | null } {
    const window = windowOf(header, since(frames, index, WINDOW_MS));
    return { window, diagnosis: window === null ? null : diagnose(window) };
  }

  return {
    header,
    frames,
    verdicts,
    gaps,
    add(frame) {
      const fromMs = frames.at(-1)?.elapsedMs ?? frame.elapsedMs;
      if (frame.elapsedMs - fromMs > LONGEST_FRAME_MS) gaps.push({ fromMs, toMs: frame.elapsedMs });
      frames.push(frame);
      if (!keepAll && frames.length > MAX_FRAMES) frames.shift();
      const { diagnosis } = judged(frames.length - 1);
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
      const { window, diagnosis } = judged(index);
      return {
        header,
        frames: since(frames, index, CHART_MS),
        window,
        diagnosis,
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
