import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureError, openRing } from '../../src/capture/index.js';
import type { StreamHeader } from '../../src/records/index.js';
import { busyHost, HEADER } from '../../test/capture/busy-host.js';
import { readAll, ticksIn } from '../../test/capture/reading.js';
import { seededRandom } from '../../test/random.js';
import type { Torture } from './torture.js';

const RING_BYTES = 1 << 20;

/** Disks that fill up and clocks that are set, under a flight recorder. */
export function ringTortures(folder: string): readonly Torture[] {
  const clocks = { name: 'clocks', round: (seed: number) => setClocks(join(folder, 'clocks'), seed) };
  const disk = join(folder, 'disk');
  if (!canMount(disk)) return [clocks];
  return [clocks, { name: 'disks', round: (seed) => fillDisk(disk, seed) }];
}

/** Records a few runs, each of which finds another time; they must read forward in time as one capture. */
async function setClocks(dir: string, seed: number): Promise<string | null> {
  const random = seededRandom(seed);
  rmSync(dir, { recursive: true, force: true });
  let startedAtMs = HEADER.startedAtMs;
  let seconds = 0;
  for (let run = 2 + Math.floor(random() * 4); run > 0; run -= 1) {
    const length = 1 + Math.floor(random() * 40);
    await record(dir, { ...HEADER, startedAtMs }, length, () => undefined);
    seconds += length;
    // Up to forty years, there or back, and mostly less.
    startedAtMs += Math.floor((random() - 0.6) * 10 ** (3 + random() * 9));
  }
  const { records } = await readAll(dir);
  if (ticksIn(records) !== seconds) return `${ticksIn(records)} of ${seconds} seconds read`;
  const isForward = records.every(
    ({ elapsedMs }, index) => elapsedMs >= (records[index - 1]?.elapsedMs ?? 0),
  );
  return isForward ? null : 'time runs back';
}

/** Records while another writer takes the disk and gives it back. */
async function fillDisk(mount: string, seed: number): Promise<string | null> {
  const random = seededRandom(seed);
  const kib = 200 + Math.floor(random() * 800);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=700`, 'tmpfs', mount]);
  try {
    const dir = join(mount, 'ring');
    let said: string | null = null;
    try {
      await record(dir, HEADER, 300 + Math.floor(random() * 2000), () => {
        if (random() < 0.99) return;
        try {
          writeFileSync(join(mount, 'other'), Buffer.alloc(Math.floor(random() * kib * 1024)));
        } catch {
          // The disk is full, as it should be.
        }
      });
    } catch (error) {
      // Where nothing of its own is left to drop it ends, in a sentence.
      if (!(error instanceof CaptureError)) throw error;
      said = error.message;
      if (!said.includes('full')) return said;
    }
    const { reader, records } = await readAll(dir);
    // Each time that the disk was full a shard ends within a line.
    if (reader.tail.badLines > readdirSync(dir).length) return `${reader.tail.badLines} lines cannot be read`;
    return said === null && ticksIn(records) === 0 ? 'nothing is left' : null;
  } catch (error) {
    // A disk on which not even the first shard's beginning fits.
    if (error instanceof CaptureError) return null;
    throw error;
  } finally {
    execFileSync('umount', [mount]);
  }
}

async function record(
  dir: string,
  header: StreamHeader,
  seconds: number,
  eachSecond: () => void,
): Promise<void> {
  const ring = openRing(dir, header, RING_BYTES);
  let failures = 0;
  ring.failed.catch(() => (failures += 1));
  const isOver = (): boolean => failures > 0;
  const host = busyHost(header);
  for (let second = 0; second < seconds && !isOver(); second += 1) {
    for (const item of host.next().value) ring.write(item);
    eachSecond();
    // A real second is long enough for the disk.
    do await nextTurn();
    while (!isOver() && ring.pendingBytes > 0);
  }
  await ring.close();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Only root can give a disk of its own to a test. */
function canMount(folder: string): boolean {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    console.log('SKIPPED, no tmpfs can be mounted here: disks');
    return false;
  }
}
