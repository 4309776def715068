import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { ticksIn } from '../capture/reading.js';
import { read } from '../capture/files.js';
import { CLI } from '../programs.js';
import { ctdiag } from './cli.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-disk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = fileURLToPath(new URL('../fixtures/failing-disk.sh', import.meta.url));
const RECORD = ['record', '--source', 'counters', '--interval', '200ms'];

/** What the script exits with where this machine cannot make such a disk. */
const CANNOT = 77;

interface Row {
  readonly what: string;
  /** The case of the script: which file system, and how it fails. */
  readonly disk: string;
  readonly target: string;
  /** A pattern. */
  readonly says: string;
  /** Ticks that must be there, of those that were there before. */
  readonly kept: (before: number) => number;
}

const all = (before: number): number => before;
/** A disk that fails keeps what was forced to it: what came in the last three seconds may be lost. */
const synced = (before: number): number => before - 17;

const ROWS: readonly Row[] = [
  { what: 'a full disk', disk: 'full', target: 'x.ctd', says: 'the disk is full', kept: all },
  { what: 'a full disk, into a ring', disk: 'full', target: 'ring', says: 'the disk is full', kept: all },
  {
    what: 'a used-up quota',
    disk: 'quota',
    target: 'x.ctd.gz',
    says: 'the disk quota is used up',
    kept: all,
  },
  {
    what: 'a disk with errors',
    disk: 'errors',
    target: 'x.ctd.gz',
    says: 'the disk reports an error \\(EIO\\)',
    kept: synced,
  },
  {
    what: 'a thin volume that has run out',
    disk: 'thin',
    target: 'x.ctd.gz',
    // Whether the data or the journal went first.
    says: '(the disk is full|the disk reports an error \\(EIO\\))',
    kept: synced,
  },
  {
    what: 'a file system that turns read-only',
    disk: 'read-only',
    target: 'x.ctd',
    says: 'the file system is read-only',
    kept: synced,
  },
  {
    what: 'a greatest size of files',
    disk: 'file-size',
    target: 'x.ctd',
    says: 'it is larger than allowed here',
    kept: () => 1,
  },
];

// Most of the time they wait, for the last block of a full disk to be full as well.
describe.skipIf(process.platform !== 'linux')(
  'a recording ends with a sentence, and what was written reads',
  () => {
    it.concurrent.for(ROWS)('on $what', async ({ what, disk, target, says, kept }, { skip }) => {
      const work = mkdtempSync(join(folder, 'disk-'));
      const args = target === 'ring' ? ['--ring'] : [];
      const command = [process.execPath, CLI, ...RECORD, ...args];
      const { exitCode, stderr } = await execa('sh', [script, disk, work, target, ...command], {
        reject: false,
        stdin: 'ignore',
      });
      if (exitCode === CANNOT) {
        console.warn(`SKIPPED, ${stderr.trim().split('\n').at(-1) ?? ''}: recording on ${what}`);
        skip(stderr);
      }
      expect(stderr).toMatch(
        new RegExp(`failed: ${says}; recording stopped, what was written before can be read\\.`),
      );
      expect(exitCode).toBe(74);
      const copy = join(work, 'kept');
      const [shard] = target === 'ring' ? readdirSync(copy).filter((name) => name.endsWith('.gz')) : [];
      const content = await read(shard === undefined ? copy : join(copy, shard));
      if (!('records' in content)) throw new Error(content.message);
      expect(content.tail).toMatchObject({ complete: false, badLines: 0 });
      const before = existsSync(join(work, 'ticks')) ? Number(readFileSync(join(work, 'ticks'), 'utf8')) : 0;
      expect(ticksIn(content.records)).toBeGreaterThanOrEqual(Math.max(1, kept(before)));
      expect((await ctdiag(['diagnose', copy])).stdout).toContain('Coverage: kernel counters only');
    });
  },
);
