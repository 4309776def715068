import { expect, it } from 'vitest';
import { parseCount } from '../../../src/cli/values/counts.js';

it.each([
  ['65536', 65_536],
  ['65,536', 65_536],
  ['1_000_000', 1_000_000],
  ['64k', 64_000],
  ['1.5M', 1_500_000],
  ['1.1M', 1_100_000],
  ['0.3k', 300],
  ['1e6', 1_000_000],
  ['2.5e3', 2500],
  ['2G', 2_000_000_000],
])('%s is %d', (text, count) => {
  expect(parseCount(text)).toBe(count);
});

it.each(['', 'k', '1.5', '1x', '-1', '1e99', '1.2345k', 'Infinity', '0x10', '1 000'])(
  '%j is no count',
  (text) => {
    expect(parseCount(text)).toBeNull();
  },
);
