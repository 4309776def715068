import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StreamRecord } from '../../src/records/index.js';
import { bundledPath } from '../scenarios/bundled.js';
import { read, scratch } from './files.js';
import { fixtureProgram } from '../programs.js';

function writerOf(path: string): ChildProcess {
  const child = spawn(process.execPath, [fixtureProgram('write-until-killed'), path], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function ticksIn(path: string): Promise<number> {
  const content = await read(path);
  return 'records' in content ? content.records.filter((record) => record.type === 'tick').length : 0;
}

describe('a recorder that is killed', () => {
  it.each([
    ['x.ctd', 1],
    ['x.ctd', 300],
    ['x.ctd.gz', 1],
    ['x.ctd.gz', 300],
  ])(
    'leaves all that could be read before: %s after %i ticks',
    async (name, ticks) => {
      const path = join(scratch(), name);
      const child = writerOf(path);
      const seen = await vi.waitUntil(
        async () => {
          const now = await ticksIn(path);
          return now >= ticks && now;
        },
        { timeout: 50_000, interval: 5 },
      );
      child.kill('SIGKILL');
      await once(child, 'exit');
      const content = await read(path);
      if (!('records' in content)) throw new Error(content.message);
      const { records, tail } = content;
      expect(records.filter((record) => record.type === 'tick').length).toBeGreaterThanOrEqual(seen);
      expect(tail).toMatchObject({ complete: false, badLines: 0 });
      // The longest prefix of what was written: nothing missing in between.
      const figures = records.map((record: StreamRecord, index) => [
        record.type,
        record.elapsedMs === Math.floor(index / 2) * 1000,
      ]);
      expect(figures).toEqual(records.map((_, index) => [index % 2 === 0 ? 'sample' : 'tick', true]));
    },
    60_000,
  );
});

function linesIn(bytes: Buffer): unknown[] {
  return bytes
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('a capture through pipes', () => {
  const gzip = readFileSync(bundledPath('accept-queue-overflow'));

  it.each([
    ['plain', gunzipSync(gzip)],
    ['gzip', gzip],
  ])('arrives as it was: %s', { timeout: 60_000 }, (_what, input) => {
    const output = execFileSync(process.execPath, [fixtureProgram('copy-capture')], { input });
    const [header, ...records] = linesIn(gunzipSync(gzip));
    // Recorded before headers had it: what is written today says that it is not known.
    expect(linesIn(output)).toEqual([{ ...(header as object), bootId: null }, ...records]);
  });

  it('is refused in a sentence when standard input is no capture', { timeout: 60_000 }, () => {
    const { stderr } = spawnSync(process.execPath, [fixtureProgram('copy-capture')], {
      input: 'hello\n',
      encoding: 'utf8',
    });
    expect(stderr).toContain('standard input is not a ctdiag capture');
  });

  it('says that its reader went away', { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, [fixtureProgram('copy-capture')], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    child.stdin.on('error', () => undefined);
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.stdin.end(gzip);
    const [code] = (await once(child, 'close')) as [number | null];
    expect(complaint).toContain('the reader of standard output went away; recording stopped.');
    expect(code).toBe(74);
  });
});
