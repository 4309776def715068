import { expect, test } from 'vitest';
import { indexAt } from '../../src/commands/seek.js';
import { createSession } from '../../src/commands/session.js';
import { everySecond, HEADER } from '../scenarios/stream.js';

/** One frame a second from 20:41:00 local time. */
const start = new Date(2026, 0, 2, 20, 41, 0).getTime();
const session = createSession({ ...HEADER, startedAtMs: start }, true);
for (const record of everySecond(119, () => [])) session.take(record);

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
  expect(indexAt(session, 30, time)).toBe(index);
});

test.for(['', 'soon', '25:00:00', '20:61', '+', '-x', '20:41:99'])('%j is no time', (time) => {
  expect(indexAt(session, 30, time)).toBeNull();
});
