import { openCaptureReader } from '../capture/index.js';
import { diagnose } from '../diagnose/index.js';
import type { Thresholds } from '../diagnose/index.js';
import { createFold, createTrend, createWindow } from '../model/index.js';
import type { Frame, TrendPoint, Window } from '../model/index.js';
import { drawsCourse, formatReport } from '../render/index.js';
import type { ReportFormat } from '../render/index.js';
import type { StreamHeader } from '../records/index.js';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import { asUserError, EXIT, exitOfStatus, SIGNAL_EXITS, UserError } from './exit.js';
import type { EndingSignal } from './exit.js';
import { probesOrNothing, watchHost } from './live-host.js';
import { tailWords } from './tail.js';
import { sinceOf, spanIn } from './time-span.js';
import type { TimeSpan } from './time-span.js';
import { untilSignal } from './signals.js';
import { VERSION } from './version.js';

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

/** What was seen of a host, and how the seeing ended. */
interface Outcome {
  readonly seen: Seen;
  readonly damagedLines: number;
  readonly interrupted: EndingSignal | null;
}

/** Diagnoses a capture, or this host live when `path` is `null`. Returns the exit code. */
export async function diagnoseCommand(path: string | null, options: DiagnoseOptions): Promise<number> {
  const course = drawsCourse(options.format);
  const { seen, damagedLines, interrupted } =
    path === null ? await watch(options, course) : await read(path, options.span, course);
  const window = seen.window();
  if (window === null)
    throw new UserError(EXIT.badData, `${path ?? 'the host'} holds no complete second; record for longer.`);
  const diagnosis = diagnose(window, damagedLines, options.thresholds);
  const report = { diagnosis, window, trend: seen.trend(), version: VERSION };
  process.stdout.write(formatReport(options.format, report));
  return interrupted === null ? exitOfStatus(diagnosis.status) : SIGNAL_EXITS[interrupted];
}

/** Frames, folded as they come. */
interface Seen {
  add(frame: Frame): void;
  window(): Window | null;
  trend(): readonly TrendPoint[];
}

function startSeeing(header: StreamHeader, course: boolean): Seen {
  const builder = createWindow(header);
  const trend = createTrend();
  return {
    add(frame) {
      builder.add(frame);
      if (course) trend.add(frame);
    },
    window: () => builder.build(),
    trend: () => trend.build(),
  };
}

async function read(path: string, span: TimeSpan, course: boolean): Promise<Outcome> {
  try {
    const reader = await openCaptureReader(path, sinceOf(span));
    const fold = createFold(reader.header);
    const seen = startSeeing(reader.header, course);
    const whole = span.from === null && span.to === null;
    let frames: Frame[] = [];
    for await (const record of reader.records) {
      const frame = fold.push(record);
      if (frame === null) continue;
      if (whole) seen.add(frame);
      else {
        frames.push(frame);
        // What is surely before the start is let go, a minute at a time.
        if (frames.length % 60 === 0) frames = within(frames, { from: span.from, to: null }, frame.atMs);
      }
    }
    const words = tailWords(reader.name, reader.tail);
    if (words !== null) process.stderr.write(`ctdiag: ${words}\n`);
    if (!whole) {
      const wanted = within(frames, span, frames.at(-1)?.atMs ?? 0);
      if (wanted.length === 0)
        throw new UserError(EXIT.badData, `${reader.name} holds nothing between --from and --to.`);
      for (const frame of wanted) seen.add(frame);
    }
    return { seen, damagedLines: reader.tail.badLines, interrupted: null };
  } catch (error) {
    throw asUserError(error);
  }
}

function within(frames: readonly Frame[], span: TimeSpan, endMs: number): Frame[] {
  const { fromMs, toMs } = spanIn(span, endMs);
  return frames.filter((frame) => frame.atMs >= fromMs && frame.atMs <= toMs);
}

async function watch(options: DiagnoseOptions, course: boolean): Promise<Outcome> {
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
    return { seen, damagedLines: 0, interrupted };
  } catch (error) {
    live.kill();
    throw error;
  } finally {
    signals.release();
  }
}
