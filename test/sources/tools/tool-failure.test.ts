import { execa } from 'execa';
import { expect, test } from 'vitest';
import { toolFailure } from '../../../src/sources/tools/tool-failure.js';

test.each([
  ['true', [], null],
  ['ss-that-is-nowhere', [], 'ss is missing; apt-get install iproute2'],
  ['sh', ['-c', 'exec ss-that-is-nowhere'], 'ss is missing; apt-get install iproute2'],
  ['false', [], 'ss failed with exit code 1'],
  ['sleep', ['60'], 'ss did not end in time; this host may be starved of CPU'],
  ['sh', ['-c', 'kill -KILL $$'], 'ss could not run: SIGKILL'],
])('%s %j: %s', async (file, args, words) => {
  // Only what never ends by itself is given up: the others may take as long as a busy machine wants.
  const timeout = file === 'sleep' ? 500 : 0;
  expect(toolFailure('ss', await execa(file, args, { reject: false, timeout }))).toBe(words);
});
