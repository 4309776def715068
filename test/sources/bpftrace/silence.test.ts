import { expect, test } from 'vitest';
import { watchSilence } from '../../../src/sources/bpftrace/silence.js';

/** What the watch says in each second from `from` to `to`. */
function saidIn(watch: ReturnType<typeof watchSilence>, from: number, to: number): string[] {
  const said: string[] = [];
  for (let second = from; second <= to; second += 1) {
    const now = watch.check(second * 1000);
    if (now !== 'fine') said.push(`${now} at ${second}`);
  }
  return said;
}

test('nothing is silent before its first word, or after it has ended', () => {
  const watch = watchSilence();
  expect(saidIn(watch, 0, 100)).toEqual([]);
  watch.heard(100_000);
  watch.reset();
  expect(saidIn(watch, 101, 200)).toEqual([]);
});

test('silence is told once, and once more when it is past hope; a word ends it', () => {
  const watch = watchSilence();
  watch.heard(0);
  expect(saidIn(watch, 0, 40)).toEqual(['silent at 5', 'hung at 30']);
  watch.heard(41_000);
  expect(saidIn(watch, 41, 50)).toEqual(['silent at 46']);
});

test('time in which we were stopped ourselves is no silence of others', () => {
  const watch = watchSilence();
  watch.heard(0);
  expect(saidIn(watch, 0, 2)).toEqual([]);
  // Nobody looked for ten minutes.
  expect(saidIn(watch, 602, 604)).toEqual([]);
  expect(saidIn(watch, 605, 640)).toEqual(['silent at 605', 'hung at 630']);
});
