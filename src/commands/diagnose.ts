import { diagnose, INTACT_INPUT } from '../diagnose/index.js';
import type { Thresholds } from '../diagnose/index.js';
import { createAccumulator } from '../model/index.js';
import type { StreamRecord } from '../records/index.js';
import { drawsTrend, formatReport, verdictAgain } from '../render/index.js';
import type { ReportFormat } from '../render/index.js';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import { EXIT, exitOfStatus, SIGNAL_EXITS, UserError } from '../exit.js';
import type { EndingSignal } from '../exit.js';
import { watchHost } from './stream/live-host.js';
import { readCapture } from './stream/read-capture.js';
import type { Observation } from './stream/read-capture.js';
import { runLive } from './stream/run-live.js';
import type { TimeSpan } from '../playback/time/time-span.js';
import { terminalWidth } from './terminal-width.js';
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
  const trend = drawsTrend(options.format);
  const { seen, reading, interrupted } =
    path === null
      ? await watchHostForDiagnosis(options, trend)
      : { ...(await readCapture(path, options.span, trend)), interrupted: null };
  const window = seen.window();
  if (window === null)
    throw new UserError(EXIT.badData, `${path ?? 'the host'} holds no complete second; record for longer.`);
  const diagnosis = diagnose(window, reading, options.thresholds);
  const { thresholds } = options;
  const report = { diagnosis, window, trend: seen.trend(), thresholds, version: VERSION };
  const width = terminalWidth(process.stdout);
  const text = formatReport(options.format, report, width);
  const { isTTY, rows } = process.stdout;
  // A person at a terminal sees its end: what is wrong must stand there.
  const long = options.format === 'text' && isTTY && text.split('\n').length > rows;
  process.stdout.write(long ? text + verdictAgain(diagnosis, window, width) : text);
  return interrupted === null ? exitOfStatus(diagnosis.status) : SIGNAL_EXITS[interrupted];
}

async function watchHostForDiagnosis(
  options: DiagnoseOptions,
  trend: boolean,
): Promise<Observation & { readonly interrupted: EndingSignal | null }> {
  let take: (record: StreamRecord) => void = () => undefined;
  const { source, detail, durationMs } = options;
  // The first records come only after this function has returned to the event loop.
  const live = watchHost({ source, detail, intervalMs: 1000, onRecord: (record) => take(record) });
  const seen = createAccumulator(live.header, { trend });
  take = (record) => seen.take(record);
  if (process.stderr.isTTY)
    process.stderr.write(`ctdiag: watching for ${durationMs / 1000} s; press Ctrl-C to stop early\n`);
  const end = await runLive(live, { source, durationMs, fromReady: true });
  return { seen, reading: INTACT_INPUT, interrupted: end === 'time' ? null : end };
}
