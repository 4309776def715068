import { openCaptureReader } from '../capture/index.js';
import { diagnose } from '../diagnose/index.js';
import { createFold, createTrend, createWindow } from '../model/index.js';
import type { TrendPoint, Window } from '../model/index.js';
import { drawsCourse, formatReport } from '../render/index.js';
import type { ReportFormat } from '../render/index.js';
import type { StreamHeader, StreamRecord } from '../records/index.js';
import type { SourceChoice } from '../sources/live.js';
import { asUserError, EXIT, exitOfStatus, SIGNAL_EXITS, UserError } from './exit.js';
import type { EndingSignal } from './exit.js';
import { watchHost } from './live-host.js';
import { tailWords } from './tail.js';
import { untilSignal } from './signals.js';
import { VERSION } from './version.js';

export interface DiagnoseOptions {
  readonly source: SourceChoice;
  readonly durationMs: number;
  readonly format: ReportFormat;
}

/** Diagnoses a capture, or this host live when `path` is `null`. Returns the exit code. */
export async function diagnoseCommand(path: string | null, options: DiagnoseOptions): Promise<number> {
  const course = drawsCourse(options.format);
  const { seen, interrupted } =
    path === null ? await watch(options, course) : { seen: await read(path, course), interrupted: null };
  const window = seen.window();
  if (window === null)
    throw new UserError(EXIT.badData, `${path ?? 'the host'} holds no complete second; record for longer.`);
  const diagnosis = diagnose(window);
  const report = { diagnosis, window, trend: seen.trend(), version: VERSION };
  process.stdout.write(formatReport(options.format, report));
  return interrupted === null ? exitOfStatus(diagnosis.status) : SIGNAL_EXITS[interrupted];
}

/** What was seen of a host, folded as it comes. */
interface Seen {
  add(record: StreamRecord): void;
  window(): Window | null;
  trend(): readonly TrendPoint[];
}

function startSeeing(header: StreamHeader, course: boolean): Seen {
  const fold = createFold(header);
  const builder = createWindow(header);
  const trend = createTrend();
  return {
    add(record) {
      const frame = fold.push(record);
      if (frame === null) return;
      builder.add(frame);
      if (course) trend.add(frame);
    },
    window: () => builder.build(),
    trend: () => trend.build(),
  };
}

async function read(path: string, course: boolean): Promise<Seen> {
  try {
    const reader = await openCaptureReader(path);
    const seen = startSeeing(reader.header, course);
    for await (const record of reader.records) seen.add(record);
    const words = tailWords(reader.name, reader.tail);
    if (words !== null) process.stderr.write(`ctdiag: ${words}\n`);
    return seen;
  } catch (error) {
    throw asUserError(error);
  }
}

async function watch(
  options: DiagnoseOptions,
  course: boolean,
): Promise<{ seen: Seen; interrupted: EndingSignal | null }> {
  let seen: Seen | null = null;
  const live = watchHost({
    source: options.source,
    intervalMs: 1000,
    // The first records come only after this function has returned to the event loop.
    onRecord: (record) => seen?.add(record),
  });
  const watched = startSeeing(live.header, course);
  seen = watched;
  const signals = untilSignal();
  const progress = process.stderr.isTTY;
  if (progress)
    process.stderr.write(
      `ctdiag: watching for ${options.durationMs / 1000} s once the probes are attached; Ctrl-C ends it\n`,
    );
  try {
    // Compiling takes seconds: the time asked for counts from when the probes see, or are known not to.
    const started = await Promise.race([live.ready, signals.ended]);
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), options.durationMs);
    });
    const interrupted =
      started in SIGNAL_EXITS ? (started as EndingSignal) : await Promise.race([timeUp, signals.ended]);
    clearTimeout(timer);
    await live.stop(interrupted ?? 'time');
    return { seen: watched, interrupted };
  } finally {
    signals.release();
  }
}
