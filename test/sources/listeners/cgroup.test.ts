import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { taskUseOf } from '../../../src/sources/listeners/cgroup.js';
import { createMapCounter } from '../../../src/sources/listeners/maps.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ctdiag-cgroup-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function files(texts: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const use = (): unknown => taskUseOf(join(root, 'proc'), join(root, 'sys'), 7);

test('the nearest limit above a process binds it, and refusals are counted in both groups', () => {
  files({
    'proc/7/cgroup': '0::/a.slice/b.service/c\n',
    'sys/fs/cgroup/a.slice/pids.max': '1000\n',
    'sys/fs/cgroup/a.slice/pids.current': '30\n',
    'sys/fs/cgroup/a.slice/b.service/pids.max': '20\n',
    'sys/fs/cgroup/a.slice/b.service/pids.current': '19\n',
    'sys/fs/cgroup/a.slice/b.service/pids.events': 'max 5\n',
    'sys/fs/cgroup/a.slice/b.service/c/pids.max': 'max\n',
    'sys/fs/cgroup/a.slice/b.service/c/pids.current': '19\n',
    'sys/fs/cgroup/a.slice/b.service/c/pids.events': 'max 2\n',
  });
  expect(use()).toEqual({ cgroup: '/a.slice/b.service', used: 19, limit: 20, refused: 7 });
});

test('the pids controller of the older hierarchy is found', () => {
  files({
    'proc/7/cgroup': '11:memory:/x\n9:pids:/docker/abc\n1:name=systemd:/x\n0::/x\n',
    'sys/fs/cgroup/pids/docker/abc/pids.max': '64\n',
    'sys/fs/cgroup/pids/docker/abc/pids.current': '3\n',
  });
  expect(use()).toEqual({ cgroup: '/pids/docker/abc', used: 3, limit: 64, refused: null });
});

test.for<[string, Record<string, string>]>([
  ['no process', {}],
  ['no limit anywhere', { 'proc/7/cgroup': '0::/a\n', 'sys/fs/cgroup/a/pids.max': 'max\n' }],
  ['the root', { 'proc/7/cgroup': '0::/\n', 'sys/fs/cgroup/pids.max': '5\n' }],
  ['another cgroup namespace', { 'proc/7/cgroup': '0::/../x\n', 'sys/fs/x/pids.max': '5\n' }],
  ['nonsense', { 'proc/7/cgroup': 'nonsense', 'sys/fs/cgroup/pids.max': 'x' }],
])('%s: no limit is told', ([, texts]) => {
  files(texts);
  expect(use()).toBeNull();
});

test('mappings are counted without the one that the kernel does not count', () => {
  const line = '7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n';
  const vsyscall = 'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n';
  files({ 'proc/7/maps': line.repeat(5000) + vsyscall, 'proc/8/maps': line.repeat(3) });
  const maps = createMapCounter(join(root, 'proc'), () => 0);
  expect([maps.count(7), maps.count(8), maps.count(9)]).toEqual([5000, 3, null]);
});

test('what takes long to count is counted seldom', () => {
  files({ 'proc/7/maps': 'a\n' });
  let nowMs = 0;
  // Each count takes ten milliseconds: the next is due a second later.
  const maps = createMapCounter(join(root, 'proc'), () => (nowMs += 10));
  expect(maps.count(7)).toBe(1);
  files({ 'proc/7/maps': 'a\nb\n' });
  expect(maps.count(7)).toBe(1);
  nowMs += 1000;
  expect(maps.count(7)).toBe(2);
  files({ 'proc/7/maps': 'a\n' });
  maps.keep(new Set());
  expect(maps.count(7)).toBe(1);
});
