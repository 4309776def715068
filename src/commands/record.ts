import { openCaptureWriter } from '../capture/index.js';
import type { SourceChoice } from '../sources/live.js';
import type { StreamRecord } from '../records/index.js';
import { safeText } from '../render/index.js';
import { asUserError, SIGNAL_EXITS } from './exit.js';
import { probesOrNothing, watchHost } from './live-host.js';
import { untilSignal } from './signals.js';

export interface RecordOptions {
  readonly source: SourceChoice;
  readonly intervalMs: number;
  /** `null` records until a signal. */
  readonly durationMs: number | null;
  readonly force: boolean;
  readonly quiet: boolean;
}

/** Writes what this host does to a capture until the time is up or a signal comes. Returns the exit code. */
export async function record(path: string, options: RecordOptions): Promise<number> {
  const say = (text: string): void => {
    if (!options.quiet) process.stderr.write(`ctdiag: ${text}\n`);
  };
  // The first records come only after this function has returned to the event loop.
  const pending: StreamRecord[] = [];
  let take = (one: StreamRecord): void => void pending.push(one);
  const live = watchHost({ ...options, onRecord: (one) => take(one) });
  const signals = untilSignal();
  try {
    const writer = openCaptureWriter(path, live.header, options.force);
    take = (one) => writer.write(one);
    for (const one of pending) take(one);
    const name = path === '-' ? 'standard output' : path;
    const long = options.durationMs === null ? 'until Ctrl-C' : `for ${options.durationMs / 1000} s`;
    say(`recording to ${name} ${long}`);
    void live.ready.then(({ probes: state }) => {
      say(state === 'attached' ? 'probes attached' : `probes ${state}; recording the kernel's counters`);
    });
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<'time'>((resolve) => {
      if (options.durationMs !== null) timer = setTimeout(() => resolve('time'), options.durationMs);
    });
    let why;
    try {
      why = await Promise.race([timeUp, signals.ended, writer.failed, probesOrNothing(live, options.source)]);
    } finally {
      clearTimeout(timer);
      await live.stop(why ?? 'writing failed');
    }
    await writer.close();
    const dropped =
      writer.recordsDropped === 0 ? '' : `, ${writer.recordsDropped} dropped because the reader was slow`;
    say(`${safeText(name)}: ${writer.recordsWritten} records${dropped}`);
    // Ctrl-C is how one ends a recording; it is then whole, and that is success.
    return why === 'time' || why === 'SIGINT' ? 0 : SIGNAL_EXITS[why];
  } catch (error) {
    live.kill();
    throw asUserError(error);
  } finally {
    signals.release();
  }
}
