import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openCapture } from '../../src/playback/open-capture.js';
import type { OpenOptions } from '../../src/playback/open-capture.js';
import { loadProgressOf } from '../../src/playback/load-progress.js';
import { encodeCaptureHeader } from '../../src/capture/index.js';
import { busySeconds, HEADER } from '../capture/busy-host.js';
import { bundledPath } from '../scenarios/bundled.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-reading-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const whole: OpenOptions = { follow: false, span: { from: null, to: null }, thresholds: undefined };

it('of a large capture is told from its first frame to its last, and of small ones nothing is', async () => {
  const large = join(folder, 'large.ctd');
  const lines = busySeconds(1500).map((record) => JSON.stringify(record));
  writeFileSync(large, `${[encodeCaptureHeader(HEADER), ...lines].join('\n')}\n`);
  const capture = await openCapture(large, whole);
  const { size } = statSync(large);
  const told: number[] = [];
  for (let more = true; more; more = await capture.read(100)) {
    const reading = loadProgressOf([capture]);
    if (reading === null) break;
    expect(reading.totalBytes).toBe(size);
    told.push(reading.readBytes);
  }
  expect(told.length).toBeGreaterThan(5);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told[0]).toBeLessThan(size / 2);
  expect(capture.reader.progress.readBytes).toBe(size);
  expect(loadProgressOf([capture])).toBeNull();

  const small = await openCapture(bundledPath('conntrack-table-full'), whole);
  expect(loadProgressOf([small])).toBeNull();

  const others = [await openCapture(bundledPath('conntrack-table-full'), whole), small];
  expect(loadProgressOf(others)?.captures).toEqual({ whole: 0, all: 2 });
  while (await small.read(100));
  expect(loadProgressOf(others)?.captures).toEqual({ whole: 1, all: 2 });
});
