import type * as NodeFs from 'node:fs';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CaptureError, openCaptureWriter } from '../../src/capture/index.js';
import { describeError } from '../../src/errno.js';
import { HEADER, kernel, tick } from '../scenarios/stream.js';
import { read, scratch } from './files.js';

function refusal(path: string, force: boolean): CaptureError | null {
  try {
    openCaptureWriter(path, HEADER, force);
    return null;
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
}

describe('a capture is not begun', () => {
  it('where a file is already, which stays as it was', () => {
    const path = join(scratch(), 'x.ctd');
    writeFileSync(path, 'precious');
    expect(refusal(path, false)).toMatchObject({
      code: 'exists',
      message: `${path} already exists; choose another name, or use --force to replace it.`,
    });
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('over a link that leads nowhere, for what it may lead to', () => {
    const path = join(scratch(), 'x.ctd');
    symlinkSync(join(scratch(), 'elsewhere'), path);
    expect(refusal(path, false)?.code).toBe('exists');
  });

  it.each([
    [
      'in a directory that does not exist',
      (at: string) => join(at, 'none', 'x.ctd'),
      'its directory does not exist',
    ],
    ['over a directory', (at: string) => (mkdirSync(join(at, 'd')), join(at, 'd')), 'it is a directory'],
    [
      'under a file',
      (at: string) => (writeFileSync(join(at, 'f'), ''), join(at, 'f', 'x.ctd')),
      'a part of the path is not a directory',
    ],
    ['under a name that is too long', (at: string) => join(at, 'x'.repeat(300)), 'ENAMETOOLONG'],
  ])('%s', (_what, pathIn, why) => {
    const path = pathIn(scratch());
    expect(refusal(path, true)).toMatchObject({
      code: 'cannot-create',
      message: `${path} cannot be created: ${why}.`,
    });
  });

  it.skipIf(process.getuid?.() === 0)('where one may not write', () => {
    const directory = scratch();
    mkdirSync(join(directory, 'd'), { mode: 0o500 });
    expect(refusal(join(directory, 'd', 'x.ctd'), false)).toMatchObject({
      code: 'cannot-create',
      message: expect.stringContaining('permission denied') as string,
    });
  });
});

// With the real thing, where a machine has it: test/commands/record-failing-disk.test.ts.
it('a used-up quota has a name, though Node gives it none', () => {
  const number = -constants.errno.EDQUOT;
  const code = `Unknown system error ${number}`;
  const error = Object.assign(new Error(`${code}: ${code}, write`), {
    errno: number,
    code,
    syscall: 'write',
  });
  expect(describeError(error)).toBe('the disk quota is used up');
});

const disk = vi.hoisted(() => ({ isFull: false }));
vi.mock('node:fs', async (importActual) => {
  const actual = await importActual<typeof NodeFs>();
  const createWriteStream: typeof actual.createWriteStream = (path, options) =>
    disk.isFull ? actual.createWriteStream('/dev/full') : actual.createWriteStream(path, options);
  return { ...actual, createWriteStream };
});

// A device that is always full; macOS has none.
describe.skipIf(!existsSync('/dev/full'))('a capture on a disk that is full behind its header', () => {
  beforeEach(() => void (disk.isFull = true));
  afterEach(() => void (disk.isFull = false));

  it.each(['x.ctd', 'x.ctd.gz'])('fails with a clear sentence and can still be closed: %s', async (name) => {
    const path = join(scratch(), name);
    const writer = openCaptureWriter(path, HEADER, false);
    writer.write(kernel(0, { 'softnet.dropped': 0 }));
    writer.write(tick(0));
    const failed = {
      code: 'write-failed',
      message: `writing to ${path} failed: the disk is full; recording stopped, what was written before can be read.`,
    };
    await expect(writer.failed).rejects.toMatchObject(failed);
    const before = writer.recordsWritten;
    writer.write(tick(1000));
    expect(writer.recordsWritten).toBe(before);
    await expect(writer.close()).rejects.toMatchObject(failed);
    expect(await read(path)).toMatchObject({ header: HEADER, records: [] });
  });

  it.each(['x.ctd', 'x.ctd.gz'])('fails when it is closed at once: %s', async (name) => {
    const writer = openCaptureWriter(join(scratch(), name), HEADER, false);
    writer.write(tick(0));
    await expect(writer.close()).rejects.toMatchObject({ code: 'write-failed' });
  });
});
