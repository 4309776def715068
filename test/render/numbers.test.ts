import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatLimit,
  formatRate,
  formatShare,
} from '../../src/render/index.js';

type Rows = readonly (readonly [value: number | null, text: string])[];

const COUNTS: Rows = [
  [null, '?'],
  [0, '0'],
  [-0, '0'],
  [-0.3, '0'],
  [65_536, '65,536'],
  [10_039.4, '10,039'],
  [Number.MAX_SAFE_INTEGER, '9,007,199,254,740,991'],
];

const LIMITS: Rows = [
  [null, '?'],
  [65_536, '65,536'],
  [Number.MAX_SAFE_INTEGER - 1, '9,007,199,254,740,990'],
  [Number.MAX_SAFE_INTEGER, 'no limit'],
];

const RATES: Rows = [
  [null, '?'],
  [0, '0'],
  [0.001, '<0.1'],
  [0.05, '0.1'],
  [0.94, '0.9'],
  [9.94, '9.9'],
  [9.96, '10'],
  [10.4, '10'],
  [20_000, '20,000'],
];

const SHARES: Rows = [
  [null, '?'],
  [0, '0 %'],
  [0.00001, '<0.1 %'],
  [0.001, '0.1 %'],
  [0.0094, '0.9 %'],
  [0.0096, '1 %'],
  [0.01, '1 %'],
  [0.634, '63 %'],
  [0.989, '99 %'],
  [0.991, '99 %'],
  [0.9999999, '99 %'],
  [1, '100 %'],
  [1.0625, '106 %'],
  [9.99, '999 %'],
  [1e15, '>999 %'],
];

const DURATIONS: Rows = [
  [null, '?'],
  [0, '0 s'],
  [0.04, '<0.1 s'],
  [0.4, '0.4 s'],
  [0.97, '1 s'],
  [16.4, '16 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [245, '4 min 5 s'],
  [3599.6, '1 h'],
  [7380, '2 h 3 min'],
  [86_399, '23 h 59 min'],
  [86_400, '1 d'],
  [5 * 86_400 + 7200, '5 d 2 h'],
];

const BYTES: Rows = [
  [null, '?'],
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [10 * 1024 - 1, '10 KiB'],
  [60 * 1024 ** 2, '60 MiB'],
  [1024 ** 2 - 1, '1.0 MiB'],
  [2.5 * 1024 ** 3, '2.5 GiB'],
  [3 * 1024 ** 4, '3.0 TiB'],
];

describe.each([
  ['a count', formatCount, COUNTS],
  ['a limit', formatLimit, LIMITS],
  ['a rate', formatRate, RATES],
  ['a share', formatShare, SHARES],
  ['a duration', formatDuration, DURATIONS],
  ['a number of bytes', formatBytes, BYTES],
])('%s', (_what, format, rows) => {
  it.each(rows)('of %s is written %s', (value, text) => {
    expect(format(value)).toBe(text);
  });
});

it('tells the time of day as the clock on the wall does', () => {
  expect(formatClock(new Date(2025, 10, 21, 2, 4, 7).getTime())).toBe('02:04:07');
  expect(formatClock(new Date(2025, 10, 21, 23, 59, 59, 999).getTime())).toBe('23:59:59');
});
