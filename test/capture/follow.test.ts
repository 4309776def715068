import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openCaptureReader, openCaptureWriter } from '../../src/capture/index.js';
import { busySeconds, HEADER } from './busy-host.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-follow-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(['growing.ctd', 'growing.ctd.gz'])(
  '%s is read as it grows, second by second, up to its end',
  async (name) => {
    const path = join(folder, name);
    const writer = openCaptureWriter(path, HEADER, false);
    const records = busySeconds(4);
    const write = (second: number): void => {
      const seconds = records.filter(({ elapsedMs }) => Math.floor(elapsedMs / 1000) === second);
      for (const record of seconds) writer.write(record);
    };
    write(0);
    // The header must be there to open it.
    while (writer.pendingBytes > 0) await new Promise((resolve) => setImmediate(resolve));
    const reader = await openCaptureReader(path, null, true);
    let ticks = 0;
    for await (const record of reader.records) {
      if (record.type !== 'tick') continue;
      ticks += 1;
      if (ticks < 4) write(ticks);
      else if (ticks === 4) writer.write({ type: 'end', elapsedMs: 4000, reason: 'time' });
    }
    await writer.close();
    expect(ticks).toBe(4);
    expect(reader.tail.complete).toBe(true);
  },
);
