import { expect, test } from 'vitest';
import { codesIn, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

const queue = (dropped: number, user = 0): HostScenario => ({
  host: (second) => ({
    'nfnetlink_queue.queues': 1,
    'nfnetlink_queue.queue_dropped': dropped * second,
    'nfnetlink_queue.user_dropped': user * second,
  }),
});
const unread = (rules: number, packets: ((second: number) => number) | null): HostScenario => ({
  host: (second) => ({
    'nfnetlink_queue.queues': 0,
    'rules.unread_queue': rules,
    'rules.unread_queue_packets': packets?.(second) ?? null,
  }),
});

test.for<[what: string, scenario: HostScenario, expected: unknown[]]>([
  ['a full queue', queue(5), [['nfqueue-drop', 'critical']]],
  ['the full socket of the program', queue(0, 5), [['nfqueue-drop', 'critical']]],
  ['a queue that was full before the window', { host: () => ({ 'nfnetlink_queue.queue_dropped': 900 }) }, []],
  [
    'a few packets of a burst',
    { host: (second) => ({ 'nfnetlink_queue.queue_dropped': Math.min(8, second) }) },
    [],
  ],
  ['a queue without a reader', unread(1, (second) => 4 * second), [['nfqueue-drop', 'critical']]],
  ['a rule without a reader that nothing meets', unread(1, () => 40), []],
  ['a rule without a reader that does not count', unread(1, null), [['nfqueue-drop', 'warning']]],
  ['rules whose queues are read', unread(0, null), []],
])('%s', ([, scenario, expected]) => {
  expect(codesIn(scenario)).toEqual(expected);
});

test('the queue without a reader is told from the one that is full', () => {
  expect(findingsIn(unread(2, (second) => 4 * second))).toMatchObject([
    {
      confidence: 0.95,
      confidenceReasons: ['rule-without-reader'],
      refused: 80,
      untilMs: null,
      evidence: [
        { metric: 'rules.unread_queue_packets', value: 80 },
        { metric: 'rules.unread_queue', value: 2 },
      ],
      fixes: [{ id: 'find-queue-reader', unread: true }],
    },
  ]);
  expect(findingsIn(queue(5, 9))).toMatchObject([
    {
      refused: 180,
      evidence: [
        { metric: 'nfnetlink_queue.user_dropped', value: 180 },
        { metric: 'nfnetlink_queue.queues', value: 1 },
        { metric: 'nfnetlink_queue.queue_dropped', value: 100 },
      ],
      fixes: [{ id: 'find-queue-reader', unread: false }],
    },
  ]);
});

test('SYNs that are sent again because of it are no loss without a cause', () => {
  const scenario = queue(6);
  expect(
    codesIn({
      host: (second) => ({
        ...scenario.host?.(second),
        'TcpExt.TCPSynRetrans': 6 * second,
        'Tcp.ActiveOpens': 2 * second,
      }),
    }),
  ).toEqual([['nfqueue-drop', 'critical']]);
});
