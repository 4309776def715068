import { diagnose, READ_WHOLE } from '../diagnose/index.js';
import type { Thresholds } from '../diagnose/index.js';
import { createFold } from '../model/index.js';
import type { Frame } from '../model/index.js';
import { drawsTrend, formatReport, verdictAgain } from '../render/index.js';
import type { ReportFormat } from '../render/index.js';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import { EXIT, exitOfStatus, SIGNAL_EXITS, UserError } from '../exit.js';
import type { EndingSignal } from '../exit.js';
import { probesOrNothing, watchHost } from './stream/live-host.js';
import { readCapture, startSeeing } from './stream/read-capture.js';
import type { Outcome } from './stream/read-capture.js';
import type { TimeSpan } from '../playback/time/time-span.js';
import { untilSignal } from './stream/signals.js';
import { VERSION } from '../version.js';

export interface DiagnoseOptions {
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly durationMs: number;
  readonly format: ReportFormat;
  /** Which part of a capture. */
  readonly span: TimeSpan;
  /** The standard ones when the settings name none. */
  readonly thresholds?: Thresholds | undefined;
}

/** Diagnoses a capture, or this host live when `path` is `null`. Returns the exit code. */
export async function diagnoseCommand(path: string | null, options: DiagnoseOptions): Promise<number> {
  const course = drawsTrend(options.format);
  const { seen, reading, interrupted } =
    path === null
      ? await watch(options, course)
      : { ...(await readCapture(path, options.span, course)), interrupted: null };
  const window = seen.window();
  if (window === null)
    throw new UserError(EXIT.badData, `${path ?? 'the host'} holds no complete second; record for longer.`);
  const diagnosis = diagnose(window, reading, options.thresholds);
  const { thresholds } = options;
  const report = { diagnosis, window, trend: seen.trend(), thresholds, version: VERSION };
  const text = formatReport(options.format, report);
  const { isTTY, rows } = process.stdout;
  // A person at a terminal sees its end: what is wrong must stand there.
  const long = options.format === 'text' && isTTY && text.split('\n').length > rows;
  process.stdout.write(long ? text + verdictAgain(diagnosis, window) : text);
  return interrupted === null ? exitOfStatus(diagnosis.status) : SIGNAL_EXITS[interrupted];
}

async function watch(
  options: DiagnoseOptions,
  course: boolean,
): Promise<Outcome & { readonly interrupted: EndingSignal | null }> {
  let take: (frame: Frame) => void = () => undefined;
  let fold: ReturnType<typeof createFold> | null = null;
  const live = watchHost({
    source: options.source,
    detail: options.detail,
    intervalMs: 1000,
    // The first records come only after this function has returned to the event loop.
    onRecord: (record) => {
      const frame = fold?.push(record) ?? null;
      if (frame !== null) take(frame);
    },
  });
  fold = createFold(live.header);
  const seen = startSeeing(live.header, course);
  take = (frame) => seen.add(frame);
  const signals = untilSignal();
  if (process.stderr.isTTY)
    process.stderr.write(`ctdiag: watching for ${options.durationMs / 1000} s; Ctrl-C ends it early\n`);
  try {
    // Compiling takes seconds: the time asked for counts from when the probes see, or are known not to.
    const required = probesOrNothing(live, options.source);
    const started = await Promise.race([live.ready.then(() => null), signals.ended, required]);
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), options.durationMs);
    });
    const interrupted = started ?? (await Promise.race([timeUp, signals.ended, required]));
    clearTimeout(timer);
    await live.stop(interrupted ?? 'time');
    return { seen, reading: READ_WHOLE, interrupted };
  } catch (error) {
    live.kill();
    throw error;
  } finally {
    signals.release();
  }
}
