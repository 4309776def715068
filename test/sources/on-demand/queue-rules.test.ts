import { expect, test } from 'vitest';
import { sumQueues } from '../../../src/sources/kernel/queues.js';
import { isUnread, queueRuleOf } from '../../../src/sources/on-demand/queue-rules.js';

test.for<[line: string, rule: unknown]>([
  // nft 1.0
  [
    '\t\ttcp dport 9001 counter packets 12 bytes 720 queue to 3',
    { first: 3, last: 3, bypass: false, fanout: false, packets: 12 },
  ],
  [
    '\t\ttcp dport 9001 queue flags bypass,fanout to 0-3 comment "ips"',
    { first: 0, last: 3, bypass: true, fanout: true, packets: null },
  ],
  // nft 0.9
  ['\t\tqueue num 4-5 bypass', { first: 4, last: 5, bypass: true, fanout: false, packets: null }],
  ['\t\tqueue num 0', { first: 0, last: 0, bypass: false, fanout: false, packets: null }],
  // iptables-save -c
  [
    '[7:420] -A INPUT -p tcp -j NFQUEUE --queue-balance 0:3 --queue-bypass --queue-cpu-fanout',
    { first: 0, last: 3, bypass: true, fanout: true, packets: 7 },
  ],
  [
    '[7:420] -A INPUT -p tcp -j NFQUEUE --queue-num 2',
    { first: 2, last: 2, bypass: false, fanout: false, packets: 7 },
  ],
  ['\t\tqueue to numgen inc mod 4', null],
  ['\t\ttcp dport 9001 accept comment "queue to 3 drop"', null],
  ['\tchain queue {', null],
])('%s', ([line, rule]) => {
  expect(queueRuleOf(line)).toEqual(rule);
});

const rule = { first: 0, last: 1, bypass: false, fanout: false, packets: null };
test.for([
  ['all queues read', rule, [0, 1], false],
  ['one of two unread', rule, [0], true],
  ['one of two unread, chosen by processor', { ...rule, fanout: true }, [0], false],
  ['none read, chosen by processor', { ...rule, fanout: true }, [7], true],
  ['none read, with bypass', { ...rule, bypass: true }, [], false],
] as const)('%s', ([, given, bound, unread]) => {
  expect(isUnread(given, new Set(bound))).toBe(unread);
});

test('drops of all queues are summed', () => {
  const text =
    '    0   1234     7 2 65531     5     1       12  1\n    3 4100000000     0 2 65531     6     0        9  1\n';
  expect(sumQueues(text)).toEqual({
    'nfnetlink_queue.queues': 2,
    'nfnetlink_queue.queue_dropped': 11,
    'nfnetlink_queue.user_dropped': 1,
  });
  expect(sumQueues('')).toMatchObject({ 'nfnetlink_queue.queues': 0, 'nfnetlink_queue.queue_dropped': 0 });
});
