import { describe, expect, it } from 'vitest';
import { flowGrowth } from '../../src/model/index.js';
import type { FlowGroup, FlowsRecord } from '../../src/records/index.js';

const GROUP: FlowGroup = {
  netns: 42,
  source: '10.0.11.0/24',
  destination: '10.0.0.1',
  port: 8883,
  protocol: 'tcp',
  count: 5,
};
const to = (port: number, count: number): FlowGroup => ({ ...GROUP, port, count });

function told(sinceMs: number, refused: readonly FlowGroup[], refusedOthers = 0): FlowsRecord {
  return { type: 'flows', elapsedMs: 9000, sinceMs, refused, refusedOthers, opened: [], openedOthers: 0 };
}

const growth = (first: FlowsRecord | null, last: FlowsRecord | null) =>
  flowGrowth('refused', first, 5000, last);

describe('what was refused in a window', () => {
  it('is unknown, not nothing, while no detail program has said anything', () => {
    expect(growth(null, null)).toBeNull();
  });

  it('counts from the attaching of a program that began inside it', () => {
    const last = told(7000, [to(1, 8), to(2, 3)], 4);
    expect(growth(null, last)).toEqual({ sinceMs: 7000, groups: [to(1, 8), to(2, 3)], others: 4 });
    expect(growth(told(2000, [to(1, 100)]), last)?.groups).toEqual([to(1, 8), to(2, 3)]);
  });

  it('is the growth since its start of a program that ran before, largest first; what did not grow is left out', () => {
    const first = told(2000, [to(1, 10), to(2, 5), to(3, 1)]);
    const last = told(2000, [to(1, 11), to(2, 9), to(3, 1), to(4, 2)], 6);
    expect(growth(first, last)).toEqual({
      sinceMs: 5000,
      groups: [to(2, 4), to(4, 2), to(1, 1)],
      others: 6,
    });
  });

  it('does not guess how much of a group was among the others before', () => {
    const first = told(2000, [to(1, 10)], 20);
    const last = told(2000, [to(2, 30), to(1, 12)], 1);
    // 43 - 30 = 13 grew: 2 of them are known.
    expect(growth(first, last)).toEqual({ sinceMs: 5000, groups: [to(1, 2)], others: 11 });
  });
});
