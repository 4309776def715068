import { openCaptureReader } from '../capture/index.js';
import { diagnose } from '../diagnose/index.js';
import { createFold, createWindow } from '../model/index.js';
import type { Window } from '../model/index.js';
import { diagnosisJson, diagnosisText } from '../render/index.js';
import type { SourceChoice } from '../sources/live.js';
import { asUserError, EXIT, exitOfStatus, SIGNAL_EXITS, UserError } from './exit.js';
import type { EndingSignal } from './exit.js';
import { watchHost } from './live-host.js';
import { tailWords } from './tail.js';
import { untilSignal } from './signals.js';

export interface DiagnoseOptions {
  readonly source: SourceChoice;
  readonly durationMs: number;
  readonly format: 'text' | 'json';
}

/** Diagnoses a capture, or this host live when `path` is `null`. Returns the exit code. */
export async function diagnoseCommand(path: string | null, options: DiagnoseOptions): Promise<number> {
  const { window, interrupted } =
    path === null ? await watch(options) : { window: await read(path), interrupted: null };
  if (window === null)
    throw new UserError(EXIT.badData, `${path ?? 'the host'} holds no complete second; record for longer.`);
  const diagnosis = diagnose(window);
  const render = {
    text: diagnosisText,
    json: (...args: Parameters<typeof diagnosisJson>) => `${diagnosisJson(...args)}\n`,
  };
  process.stdout.write(render[options.format](diagnosis, window));
  return interrupted === null ? exitOfStatus(diagnosis.status) : SIGNAL_EXITS[interrupted];
}

async function read(path: string): Promise<Window | null> {
  try {
    const reader = await openCaptureReader(path);
    const fold = createFold(reader.header);
    const builder = createWindow(reader.header);
    for await (const record of reader.records) {
      const frame = fold.push(record);
      if (frame !== null) builder.add(frame);
    }
    const words = tailWords(reader.name, reader.tail);
    if (words !== null) process.stderr.write(`ctdiag: ${words}\n`);
    return builder.build();
  } catch (error) {
    throw asUserError(error);
  }
}

async function watch(
  options: DiagnoseOptions,
): Promise<{ window: Window | null; interrupted: EndingSignal | null }> {
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
    return { window: builder.build(), interrupted };
  } finally {
    signals.release();
  }
}
