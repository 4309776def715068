import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratch } from './files.js';
import { bombOf, crowdOf, judge, judgeCase } from './fuzzing.js';

// 100,000 of them: npm run torture.
it('a hostile capture is read as far as it goes or refused in a sentence, with nothing of it raw', async () => {
  const path = join(scratch(), 'case');
  for (let seed = 0; seed < 300; seed += 1) expect([seed, await judgeCase(path, seed)]).toEqual([seed, null]);
});

it('a bomb is read in little memory', async () => {
  const path = join(scratch(), 'case');
  const before = process.memoryUsage().rss;
  expect(await judge(path, bombOf(200), 0)).toBeNull();
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
});

// More of them than are kept: npm run torture.
it('a crowd of valid records is read to its end', async () => {
  expect(await judge(join(scratch(), 'case'), crowdOf(20), 0)).toBeNull();
});
