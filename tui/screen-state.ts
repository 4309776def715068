import type { Diagnosis, Status, Thresholds } from '../src/diagnose/index.js';
import type { Frame, Span, Window } from '../src/model/index.js';
import type { ElapsedMs, MarkRecord, StreamHeader } from '../src/records/index.js';

/** The verdict changed: when, to what. */
export interface VerdictChange {
  /** Wall clock, milliseconds since the epoch. */
  readonly atMs: number;
  readonly elapsedMs: ElapsedMs;
  readonly status: Status;
  /** The verdict from then on, in words. */
  readonly title: string;
  /** What was wrong is over, though the minute that is diagnosed still holds it. */
  readonly ended?: boolean;
}

/** The whole of a capture, for the time line. */
export interface Timeline {
  readonly fromMs: ElapsedMs;
  readonly toMs: ElapsedMs;
  readonly changes: readonly VerdictChange[];
  readonly gaps: readonly Span[];
  readonly marks?: readonly MarkRecord[];
}

/** Where a replay stands. */
export interface ReplayPosition {
  /** 0 for the first frame. */
  readonly index: number;
  readonly total: number;
  /** 1 is the pace it was recorded at. */
  readonly speed: number;
}

/** Everything the screen shows: a snapshot, the same for live and replay. */
export interface ScreenState {
  readonly mode: 'live' | 'replay';
  /** Frames up to the moment shown, newest last; the last few minutes are enough for the charts. */
  readonly frames: readonly Frame[];
  /** The last 60 s, folded; `null` before the first frame. */
  readonly window: Window | null;
  /** The diagnosis of that window. */
  readonly diagnosis: Diagnosis | null;
  /** Newest last. */
  readonly verdicts: readonly VerdictChange[];
  readonly header: StreamHeader | null;
  /** Paused in a replay; live, frozen while the recording goes on underneath. */
  readonly frozen: boolean;
  /** `null` when live. */
  readonly position: ReplayPosition | null;
  /** The file being recorded to, `null` when none is. */
  readonly recording: string | null;
  /** A message of one line, `null` when there is none. */
  readonly notice: string | null;
  /** The extent of a capture; without it the time line shows the position alone. */
  readonly timeline?: Timeline | null;
  /** What a person noted, up to the moment shown. */
  readonly marks?: readonly MarkRecord[];
  /** From where on a ceiling is marked as near; the standard ones when absent. */
  readonly thresholds?: Thresholds;
}

/** What a person asked for that the screen cannot do by itself. */
export type ScreenCommand =
  | { readonly kind: 'quit'; readonly reason: 'key' | 'interrupt' | 'terminal-lost' }
  | { readonly kind: 'toggle-freeze' }
  /** Back when negative. */
  | { readonly kind: 'step'; readonly frames: number }
  | { readonly kind: 'jump'; readonly to: 'start' | 'end' }
  | { readonly kind: 'verdict-change'; readonly direction: 1 | -1 }
  /** `time` as it was typed: `20:41:07`, `-2m`, `+30s`. */
  | { readonly kind: 'go-to'; readonly time: string }
  | { readonly kind: 'speed'; readonly change: 'faster' | 'slower' }
  | { readonly kind: 'toggle-recording' }
  | { readonly kind: 'write-report'; readonly format: 'markdown' | 'html' }
  | { readonly kind: 'mark'; readonly note: string };

/** An open screen. */
export interface Screen {
  /** Shows a state; what has not changed is not drawn again. */
  update(state: ScreenState): void;
  /** Gives the terminal back as it was. Safe to call twice, and from a signal or exit handler. */
  close(): void;
  /** Gives the terminal back for the time the process is stopped (SIGTSTP). */
  suspend(): void;
  /** Takes the terminal again (SIGCONT) and draws everything. */
  resume(): void;
}
