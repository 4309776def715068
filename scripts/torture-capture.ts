// Kills a recorder 200 times and cuts captures at every byte of their last 64 KB: npm run torture:capture.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCaptureWriter } from '../src/capture/index.js';
import { busySeconds, HEADER } from '../test/capture/busy-host.js';
import { cutAt } from '../test/capture/cutting.js';
import { killOnce } from '../test/capture/killing.js';

const LAST_BYTES = 64 * 1024;
const kills = Number(process.argv[2] ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'ctdiag-torture-'));
const wrong: string[] = [];

function* everyByte(size: number): Generator<number> {
  for (let length = size; length >= Math.max(0, size - LAST_BYTES); length -= 1) yield length;
}

try {
  for (const [name, seconds] of [
    ['cut.ctd', 120],
    ['cut.ctd.gz', 500],
  ] as const) {
    const path = join(folder, name);
    const writer = openCaptureWriter(path, HEADER, true);
    for (const record of busySeconds(seconds)) writer.write(record);
    await writer.close();
    const { size } = statSync(path);
    const found = await cutAt(path, everyByte(size));
    console.log(`${name}: ${Math.min(size, LAST_BYTES)} cuts of ${size} bytes, ${found.length} wrong`);
    wrong.push(...found);
  }
  for (let index = 0; index < kills; index += 1) {
    const said = await killOnce(index % 2 === 0 ? '.ctd' : '.ctd.gz', Math.random);
    if (said !== null) wrong.push(`kill ${index}: ${said}`);
  }
  console.log(`${kills} kills, ${wrong.length} wrong in all`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const line of wrong.slice(0, 20)) console.log(line);
process.exitCode = wrong.length === 0 ? 0 : 1;
