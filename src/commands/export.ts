import { openCaptureReader } from '../capture/index.js';
import { createFold } from '../model/index.js';
import { createSeriesExport } from '../render/index.js';
import type { ExportFormat } from '../render/index.js';
import { asUserError, EXIT } from '../exit.js';
import { describeTruncation } from '../playback/truncation.js';

/** Writes the figures of a capture to standard output for other programs. Returns the exit code. */
export async function exportCapture(path: string, format: ExportFormat): Promise<number> {
  // Not events.once(): it takes a write that fails for its own, and ctdiag ends by that in a sentence.
  const put = (text: string): Promise<void> =>
    new Promise((resolve) => {
      if (process.stdout.write(text)) resolve();
      else process.stdout.once('drain', resolve);
    });
  try {
    const reader = await openCaptureReader(path);
    const fold = createFold(reader.header);
    const series = createSeriesExport(format, reader.header);
    await put(series.begin);
    for await (const record of reader.records) {
      const frame = fold.push(record);
      if (frame !== null) await put(series.frame(frame));
    }
    for (const piece of series.end()) await put(piece);
    const words = describeTruncation(reader.name, reader.tail);
    if (words !== null) process.stderr.write(`ctdiag: ${words}\n`);
    return EXIT.ok;
  } catch (error) {
    throw asUserError(error);
  }
}
