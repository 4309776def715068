import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { CaptureError, openCaptureReader } from '../../src/capture/index.js';
import type { CaptureReader } from '../../src/capture/index.js';
import type { StreamRecord } from '../../src/records/index.js';
import { HEADER } from './busy-host.js';
import { linesUntil } from './killing.js';
import { readAll, ticksIn } from './reading.js';
import { fixtureProgram } from '../programs.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-follow-ring-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shards = (dir: string): string[] => readdirSync(dir).filter((name) => name.endsWith('.ctd.gz'));

/** A process that records 50 seconds a second to a ring, in shards of so many bytes. */
function record(dir: string, ringBytes: number): ChildProcess {
  const child = spawn(process.execPath, [fixtureProgram('write-capture'), dir, String(ringBytes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function begun(child: ChildProcess): Promise<void> {
  if (child.stdout !== null) await linesUntil(child.stdout, () => true);
}

/** Reads on until `isIt`; all that was read. */
async function readUntil(
  records: AsyncIterator<StreamRecord>,
  isIt: (record: StreamRecord) => boolean,
): Promise<StreamRecord[]> {
  const read: StreamRecord[] = [];
  for (;;) {
    const next = await records.next();
    if (next.done === true) throw new Error('the ring came to an end');
    read.push(next.value);
    if (isIt(next.value)) return read;
  }
}

const follow = async (
  dir: string,
): Promise<{ reader: CaptureReader; records: AsyncIterator<StreamRecord> }> => {
  const reader = await openCaptureReader(dir, null, true);
  return { reader, records: reader.records[Symbol.asyncIterator]() };
};

describe.skipIf(process.platform !== 'linux')('a ring that is being recorded', () => {
  it('is followed over new shards while the oldest are dropped, each second once and none missing', async () => {
    const dir = join(folder, 'growing');
    await begun(record(dir, 96 * 1024));
    const { records } = await follow(dir);
    const [firstShard = ''] = shards(dir);
    const read = await readUntil(records, () => !shards(dir).includes(firstShard));
    // Up to a shard that did not exist when the first one was dropped.
    const newest = Number(/-(\d{8})-/.exec(shards(dir).at(-1) ?? '')?.[1]);
    const beyond = (): boolean => shards(dir).some((name) => Number(/-(\d{8})-/.exec(name)?.[1]) > newest);
    read.push(...(await readUntil(records, ({ type }) => type === 'tick' && beyond())));
    const seconds = read.flatMap(({ type, elapsedMs }) =>
      type === 'tick' ? [Math.round(elapsedMs / 1000)] : [],
    );
    expect(seconds).toEqual(seconds.map((_, index) => index));
    expect(read.filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('goes on after its recorder was killed and another was started, forward in time', async () => {
    const dir = join(folder, 'restarted');
    const first = record(dir, 1024 ** 2);
    await begun(first);
    const { records } = await follow(dir);
    first.kill('SIGKILL');
    await once(first, 'exit');
    const left = ticksIn((await readAll(dir)).records);
    await begun(record(dir, 1024 ** 2));
    expect(shards(dir)).toHaveLength(2);
    let ticks = 0;
    const read = await readUntil(records, ({ type }) => type === 'tick' && ++ticks === left + 5);
    const times = read.map(({ elapsedMs }) => elapsedMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('is followed from a time on without the shards before it', async () => {
    const dir = join(folder, 'since');
    const child = record(dir, 96 * 1024);
    if (child.stdout !== null) await linesUntil(child.stdout, () => shards(dir).length > 4);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const all = (await readAll(dir)).records;
    const beginMs = all[0]?.elapsedMs ?? 0;
    const middle = (beginMs + (all.at(-1)?.elapsedMs ?? 0)) / 2;
    const atMs = HEADER.startedAtMs + middle;
    const reader = await openCaptureReader(dir, { atMs }, true);
    const first = await reader.records[Symbol.asyncIterator]().next();
    const firstMs = first.done === true ? -1 : first.value.elapsedMs;
    expect(firstMs).toBeGreaterThan(beginMs);
    expect(firstMs).toBeLessThanOrEqual(middle);
  });

  it('that is moved away ends in a sentence', async () => {
    const dir = join(folder, 'moved');
    const child = record(dir, 1024 ** 2);
    await begun(child);
    const { records } = await follow(dir);
    await readUntil(records, ({ type }) => type === 'tick');
    child.kill('SIGKILL');
    await once(child, 'exit');
    renameSync(dir, `${dir}-away`);
    await expect(readUntil(records, () => false)).rejects.toThrow(CaptureError);
  });

  it('and holds nothing yet is refused in a sentence', async () => {
    const dir = join(folder, 'empty');
    mkdirSync(dir);
    await expect(follow(dir)).rejects.toThrow(/has no captures/);
  });
});
