import { expect, test } from 'vitest';
import { installCommand } from '../../../src/shell/install.js';
import { createToolRunner } from '../../../src/sources/tools/run-tool.js';
import type { Command } from '../../../src/sources/tools/run-tool.js';
import { toolFailure } from '../../../src/sources/tools/tool-failure.js';

const MISSING = `ss is not installed; run: ${installCommand('ss')}`;

test.each<[command: Command, words: string | null]>([
  [['true'], null],
  [['ss-that-is-nowhere'], MISSING],
  [['sh', '-c', 'exec ss-that-is-nowhere'], MISSING],
  [['false'], 'ss failed with exit code 1'],
  [['sleep', '60'], 'ss did not end in time; the host may be short of CPU'],
  [['sh', '-c', 'kill -KILL $$'], 'ss could not run: SIGKILL'],
])('%j: %s', async (command, words) => {
  // Only what never ends by itself is given up: the others may take as long as a busy machine wants.
  const timeoutMs = command[0] === 'sleep' ? 500 : 60_000;
  const end = await createToolRunner().run(command, () => undefined, { timeoutMs });
  expect(toolFailure('ss', end)).toBe(words);
});
