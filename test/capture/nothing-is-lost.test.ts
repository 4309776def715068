import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openCaptureWriter } from '../../src/capture/index.js';
import { busySeconds, HEADER } from './busy-host.js';
import { cutAt } from './cutting.js';
import { killOnce } from './killing.js';
import { readAll } from './reading.js';
import { SEED, seededRandom } from '../random.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-lost-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function write(name: string, seconds: number, maxBytes: number | null = null): Promise<string> {
  const path = join(folder, name);
  const writer = openCaptureWriter(path, HEADER, false, maxBytes);
  for (const record of busySeconds(seconds)) writer.write(record);
  await writer.close();
  return path;
}

// Every byte of the last 64 KB: npm run torture.
it.each(['cut.ctd', 'cut.ctd.gz'])('%s reads up to wherever it is cut', async (name) => {
  const path = await write(name, 40);
  const size = statSync(path).size;
  const lengths = Array.from({ length: size + 1 }, (_, index) => size - index).filter(
    (length) => length > size - 150 || length % 211 === 0 || length < 12,
  );
  expect(await cutAt(path, lengths)).toEqual([]);
});

// 200 times: npm run torture.
it.each(['.ctd', '.ctd.gz'] as const)('a recorder killed with -9 leaves a %s that reads', async (suffix) => {
  expect(await killOnce(suffix, seededRandom(SEED)), `CTDIAG_SEED=${SEED} repeats it`).toBeNull();
});

it('says when it has reached its greatest size', async () => {
  const path = join(folder, 'full.ctd');
  const writer = openCaptureWriter(path, HEADER, false, 20_000);
  const told = { full: false };
  void writer.full.then(() => (told.full = true));
  let written = 0;
  for (const record of busySeconds(1000)) {
    writer.write(record);
    written += 1;
    await Promise.resolve();
    if (told.full) break;
  }
  await writer.close();
  expect(told.full).toBe(true);
  expect(written).toBeLessThan(1000);
  expect(statSync(path).size).toBeLessThan(25_000);
  expect((await readAll(path)).records.length).toBe(writer.recordsWritten);
});
