import { expect, it } from 'vitest';
import { parseDuration } from '../../../src/playback/time/durations.js';

it.each([
  ['30', 30_000],
  ['0.5', 500],
  ['10s', 10_000],
  ['500ms', 500],
  ['1h30m', 5_400_000],
  ['2min', 120_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', 'soon', '1x', '-5', '5 s', '1m30', '1e3'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeNull();
});
