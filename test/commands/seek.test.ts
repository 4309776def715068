import { expect, test } from 'vitest';
import { indexAt } from '../../src/commands/seek.js';
import type { Frame } from '../../src/model/index.js';

/** One frame a second from 20:41:00 local time. */
const start = new Date(2026, 0, 2, 20, 41, 0).getTime();
const frames = Array.from({ length: 120 }, (_, index): Frame => ({
  elapsedMs: index * 1000,
  atMs: start + index * 1000,
  readings: new Map(),
  listeners: [],
  processes: [],
  flows: null,
  settings: null,
  netnsLabels: new Map(),
  coverage: null,
  marks: [],
  gaps: [],
}));

test.for([
  ['20:41:07', 7],
  ['20:42', 60],
  ['-5s', 25],
  ['+30s', 60],
  ['+1m', 90],
  // Beyond either end is the end.
  ['20:00:00', 0],
  ['23:59:59', 119],
  ['-10m', 0],
] as const)('from 20:41:30, %s is frame %d', ([time, index]) => {
  expect(indexAt(frames, 30, time)).toBe(index);
});

test.for(['', 'soon', '25:00:00', '20:61', '+', '-x', '20:41:99'])('%j is no time', (time) => {
  expect(indexAt(frames, 30, time)).toBeNull();
});
