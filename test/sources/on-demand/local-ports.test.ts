import { expect, test } from 'vitest';
import { countPorts, countReserved } from '../../../src/sources/on-demand/local-ports.js';

function largestOf(text: string): ReturnType<ReturnType<typeof countPorts>['largest']> {
  const counter = countPorts();
  for (const line of text.split('\n')) counter.take(line);
  return counter.largest();
}

test('connections are counted by source, destination and port, the most first', () => {
  // In the form of `ss -Htn state connected` of iproute2 6.1.
  const printed = [
    'ESTAB     0      0      10.0.0.1:20000    10.0.0.11:9010',
    'TIME-WAIT 0      0      10.0.0.1:20001    10.0.0.11:9010',
    'SYN-SENT  0      1      10.0.0.1:20002    10.0.0.11:9010',
    'ESTAB     0      0      10.0.0.2:20000    10.0.0.11:9010',
    'ESTAB     0      0      10.0.0.1:20003    10.0.0.11:9011',
    'ESTAB     0      0      [::ffff:10.0.0.1]:20004 [::ffff:10.0.0.11]:1883',
    'ESTAB     0      0      [fe80::1%eth0]:20005    [fe80::2%eth0]:443',
  ].join('\n');
  expect(largestOf(printed)).toEqual([
    { source: '10.0.0.1', destination: '10.0.0.11', port: 9010, used: 3, timeWait: 1 },
    { source: '10.0.0.2', destination: '10.0.0.11', port: 9010, used: 1, timeWait: 0 },
    { source: '10.0.0.1', destination: '10.0.0.11', port: 9011, used: 1, timeWait: 0 },
    { source: '10.0.0.1', destination: '10.0.0.11', port: 1883, used: 1, timeWait: 0 },
    { source: 'fe80::1', destination: 'fe80::2', port: 443, used: 1, timeWait: 0 },
  ]);
});

test('connections that came in have a port each at the other end, and crowd nobody', () => {
  const lines = Array.from({ length: 2000 }, (_, at) => `ESTAB 0 0 10.0.0.1:50051 10.0.0.9:${20_000 + at}`);
  expect(largestOf(lines.join('\n'))[0]).toMatchObject({ used: 1 });
});

test('with more groups than are held, those of one connection are forgotten, the crowded one is not', () => {
  const crowded = Array.from({ length: 300 }, (_, at) => `ESTAB 0 0 10.0.0.1:${1000 + at} 10.0.0.11:9010`);
  const single = Array.from(
    { length: 60_000 },
    (_, at) => `ESTAB 0 0 10.0.0.1:443 10.1.${at >> 8}.${at & 255}:9`,
  );
  expect(largestOf([...crowded, ...single].join('\n'))[0]).toMatchObject({ port: 9010, used: 300 });
});

test.for(['', 'Netid State', 'ESTAB', 'ESTAB 0 0 nonsense nowhere', 'bash: ss: command not found'])(
  'what is no connection counts nothing: %j',
  (text) => {
    expect(largestOf(text)).toEqual([]);
  },
);

test.for<[list: string, reserved: number]>([
  ['', 0],
  ['\n', 0],
  ['19999', 0],
  ['20000', 1],
  ['20100-20299', 100],
  ['8080,20000-20009,20199,21000-22000', 11],
  ['1-65535', 200],
  ['nonsense', 0],
])('the reserved ports of 20000 to 20199 in %j are counted', ([list, reserved]) => {
  expect(countReserved(list, 20_000, 20_199)).toBe(reserved);
});
