import type { ElapsedMs } from '../../records/index.js';

/** Once attached, bpftrace prints every second; a longer silence is a gap. */
const SILENT_MS = 5000;
/** After this much silence (stopped by SIGSTOP, hung) bpftrace is killed and started again. */
const KILL_AFTER_MS = 30_000;

/** Measures how long bpftrace has been silent, counting only time in which ctdiag was running. */
export interface SilenceWatch {
  /** Something was heard, at `nowMs`. */
  heard(nowMs: ElapsedMs): void;
  /** There is nothing to be heard now: bpftrace has not attached, or has ended. */
  reset(): void;
  /** To be called about once a second. `silent` and `hung` come once each. */
  check(nowMs: ElapsedMs): 'fine' | 'silent' | 'hung';
  readonly lastHeardMs: ElapsedMs | null;
}

/** Starts a watch that waits for the first output. */
export function watchSilence(): SilenceWatch {
  let lastHeardMs: ElapsedMs | null = null;
  let lastCheckMs: ElapsedMs | null = null;
  /** Silence during which ctdiag itself did not run (stopped, say) and could not have heard anything. */
  let unobservedMs = 0;
  let lastVerdict: 'fine' | 'silent' | 'hung' = 'fine';
  return {
    get lastHeardMs() {
      return lastHeardMs;
    },
    heard(nowMs) {
      lastHeardMs = nowMs;
      unobservedMs = 0;
      lastVerdict = 'fine';
    },
    reset() {
      lastHeardMs = null;
      unobservedMs = 0;
      lastVerdict = 'fine';
    },
    check(nowMs) {
      const sinceCheckMs = lastCheckMs === null ? 0 : nowMs - lastCheckMs;
      lastCheckMs = nowMs;
      if (lastHeardMs === null) return 'fine';
      if (sinceCheckMs > SILENT_MS) unobservedMs += sinceCheckMs;
      const silentMs = nowMs - lastHeardMs - unobservedMs;
      const now = silentMs >= KILL_AFTER_MS ? 'hung' : silentMs >= SILENT_MS ? 'silent' : 'fine';
      if (now === lastVerdict) return 'fine';
      lastVerdict = now;
      return now;
    },
  };
}
