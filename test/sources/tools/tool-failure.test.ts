import { execa } from 'execa';
import { expect, test } from 'vitest';
import { installCommand } from '../../../src/shell/install.js';
import { toolFailure } from '../../../src/sources/tools/tool-failure.js';

const MISSING = `ss is not installed; run: ${installCommand('ss')}`;

test.each([
  ['true', [], null],
  ['ss-that-is-nowhere', [], MISSING],
  ['sh', ['-c', 'exec ss-that-is-nowhere'], MISSING],
  ['false', [], 'ss failed with exit code 1'],
  ['sleep', ['60'], 'ss did not end in time; the host may be short of CPU'],
  ['sh', ['-c', 'kill -KILL $$'], 'ss could not run: SIGKILL'],
])('%s %j: %s', async (file, args, words) => {
  // Only what never ends by itself is given up: the others may take as long as a busy machine wants.
  const timeout = file === 'sleep' ? 500 : 0;
  expect(toolFailure('ss', await execa(file, args, { reject: false, timeout }))).toBe(words);
});
