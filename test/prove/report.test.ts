import { expect, test } from 'vitest';
import { decodeReport } from '../../src/prove/report.js';

const STALL = { id: 'syn-queue', kernel: 25, load: null, port: 7003, skipped: null };

test('what the load prints is read as it is', () => {
  const report = { netns: 4_026_532_177, stalls: [STALL] };
  expect(decodeReport(JSON.stringify(report))).toEqual(report);
  expect(decodeReport('{"refused":"this is the network namespace of process 1"}')).toEqual({
    refused: 'this is the network namespace of process 1',
  });
});

test.for([
  ['nothing', ''],
  ['no JSON', 'Killed'],
  ['no object', '[1]'],
  ['no namespace', { stalls: [] }],
  ['an unknown stall', { netns: 1, stalls: [{ ...STALL, id: 'else' }] }],
  ['a count that is none', { netns: 1, stalls: [{ ...STALL, kernel: -1 }] }],
  ['a count that is absent', { netns: 1, stalls: [{ id: 'syn-queue', skipped: null }] }],
] as const)('%s is no report', ([, text]) => {
  expect(decodeReport(typeof text === 'string' ? text : JSON.stringify(text))).toBeNull();
});
