// What captures cost: `npm run bench:capture`. Prints figures; nothing is asserted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCaptureWriter } from '../src/capture/index.js';
import type { StreamRecord } from '../src/records/index.js';
import { busyHost, HEADER } from '../test/capture/busy-host.js';

const DAY_SEC = 86_400;
const seconds = Number(process.argv[2] ?? DAY_SEC);
const folder = mkdtempSync(join(tmpdir(), 'ctdiag-bench-'));

/** Records at full speed, flushed each second as when live; returns the bytes of it. */
async function record(
  path: string,
  count: number,
  second: (at: number) => readonly StreamRecord[],
): Promise<number> {
  const writer = openCaptureWriter(path, HEADER, true);
  for (let at = 0; at < count; at += 1) {
    for (const one of second(at)) writer.write(one);
    while (writer.pendingBytes > 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await writer.close();
  return statSync(path).size;
}

function say(what: string, figure: number, unit: string): void {
  console.log(`${what.padEnd(46)} ${figure.toFixed(figure < 100 ? 1 : 0).padStart(10)} ${unit}`);
}

try {
  const quietPath = join(folder, 'quiet.ctd.gz');
  const still = busyHost().next().value;
  const quietBytes = await record(quietPath, 3600, (at) =>
    still.map((one) => ({ ...one, elapsedMs: at * 1000 + (at % 5) })),
  );
  say('quiet host', quietBytes / 3600, 'bytes/s');
  say('quiet host, a day', (quietBytes / 3600) * (DAY_SEC / 1e6), 'MB');

  const path = join(folder, 'busy.ctd.gz');
  const host = busyHost();
  const startedMs = performance.now();
  const bytes = await record(path, seconds, () => host.next().value);
  say('writing a second of a busy host', ((performance.now() - startedMs) * 1000) / seconds, 'µs');
  say('busy host, 20,000 connections/s', bytes / seconds, 'bytes/s');
  say('busy host, a day', (bytes / seconds) * (DAY_SEC / 1e6), 'MB');
  const text = execFileSync('gzip', ['-dc', path], { maxBuffer: 2 ** 31 - 1 });
  say('the same as one gzip -6 without flushes, a day', gzipSize(text) * (DAY_SEC / seconds / 1e6), 'MB');
  say('uncompressed, a day', text.length * (DAY_SEC / seconds / 1e6), 'MB');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function gzipSize(text: Buffer): number {
  return execFileSync('gzip', ['-6c'], { input: text, maxBuffer: 2 ** 31 - 1 }).length;
}
