import { expect, it } from 'vitest';
import { spanIn } from '../../../src/playback/time/time-span.js';

const at = (day: number, hours: number, minutes: number): number =>
  new Date(2026, 10, day, hours, minutes, 0, 999).getTime();
/** Five minutes past midnight. */
const END_MS = at(22, 0, 5);

it.each([
  ['the start alone on the day before', '23:59', null, at(21, 23, 59), Number.POSITIVE_INFINITY],
  ['both on the day before', '23:50', '23:59', at(21, 23, 50), at(21, 23, 59)],
  ['the end on the last day', '23:59', '00:02', at(21, 23, 59), at(22, 0, 2)],
  ['both on the last day', '00:01', '00:02', at(22, 0, 1), at(22, 0, 2)],
  ['the end alone, after all that was recorded', null, '00:10', Number.NEGATIVE_INFINITY, at(22, 0, 10)],
])(
  'a recording that ends after midnight is asked for from and to a clock: %s',
  (_what, from, to, fromMs, toMs) => {
    expect(spanIn({ from, to }, END_MS)).toEqual({ fromMs, toMs });
  },
);
