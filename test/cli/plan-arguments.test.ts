import { expect, test } from 'vitest';
import { connections, rate, share } from '../../src/cli/plan-arguments.js';

test.each([
  ['1000000', 1_000_000],
  ['1M', 1_000_000],
  ['1.5M', 1_500_000],
  ['1.1M', 1_100_000],
  ['64k', 64_000],
  ['1e6', 1_000_000],
  ['2.5e5', 250_000],
  ['1,000,000', 1_000_000],
])('%s connections are %d', (text, count) => {
  expect(connections(text)).toBe(count);
});

test.each([
  ['5000/s', 5000],
  ['5000', 5000],
  ['5k/s', 5000],
  ['1.5k', 1500],
  ['1e4/s', 10_000],
  ['300/min', 5],
])('a rate of %s is %d per second', (text, perSec) => {
  expect(rate(text)).toBe(perSec);
});

test('a share is between 0 and 1', () => {
  expect([share('0%'), share('30%'), share('12.5%'), share('100%')]).toEqual([0, 0.3, 0.125, 1]);
});
