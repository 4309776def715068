import type { Truncation } from './truncation.js';

/** What a key or an event has to say to the user, until the next key; the screen words it. */
export type Notice =
  /** `direction` 1 looked later, -1 earlier; `soFar` when more is still being read. */
  | { readonly kind: 'no-verdict-change'; readonly direction: 1 | -1; readonly soFar: boolean }
  | { readonly kind: 'not-a-time'; readonly text: string }
  /** The requested moment is not read yet; `to` as typed, `null` for the end. */
  | { readonly kind: 'reading-on'; readonly to: string | null }
  /** The requested moment is out of range; the edge is shown instead, `edgeAtMs` in wall clock. */
  | {
      readonly kind: 'out-of-range';
      readonly mode: 'live' | 'replay';
      readonly edge: 'first' | 'last';
      readonly edgeAtMs: number;
    }
  /** The live view shows frames as they arrive: there is no speed to change. */
  | { readonly kind: 'no-live-speed' }
  | { readonly kind: 'speed-at-limit'; readonly change: 'faster' | 'slower' }
  | { readonly kind: 'replay-is-recorded' }
  | { readonly kind: 'marks-are-live-only' }
  /** Other hosts are looked at live: neither is theirs. */
  | { readonly kind: 'not-of-other-hosts'; readonly what: 'recording' | 'mark' }
  | { readonly kind: 'recording-started'; readonly path: string }
  | { readonly kind: 'recording-stopped'; readonly path: string }
  /** `message` is a sentence of the capture writer. */
  | { readonly kind: 'recording-failed'; readonly message: string }
  /** `recorded` is false when no capture is being written: the mark is on the screen only. */
  | { readonly kind: 'marked'; readonly note: string; readonly recorded: boolean }
  /** `notHere` is the errno that kept it out of the first folder. */
  | { readonly kind: 'report-written'; readonly path: string; readonly notHere: string | null }
  | { readonly kind: 'report-failed'; readonly errno: string; readonly format: 'markdown' | 'html' }
  | { readonly kind: 'no-report'; readonly why: 'page-of-one-host' | 'no-figures' }
  /** Captures were read to their end, and something of them is missing. */
  | { readonly kind: 'truncated'; readonly captures: readonly Truncation[] };
