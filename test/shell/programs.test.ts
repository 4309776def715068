import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { childEnvironment, findProgram, ownSearch } from '../../src/shell/programs.js';

/** A folder that only we can write, with a program in it. */
function folderWith(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ctdiag-programs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'bin'), { mode: 0o755 });
  writeFileSync(join(folder, 'bin', name), '#!/bin/sh\n', { mode: 0o755 });
  return join(folder, 'bin');
}

test.each(['', '.', ':', 'bin:./bin', '../bin'])(
  'as PATH %j, no program of the folder one stands in is found',
  (path) => {
    const folder = folderWith('ss');
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    expect(findProgram('ss', { path, isRoot: true })).toEqual({ file: null, refused: null });
  },
);

test.each([undefined, '', '.'])('with PATH %j the folders of the system are searched', (path) => {
  vi.stubEnv('PATH', path);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(findProgram('sh', ownSearch()).file).toMatch(/^\/(usr\/)?bin\/sh$/);
});

test('an absolute folder comes in its order, and a full path needs no search', () => {
  const [first, second] = [folderWith('ss'), folderWith('ss')];
  expect(findProgram('ss', { path: `${first}:${second}`, isRoot: true }).file).toBe(join(first, 'ss'));
  expect(findProgram(join(second, 'ss'), { path: '', isRoot: true }).file).toBe(join(second, 'ss'));
});

describe.skipIf(process.geteuid?.() !== 0)('root runs nothing that others can replace', () => {
  const NOBODY = 65_534;
  test.each<[what: string, spoil: (folder: string) => string]>([
    ['a file that all may write', (folder) => (chmodSync(join(folder, 'ss'), 0o777), join(folder, 'ss'))],
    ['a file of another', (folder) => (chownSync(join(folder, 'ss'), NOBODY, 0), join(folder, 'ss'))],
    ['a folder that all may write', (folder) => (chmodSync(folder, 0o777), folder)],
    [
      'a folder that another group may write',
      (folder) => (chownSync(folder, 0, NOBODY), chmodSync(folder, 0o775), folder),
    ],
    [
      'a folder of another above it',
      (folder) => (chownSync(join(folder, '..'), NOBODY, 0), join(folder, '..')),
    ],
    [
      'a link to such a file',
      (folder) => {
        const other = folderWith('target');
        chmodSync(other, 0o777);
        rmSync(join(folder, 'ss'));
        symlinkSync(join(other, 'target'), join(folder, 'ss'));
        return other;
      },
    ],
  ])('%s', (_what, spoil) => {
    const folder = folderWith('ss');
    const writable = spoil(folder);
    expect(findProgram('ss', { path: folder, isRoot: true })).toEqual({
      file: null,
      refused: `${join(folder, 'ss')} is not run as root, because users other than root can write ${writable}`,
    });
    // The next that is safe is taken; and who is not root runs what they have.
    const safe = folderWith('ss');
    expect(findProgram('ss', { path: `${folder}:${safe}`, isRoot: true }).file).toBe(join(safe, 'ss'));
    expect(findProgram('ss', { path: folder, isRoot: false }).file).toBe(join(folder, 'ss'));
  });
});

test('children get no variable that changes what runs', () => {
  for (const name of ['LD_PRELOAD', 'LD_LIBRARY_PATH', 'NODE_OPTIONS', 'BPFTRACE_CACHE_USER_SYMBOLS', 'PATH'])
    vi.stubEnv(name, 'ours');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(Object.values(childEnvironment({ BPFTRACE_MISSING_PROBES: 'warn' }))).not.toContain('ours');
  expect(childEnvironment({ BPFTRACE_MISSING_PROBES: 'warn' })).toMatchObject({
    BPFTRACE_MISSING_PROBES: 'warn',
  });
});
