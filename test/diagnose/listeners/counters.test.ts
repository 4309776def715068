import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/diagnose/index.js';
import { courseOf, findingsIn } from '../host-scenario.js';
import type { Figures } from '../host-scenario.js';

describe('counters whose every increment is the thing itself', () => {
  const rows: readonly (readonly [name: string, host: Figures, expected: unknown[]])[] = [
    [
      'a SYN queue that drops',
      (second) => ({ 'TcpExt.TCPReqQFullDrop': 5 * second, 'net.ipv4.tcp_syncookies': 0 }),
      [['syn-queue-overflow', 'critical', null, 'on']],
    ],
    [
      'a SYN queue that cookies stand in for',
      (second) => ({ 'TcpExt.TCPReqQFullDoCookies': 5 * second, 'net.ipv4.tcp_syncookies': 1 }),
      [['syn-queue-overflow', 'warning', null, 'on']],
    ],
    [
      'SYNs lost with cookies off, which ListenDrops alone counts',
      (second) => ({ 'TcpExt.ListenDrops': 50 * second, 'net.ipv4.tcp_syncookies': 0 }),
      [['syn-queue-overflow', 'critical', null, 'on']],
    ],
    [
      'the same drops with cookies on are not of the SYN queue',
      (second) => ({ 'TcpExt.ListenDrops': 50 * second, 'net.ipv4.tcp_syncookies': 1 }),
      [['unexplained-loss', 'warning', null, 'on']],
    ],
    [
      'drops of the accept queue with cookies off are told once',
      (second) => ({
        'TcpExt.ListenDrops': 50 * second,
        'TcpExt.ListenOverflows': 50 * second,
        'net.ipv4.tcp_syncookies': 0,
      }),
      [['accept-queue-overflow', 'critical', null, 'on']],
    ],
    [
      'cookies for every SYN, as tcp_syncookies 2 asks for',
      (second) => ({
        'TcpExt.TCPReqQFullDoCookies': 200 * second,
        'Tcp.PassiveOpens': 200 * second,
        'net.ipv4.tcp_syncookies': 2,
      }),
      [],
    ],
    [
      'as many cookies as connections where the sysctl cannot be read',
      (second) => ({ 'TcpExt.TCPReqQFullDoCookies': 200 * second, 'Tcp.PassiveOpens': 199 * second }),
      [],
    ],
    [
      'far more cookies than connections where the sysctl cannot be read',
      (second) => ({ 'TcpExt.TCPReqQFullDoCookies': 200 * second, 'Tcp.PassiveOpens': 9 * second }),
      [['syn-queue-overflow', 'warning', null, 'on']],
    ],
    [
      'a few cookies of a burst',
      (second) => ({ 'TcpExt.TCPReqQFullDoCookies': Math.min(9, second), 'net.ipv4.tcp_syncookies': 1 }),
      [],
    ],
    [
      'TIME_WAIT beyond its buckets',
      (second) => ({ 'TcpExt.TCPTimeWaitOverflow': Math.min(5, second), 'sockstat.TCP.tw': 10 }),
      [['time-wait-overflow', 'warning', null, 'ended']],
    ],
    [
      'flows evicted',
      (second) => ({ 'nf_conntrack.early_drop': 3 * second }),
      [['conntrack-early-drop', 'warning', null, 'on']],
    ],
    [
      'old counts that do not grow',
      () => ({ 'TcpExt.TCPReqQFullDrop': 500, 'nf_conntrack.early_drop': 9 }),
      [],
    ],
  ];
  test.for(rows)('%s', ([, host, expected]) => {
    expect(courseOf({ host })).toEqual(expected);
  });

  test('SYN cookies are advised only where they are off', () => {
    const dropping = (cookies: number | null): readonly Finding[] =>
      findingsIn({
        host: (second) => ({ 'TcpExt.TCPReqQFullDrop': second, 'net.ipv4.tcp_syncookies': cookies }),
      });
    expect(dropping(0)[0]?.fixes).toMatchObject([{ id: 'enable-syncookies' }]);
    expect(dropping(1)[0]?.fixes).toEqual([]);
    // Not read, as in another namespace: with cookies no SYN would be dropped there.
    expect(dropping(null)[0]?.fixes).toMatchObject([{ id: 'enable-syncookies' }]);
  });
});
