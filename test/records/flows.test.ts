import { expect, test } from 'vitest';
import { decodeRecord } from '../../src/records/index.js';

const group = {
  netns: 42,
  source: '10.0.11.0/24',
  destination: '10.0.0.1',
  port: 8884,
  protocol: 'tcp',
  count: 5,
};
const flows = {
  type: 'flows',
  elapsedMs: 2000,
  sinceMs: 1000,
  refused: [group, { ...group, port: null, protocol: 'icmp' }],
  refusedOthers: 2,
  opened: [],
  openedOthers: 0,
};

test('who is refused is read back from a capture as it was written', () => {
  expect(decodeRecord(JSON.parse(JSON.stringify(flows)))).toEqual(flows);
});

test.for([
  [{ ...flows, sinceMs: -1 }, 'sinceMs'],
  [{ ...flows, refused: [{ ...group, count: 1.5 }] }, 'refused[0].count'],
  [{ ...flows, opened: [{ ...group, source: 7 }] }, 'opened[0].source'],
  [{ ...flows, opened: 'none' }, 'opened'],
] as const)('a malformed one is refused by name: %#', ([input, path]) => {
  expect(() => decodeRecord(input)).toThrow(path);
});
