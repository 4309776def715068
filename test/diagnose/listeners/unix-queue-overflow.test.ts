import { expect, test } from 'vitest';
import { codesIn, courseOf, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

const waiting = (queue: (second: number) => number, backlog = 128): HostScenario => ({
  host: (second) => ({ 'unix.accept_queue': queue(second), 'unix.backlog': backlog }),
});

test.for<[what: string, scenario: HostScenario, expected: unknown[]]>([
  ['one more than the backlog', waiting(() => 129), [['unix-queue-overflow', 'critical']]],
  ['as many as the backlog: one more finds room', waiting(() => 128), [['unix-queue-overflow', 'warning']]],
  ['the same for a moment', waiting((second) => (second > 16 ? 128 : 0)), []],
  ['half of it', waiting(() => 64), []],
  ['none', waiting(() => 0), []],
])('%s', ([, scenario, expected]) => {
  expect(codesIn(scenario)).toEqual(expected);
});

test('the level is told, and what finds the socket', () => {
  expect(findingsIn(waiting(() => 129))).toMatchObject([
    {
      refused: null,
      evidence: [{ metric: 'unix.accept_queue', value: 129, limit: 128 }],
      fixes: [{ id: 'find-unix-queue' }],
    },
  ]);
});

test('it is over when the queue has drained', () => {
  expect(courseOf(waiting((second) => (second < 8 ? 129 : 0)))).toEqual([
    ['unix-queue-overflow', 'critical', null, 'ended'],
  ]);
});
