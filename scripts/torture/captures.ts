import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openCaptureWriter } from '../../src/capture/index.js';
import { busySeconds, HEADER } from '../../test/capture/busy-host.js';
import { cutAt } from '../../test/capture/cutting.js';
import { bombOf, crowdOf, judge, judgeCase } from '../../test/capture/fuzzing.js';
import { killOnce } from '../../test/capture/killing.js';
import { seededRandom } from '../../test/random.js';
import type { Torture } from './torture.js';

/** So many bytes of a capture's end are cut off in a round, one after the other. */
const CUTS = 500;

/** Captures that lie, recorders that are killed, and files that end anywhere. */
export function captureTortures(folder: string): readonly Torture[] {
  const path = join(folder, 'case');
  return [
    { name: 'hostile captures', round: (seed) => judgeCase(path, seed) },
    {
      name: 'bombs and crowds',
      round(seed) {
        const size = [10, 50, 100, 1024][seed % 4] ?? 10;
        return judge(path, seed % 8 < 4 ? bombOf(size) : crowdOf(size), seed);
      },
    },
    { name: 'cut captures', round: (seed) => cutOnce(folder, seed) },
    {
      name: 'killed recorders',
      round: (seed) => killOnce(seed % 2 === 0 ? '.ctd' : '.ctd.gz', seededRandom(seed)),
    },
  ];
}

/** Writes a capture and takes bytes off it, from somewhere in its last 64 KB. */
async function cutOnce(folder: string, seed: number): Promise<string | null> {
  const random = seededRandom(seed);
  const path = join(folder, seed % 2 === 0 ? 'cut.ctd' : 'cut.ctd.gz');
  const writer = openCaptureWriter(path, HEADER, true);
  for (const record of busySeconds(20 + Math.floor(random() * 100))) writer.write(record);
  await writer.close();
  const { size } = statSync(path);
  const from = size - Math.floor(random() * Math.min(size, 65_536));
  const lengths = Array.from({ length: CUTS }, (_, index) => from - index).filter((length) => length >= 0);
  const [first] = await cutAt(path, lengths);
  return first ?? null;
}
