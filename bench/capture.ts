// What captures cost: `npm run bench:capture [-- SECONDS]`, of a day by itself. Prints figures; nothing is asserted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCaptureWriter } from '../src/capture/index.js';
import type { StreamRecord } from '../src/records/index.js';
import { busyHost, HEADER } from '../test/capture/busy-host.js';
import { opening } from './capture/opening.js';

const DAY_SEC = 86_400;
const seconds = Number(process.argv[2] ?? DAY_SEC);
const folder = mkdtempSync(join(tmpdir(), 'ctdiag-bench-'));

/** Records at full speed, flushed each second as when live; returns the bytes of it. */
async function record(path: string, second: (at: number) => readonly StreamRecord[]): Promise<number> {
  const writer = openCaptureWriter(path, HEADER, true);
  for (let at = 0; at < seconds; at += 1) {
    for (const streamRecord of second(at)) writer.write(streamRecord);
    while (writer.pendingBytes > 0) await new Promise((resolve) => setImmediate(resolve));
  }
  writer.write({ type: 'end', elapsedMs: seconds * 1000, reason: 'time' });
  await writer.close();
  return statSync(path).size;
}

function say(what: string, figure: number, unit: string): void {
  console.log(`  ${what.padEnd(54)} ${figure.toFixed(figure < 100 ? 1 : 0).padStart(8)} ${unit}`);
}

async function measure(name: string, second: (at: number) => readonly StreamRecord[]): Promise<void> {
  console.log(`${name}, ${seconds} s`);
  const path = join(folder, `${name.replace(/\W/g, '_')}.ctd.gz`);
  const startedMs = performance.now();
  const bytes = await record(path, second);
  say('writing a second', ((performance.now() - startedMs) * 1000) / seconds, 'µs');
  say('recorded', bytes / seconds, 'bytes/s');
  say('recorded a day', (bytes / seconds) * (DAY_SEC / 1e6), 'MB');
  const text = execFileSync('gzip', ['-dc', path], { maxBuffer: 2 ** 31 - 1 });
  say('the same as one gzip -6 without flushes', gzipSize(text) * (DAY_SEC / seconds / 1e6), 'MB');
  say('uncompressed', text.length * (DAY_SEC / seconds / 1e6), 'MB');
  const { parseMs, firstMs, wholeMs, ...held } = opening(path);
  say('gzip -dc | JSON.parse of each line', parseMs / 1000, 's');
  say('open, to the first frame (budget: 2 x)', firstMs / parseMs, 'x');
  say('open, to the last frame with all verdicts', wholeMs / parseMs, 'x');
  say('a seek, median of 1,000 (budget: 16 ms)', held.seekMedianMs, 'ms');
  say('a seek, 99 of 100 (budget: 16 ms)', held.seekP99Ms, 'ms');
  say('the same, only while it had a processor', held.seekRunP99Ms, 'ms');
  say('memory of the process at its greatest (budget: 150 MB)', held.peakBytes / 1e6, 'MB');
  say('frames', held.frames, '');
  say('changes of the verdict', held.changes, '');
}

function gzipSize(text: Buffer): number {
  return execFileSync('gzip', ['-6c'], { input: text, maxBuffer: 2 ** 31 - 1 }).length;
}

try {
  const still = busyHost().next().value;
  await measure('quiet host', (at) =>
    still.map((streamRecord) => ({ ...streamRecord, elapsedMs: at * 1000 + (at % 5) })),
  );
  const host = busyHost();
  await measure('busy host, 20,000 connections a second', () => host.next().value);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
