import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createHolderFinder } from '../../../src/sources/listeners/owners.js';

/** A /proc in which processes hold sockets, and a finder with a clock of its own. */
function host() {
  const root = mkdtempSync(join(tmpdir(), 'ctdiag-proc-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  let nowMs = 0;
  const finder = createHolderFinder(root, () => nowMs);
  return {
    add: (pid: number, parent: number, ...inodes: number[]): void => {
      mkdirSync(join(root, String(pid), 'fd'), { recursive: true });
      writeFileSync(join(root, String(pid), 'stat'), `${pid} (nginx) S ${parent} 1 1 0`);
      inodes.forEach((inode, at) => symlinkSync(`socket:[${inode}]`, join(root, String(pid), 'fd', `${at}`)));
    },
    remove: (pid: number): void => rmSync(join(root, String(pid)), { recursive: true }),
    pass: (ms: number): void => void (nowMs += ms),
    find: async (inodes: readonly number[], isUrgent = false): Promise<Record<number, number[]>> => {
      const { byInode } = await finder.find(new Set(inodes), isUrgent);
      return Object.fromEntries([...byInode].map(([inode, all]) => [inode, all.map(({ pid }) => pid)]));
    },
  };
}

test('a new worker is found after half a minute, or at once when a queue overflows', async () => {
  const { add, pass, find } = host();
  add(10, 1, 7);
  expect(await find([7])).toEqual({ 7: [10] });
  add(11, 10, 7);
  pass(5000);
  expect(await find([7])).toEqual({ 7: [10] });
  expect(await find([7], true)).toEqual({ 7: [10, 11] });
  add(12, 10, 7);
  pass(30_000);
  expect(await find([7])).toEqual({ 7: [10, 11, 12] });
});

test('a new socket, and the end of a holder, are seen at once', async () => {
  const { add, remove, find } = host();
  add(10, 1, 7);
  add(11, 1, 8);
  expect(await find([7])).toEqual({ 7: [10] });
  expect(await find([7, 8])).toEqual({ 7: [10], 8: [11] });
  remove(10);
  add(12, 1, 7);
  expect(await find([7, 8])).toEqual({ 7: [12], 8: [11] });
});
