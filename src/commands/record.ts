import { createRedactor, openCaptureWriter, openRing } from '../capture/index.js';
import type { CaptureWriter } from '../capture/index.js';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import type { StreamHeader, StreamRecord } from '../records/index.js';
import { safeText } from '../render/index.js';
import { asUserError, SIGNAL_EXITS } from '../exit.js';
import { probesOrNothing, watchHost } from './stream/live-host.js';
import { recordingWords } from './stream/recording-summary.js';
import { untilSignal } from './stream/signals.js';

/** Where to record to. */
export type RecordTarget =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly force: boolean;
      /** The size at which to end, `null` for none. */
      readonly maxBytes: number | null;
    }
  | { readonly kind: 'ring'; readonly dir: string; readonly maxBytes: number };

export interface RecordOptions {
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly intervalMs: number;
  /** `null` records until a signal. */
  readonly durationMs: number | null;
  readonly quiet: boolean;
  /** Without the names and addresses of this host, to be shared. */
  readonly redact: boolean;
}

/** Writes what this host does to a capture until the time is up, it is full, or a signal comes. Returns the exit code. */
export async function record(target: RecordTarget, options: RecordOptions): Promise<number> {
  const say = (text: string): void => {
    if (!options.quiet) process.stderr.write(`ctdiag: ${text}\n`);
  };
  // The first records come only after this function has returned to the event loop.
  const pending: StreamRecord[] = [];
  let take = (streamRecord: StreamRecord): void => void pending.push(streamRecord);
  const live = watchHost({ ...options, onRecord: (streamRecord) => take(streamRecord) });
  const signals = untilSignal();
  try {
    const redactor = options.redact ? createRedactor() : null;
    const writer = openTarget(target, redactor?.header(live.header) ?? live.header);
    take = (streamRecord) => {
      const left = redactor === null ? streamRecord : redactor.record(streamRecord);
      if (left !== null) writer.write(left);
    };
    for (const streamRecord of pending) take(streamRecord);
    const name = nameOf(target);
    const long = options.durationMs === null ? 'until Ctrl-C' : `for ${options.durationMs / 1000} s`;
    say(`recording to ${name} ${long}`);
    void live.ready.then(({ probes: state }) => {
      say(state === 'attached' ? 'probes attached' : `probes ${state}; recording the kernel's counters`);
    });
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<'time'>((resolve) => {
      if (options.durationMs !== null) timer = setTimeout(() => resolve('time'), options.durationMs);
    });
    const full = writer.full.then(() => 'size' as const);
    let why;
    try {
      const required = probesOrNothing(live, options.source);
      why = await Promise.race([timeUp, full, signals.ended, writer.failed, required]);
    } finally {
      clearTimeout(timer);
      await live.stop(why ?? 'writing failed');
    }
    await writer.close();
    say(`${recordingWords(name, writer)}${why === 'size' ? ', ended at --max-size' : ''}`);
    // Ctrl-C is how one ends a recording; it is then whole, and that is success.
    return why === 'time' || why === 'size' || why === 'SIGINT' ? 0 : SIGNAL_EXITS[why];
  } catch (error) {
    live.kill();
    throw asUserError(error);
  } finally {
    signals.release();
  }
}

function openTarget(target: RecordTarget, header: StreamHeader): CaptureWriter {
  return target.kind === 'ring'
    ? openRing(target.dir, header, target.maxBytes)
    : openCaptureWriter(target.path, header, target.force, target.maxBytes);
}

function nameOf(target: RecordTarget): string {
  if (target.kind === 'ring') return safeText(target.dir);
  return target.path === '-' ? 'standard output' : safeText(target.path);
}
