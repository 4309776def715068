import type { EndingSignal } from '../../exit.js';
import type { LiveStream, SourceChoice } from '../../sources/live.js';
import { requireProbes } from './live-host.js';
import { untilSignal } from './signals.js';

/**
 * The sources bound their own ends: a program that says nothing is killed after a second, a bpftrace that prints its last
 * figures after three, the rest has a second more. What takes longer than all that is given up.
 */
const STOP_WITHIN_MS = 5000;

/** Why a run ended. */
export type RunEnd = 'time' | EndingSignal;

export interface RunOptions<End extends string> {
  /** Fails the run when probes were asked for by name and do not attach. */
  readonly source: SourceChoice;
  /** `null` runs until a signal. */
  readonly durationMs: number | null;
  /** Whether the time counts from when the probes see, or are known not to: compiling takes seconds. */
  readonly fromReady: boolean;
  /** What else ends the run; rejected, it fails it. */
  readonly until?: readonly Promise<End>[];
}

/**
 * Runs `live` for a duration or until a signal, then stops it; what fails kills it. The second signal ends the
 * process at once.
 */
export async function runLive<End extends string = never>(
  live: LiveStream,
  { source, durationMs, fromReady, until = [] }: RunOptions<End>,
): Promise<RunEnd | End> {
  const signals = untilSignal();
  let timer: NodeJS.Timeout | undefined;
  try {
    const endings = [signals.ended, requireProbes(live, source), ...until];
    const early = fromReady ? await Promise.race([live.ready.then(() => null), ...endings]) : null;
    const timeUp = new Promise<'time'>((resolve) => {
      if (durationMs !== null) timer = setTimeout(() => resolve('time'), durationMs);
    });
    const end = early ?? (await Promise.race([timeUp, ...endings]));
    await stopLive(live, end);
    return end;
  } catch (error) {
    live.kill();
    throw error;
  } finally {
    clearTimeout(timer);
    signals.release();
  }
}

/** Ends the sources; kills what has not ended within {@link STOP_WITHIN_MS}. */
export async function stopLive(live: LiveStream, reason: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), STOP_WITHIN_MS);
  });
  try {
    if ((await Promise.race([live.stop(reason), late])) === 'late') live.kill();
  } finally {
    clearTimeout(timer);
  }
}
