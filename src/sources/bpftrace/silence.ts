import type { ElapsedMs } from '../../records/index.js';

/** Attached, bpftrace prints every second; silence beyond this is a gap. */
const SILENT_MS = 5000;
/** Who is silent for so long (stopped by SIGSTOP, hung) is ended and started anew. */
const HOPELESS_MS = 30_000;

/** Tells how long bpftrace has said nothing, in time during which we could have heard it. */
export interface SilenceWatch {
  /** Something was heard, at `nowMs`. */
  heard(nowMs: ElapsedMs): void;
  /** There is nothing to be heard now: bpftrace has not attached, or has ended. */
  reset(): void;
  /** To be called about once a second. `silent` and `hopeless` come once each. */
  check(nowMs: ElapsedMs): 'fine' | 'silent' | 'hopeless';
  readonly lastHeardMs: ElapsedMs | null;
}

/** Starts a watch that waits for the first word. */
export function watchSilence(): SilenceWatch {
  let lastHeardMs: ElapsedMs | null = null;
  let lastCheckMs: ElapsedMs | null = null;
  /** Silence of which we were not there to hear the end: while we were stopped ourselves, say. */
  let deafMs = 0;
  let told: 'fine' | 'silent' | 'hopeless' = 'fine';
  return {
    get lastHeardMs() {
      return lastHeardMs;
    },
    heard(nowMs) {
      lastHeardMs = nowMs;
      deafMs = 0;
      told = 'fine';
    },
    reset() {
      lastHeardMs = null;
      deafMs = 0;
      told = 'fine';
    },
    check(nowMs) {
      const sinceCheckMs = lastCheckMs === null ? 0 : nowMs - lastCheckMs;
      lastCheckMs = nowMs;
      if (lastHeardMs === null) return 'fine';
      if (sinceCheckMs > SILENT_MS) deafMs += sinceCheckMs;
      const silentMs = nowMs - lastHeardMs - deafMs;
      const now = silentMs >= HOPELESS_MS ? 'hopeless' : silentMs >= SILENT_MS ? 'silent' : 'fine';
      if (now === told) return 'fine';
      told = now;
      return now;
    },
  };
}
