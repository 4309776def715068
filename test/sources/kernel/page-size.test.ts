import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pageBytes } from '../../../src/sources/kernel/page-size.js';

test.skipIf(process.platform !== 'linux')('the page size is what getconf says', () => {
  expect(pageBytes()).toBe(Number(execFileSync('getconf', ['PAGE_SIZE'], { encoding: 'utf8' })));
});

test('a kernel of another page size is believed, and without a vector the usual one is taken', () => {
  const root = mkdtempSync(join(tmpdir(), 'ctdiag-auxv-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  expect(pageBytes(root)).toBe(4096);
  mkdirSync(join(root, 'self'));
  writeFileSync(join(root, 'self/auxv'), new BigUint64Array([16n, 1n, 6n, 65_536n, 0n, 0n]));
  expect(pageBytes(root)).toBe(65_536);
});
