import { openCaptureReader, openCaptureWriter, createRedactor } from '../capture/index.js';
import type { Redactor } from '../capture/index.js';
import { safeText } from '../render/index.js';
import { asUserError, EXIT } from '../exit.js';
import { describeTruncation } from '../playback/truncation.js';

/**
 * Writes redacted copies of captures, each beside its original; a name has the same alias in all of them. Standard
 * input goes to standard output. Returns the exit code.
 */
export async function redactCommand(paths: readonly string[], force: boolean): Promise<number> {
  const redactor = createRedactor();
  try {
    for (const path of paths) await redactFile(path, redactor, force);
    process.stderr.write(
      'ctdiag: redaction cannot promise anonymity: figures, times, ports, process ids and names that are\n' +
        'ordinary words stay. Before you share it: ctdiag redact --check FILE --words LIST, with a word or address a line.\n',
    );
    return EXIT.ok;
  } catch (error) {
    throw asUserError(error);
  }
}

async function redactFile(path: string, redactor: Redactor, force: boolean): Promise<void> {
  const reader = await openCaptureReader(path);
  const to = redactedPath(path);
  const writer = openCaptureWriter(to, redactor.header(reader.header), force);
  let failed = false;
  writer.failed.catch(() => (failed = true));
  let unknown = 0;
  for await (const record of reader.records) {
    const redacted = redactor.record(record);
    if (redacted === null) unknown += 1;
    else writer.write(redacted);
    while (writer.pendingBytes > MAX_PENDING_BYTES && !isTrue(failed))
      await new Promise((resolve) => setImmediate(resolve));
    if (isTrue(failed)) break;
  }
  await writer.close();
  const words = describeTruncation(reader.name, reader.tail);
  if (words !== null) process.stderr.write(`ctdiag: ${words}\n`);
  const retained = `${writer.recordsWritten} records`;
  const redacted = unknown === 0 ? '' : `; ${unknown} of a newer ctdiag are left out`;
  if (path !== '-') process.stderr.write(`ctdiag: ${safeText(to)}: ${retained}${redacted}\n`);
}

/** Bytes that may wait for the disk: a copy waits, where a recorder would drop records. */
const MAX_PENDING_BYTES = 1024 * 1024;

/** A function, because TypeScript would take the variable for constant across an await. */
const isTrue = (value: boolean): boolean => value;

/** `a.ctd.gz` becomes `a.redacted.ctd.gz`; a ring becomes one file beside the directory. */
export function redactedPath(path: string): string {
  if (path === '-') return '-';
  const [, stem = path, ending = '.ctd.gz'] = /^(.+?)(\.ctd|\.ctd\.gz|\.gz)?\/*$/s.exec(path) ?? [];
  return `${stem}.redacted${ending}`;
}
