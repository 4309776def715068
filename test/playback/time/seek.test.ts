import { expect, test } from 'vitest';
import { outOfRangeNotice } from '../../../src/playback/time/out-of-range.js';
import { createFleet } from '../../../src/playback/fleet.js';
import { parseMoment } from '../../../src/playback/time/seek.js';
import { createSession } from '../../../src/playback/session.js';
import { everySecond, HEADER } from '../../scenarios/stream.js';

/** One frame a second from 20:41:00 local time. */
const start = new Date(2026, 0, 2, 20, 41, 0).getTime();
const session = createSession({ ...HEADER, startedAtMs: start }, true);
for (const record of everySecond(119, () => [])) session.take(record);
const fleet = createFleet([{ file: 'one', session, why: null, state: 'whole' }]);

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
  const meant = parseMoment(fleet, 30_000, time) ?? Number.NaN;
  expect(fleet.snap(meant)).toBe(index * 1000);
});

test.for(['', 'soon', '25:00:00', '20:61', '+', '-x', '20:41:99'])('%j is no time', (time) => {
  expect(parseMoment(fleet, 30_000, time)).toBeNull();
});

test.for([
  ['20:00:00', { kind: 'out-of-range', mode: 'replay', edge: 'first', edgeAtMs: start }],
  ['20:41:00', null],
  ['20:42:59', null],
  ['23:59:59', { kind: 'out-of-range', mode: 'replay', edge: 'last', edgeAtMs: start + 119_000 }],
] as const)('%s is answered by %j', ([time, notice]) => {
  expect(outOfRangeNotice(fleet, 'replay', parseMoment(fleet, 30_000, time) ?? Number.NaN)).toEqual(notice);
});
