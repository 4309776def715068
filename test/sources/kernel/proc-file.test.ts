import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keepOpen } from '../../../src/sources/kernel/proc-file.js';

test('a file is read whole, however many processors fill it, anew each time, and may come and go', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ctdiag-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'softnet_stat');
  const file = keepOpen(path);
  expect([file.read(), file.why]).toEqual([null, 'ENOENT']);
  const text = '00000001 00000002 00000000\n'.repeat(20_000);
  writeFileSync(path, text);
  expect([file.read(), file.why]).toEqual([text, null]);
  writeFileSync(path, 'short\n');
  expect(file.read()).toBe('short\n');
  writeFileSync(path, 'x'.repeat(5 * 1024 * 1024));
  expect([file.read(), file.why]).toEqual([null, 'EFBIG']);
  file.close();
});
