import type { Diagnosis, Status, Thresholds } from '../diagnose/index.js';
import type { Frame, Span, Window } from '../model/index.js';
import type { ElapsedMs, MarkRecord, StreamHeader } from '../records/index.js';
import type { Notice } from './notice.js';

/** The verdict changed: when, to what. */
export interface VerdictChange {
  /** Wall clock, milliseconds since the epoch. */
  readonly atMs: number;
  readonly elapsedMs: ElapsedMs;
  readonly status: Status;
  /** The verdict from then on, in words. */
  readonly title: string;
  /** The same where there is less room, longest form first. */
  readonly shorter?: readonly string[];
  /** The problem is over, but still inside the diagnosed minute. */
  readonly ended?: boolean;
}

/** The whole of what is replayed, for the time line; its times count from where that begins to count. */
export interface Timeline {
  readonly fromMs: ElapsedMs;
  readonly toMs: ElapsedMs;
  /** The moment shown. */
  readonly atMs: ElapsedMs;
  /** What each host that is shown brings to it. */
  readonly tracks: readonly TimelineTrack[];
}

/** One recording on the time line. */
export interface TimelineTrack {
  /** Where its own times begin. */
  readonly offsetMs: number;
  /** Its first and its last frame, by its own times. */
  readonly fromMs: ElapsedMs;
  readonly toMs: ElapsedMs;
  readonly changes: readonly VerdictChange[];
  readonly gaps: readonly Span[];
  readonly marks: readonly MarkRecord[];
}

/** The state of a recording at the moment shown; the times are wall clock. */
export type Presence =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'not-begun'; readonly atMs: number }
  | { readonly kind: 'ended'; readonly atMs: number }
  /** No data since then, but the recording continues or may continue; `why`, where that is known. */
  | { readonly kind: 'silent'; readonly atMs: number; readonly why: string | null }
  | { readonly kind: 'unreadable'; readonly why: string };

/** The name of a recording, and its state at the moment shown. */
export interface HostPlace {
  /** The host; the file where several have the same name. */
  readonly name: string;
  readonly file: string;
  readonly presence: Presence;
}

/** One host of several at the moment shown, or at the last of its moments before. */
export interface HostRow extends HostPlace {
  readonly header: StreamHeader | null;
  readonly window: Window | null;
  readonly diagnosis: Diagnosis | null;
}

/** A change of the verdict of one of several hosts. */
export interface HostChange extends VerdictChange {
  readonly host: string;
}

/** Several hosts on one time line. */
export interface Hosts {
  readonly count: number;
  /** The moment shown, wall clock. */
  readonly atMs: number;
  /** The host that the rest of the state is of; `null` while the table of them all is shown. */
  readonly open: HostPlace | null;
  /** All of them, as they were named; empty while one is open. */
  readonly rows: readonly HostRow[];
  /** Every change up to the moment shown, oldest first; empty while one is open. */
  readonly changes: readonly HostChange[];
}

/** How much of captures has been read, of a large one or of several. */
export interface LoadProgress {
  readonly readBytes: number;
  /** `null` where it is unknown, as for a pipe. */
  readonly totalBytes: number | null;
  /** Of several: how many are read to their end. */
  readonly captures?: { readonly whole: number; readonly all: number };
}

/** A dump of the conntrack tables, requested with a key; the times are wall clock. */
export type EntriesLook =
  | { readonly kind: 'running'; readonly atMs: number }
  | { readonly kind: 'done'; readonly atMs: number; readonly lines: readonly string[] };

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
  /** The pace of a replay: 1 is that of the recording. `null` when live. */
  readonly speed: number | null;
  /** The file being recorded to, `null` when none is. */
  readonly recording: string | null;
  /** What a key or an event has to say, `null` when there is nothing. */
  readonly notice: Notice | null;
  /** The extent of a replay; live, of the history that is held, unless the newest frame is followed. */
  readonly timeline?: Timeline;
  /** Absent when the capture is read, or is small enough to be read at once. */
  readonly loadProgress?: LoadProgress;
  /** Absent where there is one host. */
  readonly hosts?: Hosts;
  /** What a person noted, up to the moment shown. */
  readonly marks?: readonly MarkRecord[];
  /** What a source said it missed, up to the moment shown; that of the window when absent. */
  readonly gaps?: Window['gaps'];
  /** Stretches without a frame, up to the moment shown. */
  readonly silences?: readonly Span[];
  /** From where on a ceiling is marked as near; the standard ones when absent. */
  readonly thresholds?: Thresholds;
  /** Absent until it is requested. */
  readonly entries?: EntriesLook;
}

/** A request of the user that the screen cannot handle by itself. */
export type ScreenCommand =
  | { readonly kind: 'quit'; readonly reason: 'key' | 'interrupt' | 'terminal-lost' }
  | { readonly kind: 'toggle-freeze' }
  /** Back when negative. */
  | { readonly kind: 'step'; readonly frames: number }
  | { readonly kind: 'jump'; readonly to: 'start' | 'end' }
  | { readonly kind: 'verdict-change'; readonly direction: 1 | -1 }
  /** `time` as it was typed: `20:41:07`, `-2m`, `+30s`. */
  | { readonly kind: 'go-to'; readonly time: string }
  /** A key that the screen answered itself: the notice has been read. */
  | { readonly kind: 'noticed' }
  | { readonly kind: 'speed'; readonly change: 'faster' | 'slower' }
  | { readonly kind: 'toggle-recording' }
  | { readonly kind: 'write-report'; readonly format: 'markdown' | 'html' }
  | { readonly kind: 'mark'; readonly note: string }
  /** Look once who fills the conntrack tables. */
  | { readonly kind: 'list-entries' }
  /** Opens one of several hosts, by its place among the rows; `null` goes back to the table. */
  | { readonly kind: 'open-host'; readonly host: number | null };

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
