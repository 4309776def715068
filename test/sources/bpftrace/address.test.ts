import { expect, test } from 'vitest';
import { listenerAddress } from '../../../src/sources/bpftrace/address.js';

/** As a little-endian kernel shows network order: the first byte of the address is the lowest of the word. */
const word = (a: number, b: number, c: number, d: number): number =>
  (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;

test.for([
  ['any IPv4', 2, [0, 0, 0, 0], '0.0.0.0'],
  ['IPv4, other words of the union ignored', 2, [word(10, 0, 0, 1), 9, 9, 9], '10.0.0.1'],
  ['IPv4 with high bits, as a signed integer', 2, [word(192, 168, 1, 255) | 0], '192.168.1.255'],
  ['any IPv6', 10, [0, 0, 0, 0], '::'],
  ['loopback', 10, [0, 0, 0, word(0, 0, 0, 1)], '::1'],
  ['a run of zeros in the middle', 10, [word(0xfd, 0, 0, 0), 0, 0, word(0, 0, 0, 0x11)], 'fd00::11'],
  [
    'no zeros',
    10,
    [word(0x20, 1, 0xd, 0xb8), word(0, 1, 0, 2), word(0, 3, 0, 4), word(0, 5, 0xff, 0xff)],
    '2001:db8:1:2:3:4:5:ffff',
  ],
  [
    'one zero group stays',
    10,
    [word(0x20, 1, 0, 0), word(0, 1, 0, 2), word(0, 3, 0, 4), word(0, 5, 0, 6)],
    '2001:0:1:2:3:4:5:6',
  ],
  ['zeros at the end', 10, [word(0xfe, 0x80, 0, 0), 0, 0, 0], 'fe80::'],
] as const)('%s', ([, family, words, text]) => {
  expect(listenerAddress(family, words)).toBe(text);
});
