import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnsafePath, walkBeneath } from '../../../src/sources/host/beneath.js';

let folder = '';
let root = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctdiag-beneath-'));
  root = join(folder, 'root');
  mkdirSync(join(root, 'a/b'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(root, 'a/b/file'), 'inside');
  writeFileSync(join(folder, 'outside/file'), 'outside');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const textAt = (path: string, links: 'refuse' | 'inside'): string =>
  walkBeneath(root, path, links, ({ at }) => readFileSync(at, 'utf8'));

describe.skipIf(process.platform !== 'linux')('a path below a root', () => {
  it('leads to the file, and says its path below the root', () => {
    expect(textAt('/a/b/file', 'refuse')).toBe('inside');
    expect(walkBeneath(root, '//a/./b/file', 'refuse', ({ realPath }) => realPath)).toBe('/a/b/file');
    expect(walkBeneath(root, '/', 'refuse', ({ stat }) => stat.isDirectory())).toBe(true);
  });

  const outward: readonly (readonly [what: string, link: string, target: string])[] = [
    ['the first folder', 'a', '../outside'],
    ['an inner folder', 'a/b', '../../outside'],
    ['the file', 'a/b/file', '../../../outside/file'],
    ['an absolute target', 'a/b', '/etc'],
  ];
  it.each(outward)('with a link in the place of %s is refused', (_what, link, target) => {
    rmSync(join(root, link), { recursive: true });
    symlinkSync(target, join(root, link));
    const attempt = (): string => textAt('/a/b/file', 'refuse');
    expect(attempt).toThrow(UnsafePath);
    expect(attempt).toThrow(expect.objectContaining({ code: 'link', path: join(root, link) }) as Error);
  });

  it.each(outward)('or is followed as the host below would, with a link as %s', (_what, link, target) => {
    rmSync(join(root, link), { recursive: true });
    symlinkSync(target, join(root, link));
    expect(() => textAt('/a/b/file', 'inside')).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
    mkdirSync(join(root, 'outside'), { recursive: true });
    mkdirSync(join(root, 'etc'));
    for (const file of ['outside/file', 'outside/b', 'etc/file'])
      if (file === 'outside/b') {
        mkdirSync(join(root, file));
        writeFileSync(join(root, file, 'file'), 'of the root');
      } else writeFileSync(join(root, file), 'of the root');
    expect(textAt('/a/b/file', 'inside')).toBe('of the root');
  });

  it('never climbs above the root', () => {
    expect(textAt('/../../a/../../a/b/file', 'inside')).toBe('inside');
    expect(() => textAt('/../outside/file', 'refuse')).toThrow(UnsafePath);
  });

  it('with links in a circle is an error', () => {
    symlinkSync('y', join(root, 'x'));
    symlinkSync('x', join(root, 'y'));
    expect(() => textAt('/x', 'inside')).toThrow(/circle/);
  });

  it('stays the same file when its folder is exchanged for a link meanwhile', () => {
    const read = walkBeneath(root, '/a/b', 'refuse', ({ at }) => {
      renameSync(join(root, 'a'), join(root, 'moved'));
      symlinkSync('../outside', join(root, 'a'));
      return readFileSync(`${at}/file`, 'utf8');
    });
    expect(read).toBe('inside');
  });

  it('opens neither a FIFO nor what is behind it', () => {
    execFileSync('mkfifo', [join(root, 'fifo')]);
    expect(walkBeneath(root, '/fifo', 'refuse', ({ stat }) => stat.isFIFO())).toBe(true);
  });

  it('that is not there is named with the root before it', () => {
    expect(() => textAt('/a/none/file', 'refuse')).toThrow(
      expect.objectContaining({ code: 'ENOENT', path: join(root, 'a/none') }) as Error,
    );
  });

  it('leaves no descriptor open, whatever the outcome', () => {
    const open = (): number => readDescriptors();
    const before = open();
    for (const path of ['/a/b/file', '/a/none', '/a/b/file/x', '/..'])
      for (const links of ['refuse', 'inside'] as const)
        try {
          walkBeneath(root, path, links, () => undefined);
        } catch {
          // Refused ones count too.
        }
    expect(open()).toBe(before);
  });
});

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

function readDescriptors(): number {
  // Only those of the tree: what else runs in this process opens and closes files of its own.
  return readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(root)).length;
}
