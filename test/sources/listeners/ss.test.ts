import { expect, test } from 'vitest';
import { parseListener } from '../../../src/sources/listeners/ss.js';

// In the form of `ss -HtnemO state listening` of iproute2 6.1 on Debian 12, and of `ss -HltnemO`, with the state.
const PRINTED = `17   16            10.0.0.1:8883       0.0.0.0:*    ino:1683 sk:1 cgroup:unreachable:1 <-> skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d366)
0      4096                 *:1883             *:*    uid:998 ino:17123 sk:2 v6only:0 <-> skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0)
LISTEN 0    128         [::1%lo]:631           [::]:*
LISTEN 0    511    127.0.0.53%lo:53         0.0.0.0:*    uid:101 ino:9 sk:3 <->
ESTAB  0    0           10.0.0.1:22        10.0.0.9:4242 ino:5 sk:4 <->
`;

test('listeners are read with queue, backlog, inode and drops', () => {
  expect(PRINTED.split('\n').map(parseListener)).toEqual([
    { address: '10.0.0.1', port: 8883, inode: 1683, acceptQueue: 17, backlog: 16, drops: 366 },
    { address: '::', port: 1883, inode: 17_123, acceptQueue: 0, backlog: 4096, drops: 0 },
    { address: '::1', port: 631, inode: null, acceptQueue: 0, backlog: 128, drops: null },
    { address: '127.0.0.53', port: 53, inode: 9, acceptQueue: 0, backlog: 511, drops: null },
    null,
    null,
  ]);
});

test.for(['', '\n', 'LISTEN', 'LISTEN 0 128', 'LISTEN x y nonsense *', 'bash: ss: command not found'])(
  'what is no listener gives none: %j',
  (text) => {
    expect(parseListener(text)).toBeNull();
  },
);
