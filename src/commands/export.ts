import { openCaptureReader } from '../capture/index.js';
import { createFold } from '../model/index.js';
import { createSeriesExport } from '../render/index.js';
import type { ExportFormat } from '../render/index.js';
import { asUserError, EXIT, UserError } from '../exit.js';
import { describeTruncation } from '../playback/truncation.js';

type Deferred = ReturnType<typeof createSeriesExport>['deferred'];

/** Writes the figures of a capture to standard output for other programs. Returns the exit code. */
export async function exportCapture(path: string, format: ExportFormat): Promise<number> {
  try {
    let deferred: Deferred | null = null;
    do deferred = await exportPass(path, format, deferred);
    while (deferred.size > 0);
    return EXIT.ok;
  } catch (error) {
    throw asUserError(error);
  }
}

/** Reads the capture once; returns the metrics left for another pass. */
async function exportPass(path: string, format: ExportFormat, wanted: Deferred | null): Promise<Deferred> {
  const reader = await openCaptureReader(path);
  const fold = createFold(reader.header);
  const series = createSeriesExport(format, reader.header, wanted);
  await writeOut(series.begin);
  for await (const record of reader.records) {
    const frame = fold.push(record);
    if (frame !== null) await writeOut(series.frame(frame));
    if (path === '-' && series.deferred.size > 0)
      throw new UserError(
        EXIT.usage,
        'standard input is too large for --format openmetrics, which must read it more than once; give a file instead.',
      );
  }
  for (const piece of series.end()) await writeOut(piece);
  const truncation = describeTruncation(reader.name, reader.tail);
  if (truncation !== null && wanted === null) process.stderr.write(`ctdiag: ${truncation}\n`);
  return series.deferred;
}

// Not events.once(): it would take over a failing write, which ctdiag itself ends with a sentence.
function writeOut(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (text === '' || process.stdout.write(text)) resolve();
    else process.stdout.once('drain', resolve);
  });
}
