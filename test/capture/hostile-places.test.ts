import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { encodeCaptureHeader, openCaptureWriter, openRing } from '../../src/capture/index.js';
import { HEADER, kernel, tick } from '../scenarios/stream.js';
import { fixtureProgram } from '../programs.js';
import { read, scratch, write } from './files.js';
import { readAll, ticksIn } from './reading.js';

const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;
const ANOTHER_USER = 65534;
const shardsIn = (dir: string): string[] => readdirSync(dir).filter((name) => name.endsWith('.ctd.gz'));

describe('--force replaces', () => {
  it('a file of ours, whole and readable by its owner alone', async () => {
    const path = join(scratch(), 'x.ctd');
    writeFileSync(path, 'x'.repeat(100_000), { mode: 0o644 });
    await write(path, [tick(0)], true);
    expect(await read(path)).toMatchObject({ records: [tick(0)] });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('what a link of ours leads to', async () => {
    const directory = scratch();
    const [path, target] = [join(directory, 'x.ctd'), join(directory, 'target')];
    symlinkSync(target, path);
    await write(path, [tick(0)], true);
    expect(await read(target)).toMatchObject({ records: [tick(0)] });
  });

  it.each<[what: string, make: (path: string, precious: string) => void, why: RegExp]>([
    ['a FIFO', (path) => void execaSync('mkfifo', [path]), /it is not a regular file; write to - for pipes/],
    ['a device, by a link', (path) => symlinkSync('/dev/null', path), /it is not a regular file/],
    ['a directory', (path) => mkdirSync(path), /it is a directory/],
  ])('no %s', (_what, make, why) => {
    const path = join(scratch(), 'x.ctd');
    make(path, '');
    expect(() => openCaptureWriter(path, HEADER, true)).toThrow(why);
  });

  it.skipIf(!isRoot).each<[what: string, make: (path: string, precious: string) => void, why: RegExp]>([
    [
      'link of another user',
      (path, precious) => {
        symlinkSync(precious, path);
        execaSync('chown', ['-h', `${ANOTHER_USER}`, path]);
      },
      /it is a symbolic link of another user/,
    ],
    [
      'file of another user, who could read along',
      (path) => {
        writeFileSync(path, '');
        chownSync(path, ANOTHER_USER, ANOTHER_USER);
      },
      /it belongs to another user; delete it first/,
    ],
    [
      'second name of a file of another user',
      (path, precious) => {
        chownSync(precious, ANOTHER_USER, ANOTHER_USER);
        linkSync(precious, path);
      },
      /it belongs to another user/,
    ],
  ])('no %s', (_what, make, why) => {
    const directory = scratch();
    const [path, precious] = [join(directory, 'x.ctd'), join(directory, 'precious')];
    writeFileSync(precious, 'precious');
    make(path, precious);
    expect(() => openCaptureWriter(path, HEADER, true)).toThrow(why);
    expect(readFileSync(precious, 'utf8')).toBe('precious');
  });
});

describe('a capture that is killed at once', () => {
  it.each(['x.ctd', 'x.ctd.gz'])('has its header: %s', async (name) => {
    const path = join(scratch(), name);
    const writer = openCaptureWriter(path, HEADER, false);
    // What the disk has at this very moment, before anything else runs.
    const bytes = readFileSync(path);
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    expect(text).toBe(`${encodeCaptureHeader(HEADER)}\n`);
    await writer.close();
    expect(await read(path)).toMatchObject({ header: HEADER, records: [] });
  });
});

describe('a ring', () => {
  it.each<[what: string, make: (lock: string) => void, why: RegExp]>([
    [
      'a FIFO',
      (lock) => void execaSync('mkfifo', [lock]),
      /lock cannot be opened: it is not a regular file; delete it/,
    ],
    [
      'a link',
      (lock) => symlinkSync('/etc/hostname', lock),
      /lock cannot be opened: it is a symbolic link; delete it/,
    ],
    ['a directory', (lock) => mkdirSync(lock), /lock cannot be opened: it is a directory/],
  ])('is not recorded to when its lock is %s', (_what, make, why) => {
    const dir = scratch();
    make(join(dir, 'lock'));
    expect(() => openRing(dir, HEADER, MIB)).toThrow(why);
    expect(shardsIn(dir)).toEqual([]);
  });

  it('keeps no shard of a recorder that ended before its first frame', async () => {
    const dir = scratch();
    const ring = openRing(dir, HEADER, MIB);
    expect(shardsIn(dir)).toHaveLength(1);
    ring.write({ type: 'end', elapsedMs: 0, reason: 'no probes' });
    await ring.close();
    expect(shardsIn(dir)).toEqual([]);
  });

  it('rids itself of the shards of recorders that were killed before their first frame, and of no other', async () => {
    const dir = scratch();
    const begin = `${encodeCaptureHeader(HEADER)}\n`;
    const shard = (number: number, text: string | Buffer): void =>
      writeFileSync(join(dir, `ctdiag-0000000${number}-20260101T00000${number}Z.ctd.gz`), text);
    shard(1, gzipSync(begin));
    shard(2, gzipSync(`${begin}${JSON.stringify(tick(0))}\n`));
    shard(3, gzipSync(begin));
    shard(4, gzipSync(begin).subarray(0, 40));
    const ring = openRing(dir, HEADER, MIB);
    ring.write(kernel(0, {}));
    ring.write(tick(0));
    await ring.close();
    expect(shardsIn(dir).map((name) => name.slice(0, 15))).toEqual([
      'ctdiag-00000001',
      'ctdiag-00000002',
      'ctdiag-00000005',
    ]);
  });

  it.skipIf(!isRoot)(
    'goes on when the disk is full, without its oldest shards, and says what is missing',
    async (test) => {
      const dir = scratch();
      const script =
        'mount -t tmpfs -o size=400k none "$0" && "$1" "$2" "$0/ring" 9000 1048576; rc=$?; cp -r "$0/ring" "$0.kept"; exit $rc';
      const mount = join(dir, 'disk');
      mkdirSync(mount);
      const program = fixtureProgram('fill-ring');
      const { exitCode, stdout, stderr } = execaSync(
        'unshare',
        ['--mount', 'sh', '-c', script, mount, process.execPath, program],
        { reject: false },
      );
      if (!existsSync(`${mount}.kept`)) test.skip(`no tmpfs can be mounted here: ${stderr}`);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ dropped: expect.any(Number) as number });
      const { reader, records } = await readAll(`${mount}.kept`);
      expect(shardsIn(`${mount}.kept`)[0]).not.toContain('-00000001-');
      expect(records.at(-1)).toMatchObject({ type: 'tick', elapsedMs: expect.any(Number) as number });
      // The last second is there, and there are frames after the disk was full.
      expect((records.at(-1)?.elapsedMs ?? 0) + reader.header.startedAtMs).toBeGreaterThan(
        HEADER.startedAtMs + 8_990_000,
      );
      expect(ticksIn(records)).toBeGreaterThan(500);
    },
  );
});
