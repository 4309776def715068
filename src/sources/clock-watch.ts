import { gapsOfAllSources } from '../records/index.js';
import type { ElapsedMs, StreamRecord } from '../records/index.js';
import type { Source } from './source.js';

/** A step or a sleep below this is drift: NTP slews by far less, and clocks are not read in one moment. */
const MIN_STEP_MS = 2000;

/** Three clocks, read in one moment. */
export interface Clocks {
  /** Since the start; stops while the host sleeps (CLOCK_MONOTONIC). */
  readonly elapsedMs: ElapsedMs;
  /** Since the epoch; can be changed at any time (CLOCK_REALTIME). */
  readonly wallMs: number;
  /** Since the boot, sleep included (CLOCK_BOOTTIME, read from /proc/uptime); `null` when unknown. */
  readonly bootMs: number | null;
}

/** Notices when the host sleeps or its clock is set: all times are shown as the start of the stream plus the time elapsed. */
export interface ClockWatch {
  /** To be called at each frame; the records say where nothing was seen. */
  check(now: Clocks): StreamRecord[];
  /** By how much the times shown differ from the host's clock by now, in words; `null` when they do not. */
  readonly difference: string | null;
}

/** The clock watch as a source: `read` returns the clocks, and is called at once. */
export function openClockSource(read: () => Clocks): Source {
  const watch = watchClocks(read());
  return {
    poll: () => watch.check(read()),
    get unreadable() {
      return watch.difference === null ? [] : [{ what: 'the wall clock', why: watch.difference }];
    },
    stop: () => Promise.resolve(),
    kill: () => undefined,
  };
}

/** Starts with the clocks as they are at the start of the stream. */
export function watchClocks(start: Clocks): ClockWatch {
  let before = start;
  let sleptMs = 0;
  let setMs = 0;
  return {
    check(now) {
      const elapsedMs = now.elapsedMs - before.elapsedMs;
      const asleepMs =
        now.bootMs === null || before.bootMs === null ? 0 : now.bootMs - before.bootMs - elapsedMs;
      const slept = asleepMs >= MIN_STEP_MS;
      const stepMs = now.wallMs - before.wallMs - elapsedMs - (slept ? asleepMs : 0);
      const fromMs = before.elapsedMs;
      before = now;
      if (Math.abs(stepMs) >= MIN_STEP_MS) setMs += stepMs;
      if (!slept) return [];
      sleptMs += asleepMs;
      return gapsOfAllSources(fromMs, now.elapsedMs, `the host slept for ${Math.round(asleepMs / 1000)} s`);
    },
    get difference() {
      const words = [
        ...(sleptMs === 0 ? [] : [`the host slept for ${Math.round(sleptMs / 1000)} s`]),
        // What is set by hand is set in whole seconds: there and back leaves a rest.
        ...(Math.abs(setMs) < MIN_STEP_MS
          ? []
          : [`it was set ${setMs > 0 ? 'forward' : 'back'} by ${Math.round(Math.abs(setMs) / 1000)} s`]),
      ];
      return words.length === 0 ? null : `${words.join(', ')}; times are shown by the clock at the start`;
    },
  };
}
