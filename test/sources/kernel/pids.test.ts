import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { usablePids } from '../../../src/sources/kernel/namespaces.js';

test('of the first 300 process ids only those that live are to be had', () => {
  const root = mkdtempSync(join(tmpdir(), 'ctdiag-pids-'));
  for (const name of ['1', '2', '299', '300', '4000', 'self', 'net']) mkdirSync(join(root, name));
  expect([usablePids(root, 1000), usablePids(root, 301), usablePids(root, 32_768)]).toEqual([703, 4, 32_471]);
  rmSync(root, { recursive: true });
});
