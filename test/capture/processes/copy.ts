// Copies a capture from standard input to standard output.
import { openCaptureReader, openCaptureWriter } from '../../../src/capture/index.js';

const reader = await openCaptureReader('-');
const writer = openCaptureWriter('-', reader.header, false);
writer.failed.catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exitCode = 74;
});
for await (const record of reader.records) writer.write(record);
await writer.close().catch(() => undefined);
