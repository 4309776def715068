import {
  mkdtempSync,
  readdirSync,
  readlinkSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, expect, it } from 'vitest';
import { openRing } from '../../src/capture/index.js';
import type { StreamHeader } from '../../src/records/index.js';
import { createFold } from '../../src/model/index.js';
import { busyHost, HEADER } from './busy-host.js';
import { linesUntil } from './killing.js';
import { readAll, ticksIn } from './reading.js';
import { CONTAINER, kernel, tick } from '../scenarios/stream.js';
import { fixtureProgram } from '../programs.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-ring-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 1024 * 1024;
const shardNames = (dir: string): string[] => readdirSync(dir).filter((name) => name.endsWith('.ctd.gz'));
const sizeOf = (dir: string): number =>
  readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);

/** Records so many seconds of a busy host as fast as the disk takes them. */
async function fill(dir: string, seconds: number, header: StreamHeader = HEADER): Promise<number> {
  const ring = openRing(dir, header, MIB);
  const host = busyHost(header);
  let largest = 0;
  for (let second = 0; second < seconds; second += 1) {
    for (const record of host.next().value) ring.write(record);
    // A real second is long enough for the disk.
    while (second % 20 === 0 && ring.pendingBytes > 0) await new Promise((resolve) => setImmediate(resolve));
    if (second % 500 === 0) largest = Math.max(largest, sizeOf(dir));
  }
  ring.write({ type: 'end', elapsedMs: seconds * 1000, reason: 'time' });
  await ring.close();
  return Math.max(largest, sizeOf(dir));
}

it('stays within its size, drops whole shards, and reads as one capture across them', async () => {
  const dir = join(folder, 'bounded');
  const largest = await fill(dir, 9000);
  expect(largest).toBeLessThan(MIB);
  const shards = shardNames(dir);
  expect(shards.length).toBeGreaterThan(5);
  expect(shards[0]).not.toContain('-00000001-');
  for (const shard of shards) expect(statSync(join(dir, shard)).mode & 0o777).toBe(0o600);

  const { reader, records } = await readAll(dir);
  expect(reader.tail).toMatchObject({ complete: true, torn: false, badLines: 0 });
  expect(records.filter((record) => record.type === 'gap')).toEqual([]);
  // A shard boundary costs no rate: each is read on from the one before.
  const fold = createFold(reader.header);
  const rates = records.flatMap((record) => {
    const frame = fold.push(record);
    return frame === null ? [] : [frame.readings.get(`${HEADER.netns ?? 0}:nf_conntrack.insert`)?.perSec];
  });
  expect(rates.length).toBeGreaterThan(1000);
  expect(rates.slice(1).filter((rate) => rate === null || rate === undefined)).toEqual([]);
});

it('takes a sample of a moment before for no gap', async () => {
  const dir = join(folder, 'earlier');
  const ring = openRing(dir, HEADER, MIB);
  for (let second = 1; second <= 20; second += 1) {
    const elapsedMs = second * 1000;
    if (second === 15) ring.write(kernel(elapsedMs - 9000, { 'Tcp.CurrEstab': 3 }, CONTAINER));
    ring.write(kernel(elapsedMs, { 'Tcp.CurrEstab': second }));
    ring.write(tick(elapsedMs));
  }
  await ring.close();
  const { records } = await readAll(dir);
  expect(records.filter((record) => record.type === 'tick')).toHaveLength(20);
  expect(records.filter((record) => record.type === 'gap')).toEqual([]);
});

it('goes on after a restart, with a gap where nothing was recorded', async () => {
  const dir = join(folder, 'restarted');
  await fill(dir, 10);
  await fill(dir, 10, { ...HEADER, startedAtMs: HEADER.startedAtMs + 60_000, bootId: 'another' });
  expect(shardNames(dir)).toHaveLength(2);
  const { reader, records } = await readAll(dir);
  expect(ticksIn(records)).toBe(20);
  expect(records.filter((record) => record.type === 'gap')).toMatchObject([
    { source: 'kernel', reason: expect.stringContaining('rebooted') as string },
    { source: 'bpftrace' },
  ]);
  expect(records.at(-1)).toMatchObject({ type: 'end', elapsedMs: 70_000 });
  expect(reader.header.startedAtMs).toBe(HEADER.startedAtMs);
});

it('reads forward in time although the clock was set back between two runs', async () => {
  const dir = join(folder, 'clock');
  await fill(dir, 10);
  await fill(dir, 10, { ...HEADER, startedAtMs: HEADER.startedAtMs - 3_600_000 });
  const times = (await readAll(dir)).records.map((record) => record.elapsedMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.at(-1)).toBeLessThan(60_000);
});

it('reads around shards that are damaged, torn or not of a ring', async () => {
  const dir = join(folder, 'damaged');
  await fill(dir, 3000);
  const [first = '', second = '', third = ''] = shardNames(dir);
  writeFileSync(join(dir, first), '');
  writeFileSync(join(dir, second), 'no capture');
  truncateSync(join(dir, third), statSync(join(dir, third)).size - 40);
  writeFileSync(join(dir, 'notes.txt'), 'of a person');
  const { reader, records } = await readAll(dir);
  expect(ticksIn(records)).toBeGreaterThan(500);
  expect(reader.tail.complete).toBe(true);
  expect(reader.tail.badLines).toBe(1);
});

it.skipIf(process.platform !== 'linux')(
  'is refused to a second recorder until the first one is gone, kill -9 included',
  async () => {
    const dir = join(folder, 'locked');
    const child = spawn(process.execPath, [fixtureProgram('write-capture'), dir, String(MIB)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await linesUntil(child.stdout, (line) => Number(line) >= 1);
    expect(() => openRing(dir, HEADER, MIB)).toThrow(/is being recorded to by another ctdiag/);
    expect((await readAll(dir)).reader.tail).toMatchObject({ complete: false, stillRecording: true });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await readAll(dir)).reader.tail).toMatchObject({ complete: false, stillRecording: false });
    openRing(dir, HEADER, MIB);
    expect(shardNames(dir)).toHaveLength(2);
  },
);

it.skipIf(process.platform !== 'linux')('holds few file handles and no more after many shards', async () => {
  const handles = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return [];
      }
    });
  const dir = join(folder, 'handles');
  await fill(dir, 3000);
  expect(handles().filter((path) => path.startsWith(dir))).toEqual([]);
  expect(readFileSync(join(dir, 'lock'))).toHaveLength(0);
});
