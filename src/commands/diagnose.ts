import { openCaptureReader } from '../capture/index.js';
import { diagnose } from '../diagnose/index.js';
import { createFold, createWindow, windowOf } from '../model/index.js';
import type { Frame, Window } from '../model/index.js';
import { diagnosisJson, diagnosisText } from '../render/index.js';
import type { SourceChoice } from '../sources/live.js';
import { asUserError, EXIT, exitOfStatus, SIGNAL_EXITS, UserError } from './exit.js';
import type { EndingSignal } from './exit.js';
import { probesOrNothing, watchHost } from './live-host.js';
import { tailWords } from './tail.js';
import { sinceOf, spanIn } from './time-span.js';
import type { TimeSpan } from './time-span.js';
import { untilSignal } from './signals.js';

export interface DiagnoseOptions {
  readonly source: SourceChoice;
  readonly durationMs: number;
  readonly format: 'text' | 'json';
  /** Which part of a capture. */
  readonly span: TimeSpan;
}

/** Diagnoses a capture, or this host live when `path` is `null`. Returns the exit code. */
export async function diagnoseCommand(path: string | null, options: DiagnoseOptions): Promise<number> {
  const { window, damagedLines, interrupted } =
    path === null ? await watch(options) : await read(path, options.span);
  if (window === null)
    throw new UserError(EXIT.badData, `${path ?? 'the host'} holds no complete second; record for longer.`);
  const diagnosis = diagnose(window, damagedLines);
  const render = {
    text: diagnosisText,
    json: (...args: Parameters<typeof diagnosisJson>) => `${diagnosisJson(...args)}\n`,
  };
  process.stdout.write(render[options.format](diagnosis, window));
  return interrupted === null ? exitOfStatus(diagnosis.status) : SIGNAL_EXITS[interrupted];
}

interface Seen {
  readonly window: Window | null;
  readonly damagedLines: number;
  readonly interrupted: EndingSignal | null;
}

async function read(path: string, span: TimeSpan): Promise<Seen> {
  try {
    const reader = await openCaptureReader(path, sinceOf(span));
    const fold = createFold(reader.header);
    const builder = createWindow(reader.header);
    const whole = span.from === null && span.to === null;
    let frames: Frame[] = [];
    for await (const record of reader.records) {
      const frame = fold.push(record);
      if (frame === null) continue;
      if (whole) builder.add(frame);
      else {
        frames.push(frame);
        // What is surely before the start is let go, a minute at a time.
        if (frames.length % 60 === 0) frames = within(frames, { from: span.from, to: null }, frame.atMs);
      }
    }
    const words = tailWords(reader.name, reader.tail);
    if (words !== null) process.stderr.write(`ctdiag: ${words}\n`);
    const seen = { damagedLines: reader.tail.badLines, interrupted: null };
    if (whole) return { window: builder.build(), ...seen };
    const wanted = within(frames, span, frames.at(-1)?.atMs ?? 0);
    if (wanted.length === 0)
      throw new UserError(EXIT.badData, `${reader.name} holds nothing between --from and --to.`);
    return { window: windowOf(reader.header, wanted), ...seen };
  } catch (error) {
    throw asUserError(error);
  }
}

function within(frames: readonly Frame[], span: TimeSpan, endMs: number): Frame[] {
  const { fromMs, toMs } = spanIn(span, endMs);
  return frames.filter((frame) => frame.atMs >= fromMs && frame.atMs <= toMs);
}

async function watch(options: DiagnoseOptions): Promise<Seen> {
  let fold: ReturnType<typeof createFold> | null = null;
  let builder: ReturnType<typeof createWindow> | null = null;
  const live = watchHost({
    source: options.source,
    intervalMs: 1000,
    onRecord: (record) => {
      const frame = fold?.push(record) ?? null;
      if (frame !== null) builder?.add(frame);
    },
  });
  fold = createFold(live.header);
  builder = createWindow(live.header);
  const signals = untilSignal();
  const progress = process.stderr.isTTY;
  if (progress)
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
    return { window: builder.build(), damagedLines: 0, interrupted };
  } catch (error) {
    live.kill();
    throw error;
  } finally {
    signals.release();
  }
}
