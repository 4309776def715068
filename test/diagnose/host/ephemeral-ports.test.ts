import { describe, expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { Finding } from '../../../src/diagnose/index.js';
import type { PortUse, StreamRecord } from '../../../src/records/index.js';
import { everySecond, HOST, kernel, probes, windowFrom } from '../../scenarios/stream.js';
import { SECONDS } from '../host-scenario.js';

describe('local ports', () => {
  const GROUP = { netns: HOST, source: '10.0.0.1', destination: '10.0.0.11', port: 9010, timeWait: 0 };
  /** 200 ports; `used` of them to one place, `failed` connects so far. */
  const portsOf = (given: {
    readonly used?: (second: number) => number;
    readonly failed?: (second: number) => number;
    /** Binds of port 0 that found none, so far. */
    readonly bound?: (second: number) => number;
    readonly timeWait?: number;
    readonly reuse?: number;
    readonly reserved?: number;
    readonly looked?: boolean;
  }): readonly Finding[] =>
    diagnose(
      windowFrom(
        everySecond(SECONDS, (second): StreamRecord[] => {
          const elapsedMs = second * 1000;
          const used = given.used?.(second) ?? 0;
          const port: PortUse = {
            ...GROUP,
            used,
            timeWait: given.timeWait ?? 0,
            ...(given.reserved === undefined ? {} : { reserved: given.reserved }),
          };
          return [
            kernel(elapsedMs, {
              'net.ipv4.ip_local_port_range.low': 20_000,
              'net.ipv4.ip_local_port_range.high': 20_199,
              'net.ipv4.tcp_tw_reuse': given.reuse ?? 2,
            }),
            ...(given.failed === undefined
              ? []
              : [probes(elapsedMs, { 'probe.connect_eaddrnotavail': given.failed(second) })]),
            ...(given.bound === undefined
              ? []
              : [
                  probes(elapsedMs, {
                    'probe.bind_no_port': given.bound(second),
                    'probe.bind_eaddrinuse': given.bound(second) + 1,
                    'probe.bind_failed': given.bound(second) + 1,
                  }),
                ]),
            ...(given.looked === false
              ? []
              : [{ type: 'ports', elapsedMs, looked: [HOST], ports: used > 0 ? [port] : [] } as const]),
          ];
        }),
      ),
    ).findings;
  const row = (given: Parameters<typeof portsOf>[0]): unknown[] =>
    portsOf(given).map((port) => [
      port.code,
      port.severity,
      port.confidence,
      port.untilMs === null ? 'on' : 'ended',
    ]);

  test('all held, and connects that fail: who, to where, how many', () => {
    const [first] = portsOf({ used: () => 200, failed: (second) => 3 * second });
    expect(first).toMatchObject({
      code: 'ephemeral-ports-exhausted',
      severity: 'critical',
      confidence: 0.98,
      refused: 60,
      subject: { kind: 'ports', ports: { source: '10.0.0.1', destination: '10.0.0.11', port: 9010 } },
    });
    expect(first?.evidence.map((evidence) => [evidence.metric, evidence.value, evidence.limit])).toEqual([
      ['probe.connect_eaddrnotavail', 60, null],
      ['local-ports', 200, 200],
    ]);
    expect(first?.fixes.map((fix) => fix.id)).toEqual([
      'widen-port-range',
      'find-port-holders',
      'more-addresses',
    ]);
  });

  const rows: readonly (readonly [
    name: string,
    given: Parameters<typeof portsOf>[0],
    expected: unknown[],
  ])[] = [
    [
      'all held, without probes',
      { used: () => 200 },
      [['ephemeral-ports-exhausted', 'critical', 0.85, 'on']],
    ],
    ['nearly all', { used: () => 185 }, [['ephemeral-ports-exhausted', 'warning', 0.85, 'on']]],
    ['many', { used: () => 150, failed: () => 0 }, []],
    [
      'TIME_WAIT that holds them',
      { used: () => 200, timeWait: 190, reuse: 0 },
      [['ephemeral-ports-exhausted', 'critical', 0.85, 'on']],
    ],
    ['TIME_WAIT that is used again', { used: () => 200, timeWait: 190, reuse: 1 }, []],
    [
      'TIME_WAIT that cannot be used again soon enough',
      { used: () => 200, timeWait: 190, reuse: 1, failed: (second) => second },
      [['ephemeral-ports-exhausted', 'critical', 0.98, 'on']],
    ],
    [
      'connects from an address that is not there, perhaps, with ports left',
      { failed: (second) => 5 * second },
      [['ephemeral-ports-exhausted', 'warning', 0.4, 'on']],
    ],
    [
      'ports of which too many are bound or reserved for any destination to hold the range',
      { used: () => 120, failed: (second) => 5 * second },
      [['ephemeral-ports-exhausted', 'critical', 0.7, 'on']],
    ],
    ['a connect that fails now and then', { used: () => 120, failed: (second) => Math.min(9, second) }, []],
    [
      'failed connects where nobody looked at the sockets',
      { failed: (second) => 5 * second, looked: false },
      [['ephemeral-ports-exhausted', 'critical', 0.6, 'on']],
    ],
    ['a few of them', { failed: (second) => Math.min(4, second), looked: false }, []],
    [
      'binds that find no port, with ports in use',
      { used: () => 120, bound: (second) => 5 * second },
      [['ephemeral-ports-exhausted', 'critical', 0.9, 'on']],
    ],
    [
      'binds that find no port though few are seen in use',
      { bound: (second) => 5 * second },
      [['ephemeral-ports-exhausted', 'critical', 0.75, 'on']],
    ],
    [
      'binds that find no port where nobody looked at the sockets',
      { bound: (second) => 5 * second, looked: false },
      [['ephemeral-ports-exhausted', 'critical', 0.9, 'on']],
    ],
    [
      'binds that find no port, and a destination that holds them all',
      { used: () => 200, bound: (second) => 5 * second },
      [['ephemeral-ports-exhausted', 'critical', 0.98, 'on']],
    ],
    ['a few binds that find no port', { bound: (second) => Math.min(4, second), looked: false }, []],
    [
      'all that are not reserved',
      { used: () => 60, reserved: 140, failed: (second) => 5 * second },
      [['ephemeral-ports-exhausted', 'critical', 0.98, 'on']],
    ],
    [
      'that were given back',
      { used: (second) => (second < 8 ? 200 : 12), failed: (second) => Math.min(30, 5 * second) },
      [['ephemeral-ports-exhausted', 'critical', 0.98, 'ended']],
    ],
  ];
  test.for(rows)('%s', ([, given, expected]) => {
    expect(row(given)).toEqual(expected);
  });

  test('binds of any port that find none are told apart from connects, and how ports are shared instead', () => {
    const [first] = portsOf({ used: () => 120, bound: (second) => 5 * second });
    expect(first).toMatchObject({ refused: 100, refusedPerSec: 5 });
    expect(first?.evidence.map(({ metric, value, limit }) => [metric, value, limit])).toEqual([
      ['probe.bind_no_port', 100, null],
      ['local-ports', 120, 200],
    ]);
    expect(first?.fixes.map((fix) => fix.id)).toEqual([
      'widen-port-range',
      'find-range-holders',
      'bind-without-port',
    ]);
  });

  test('what is reserved is taken off the range, and told', () => {
    const [first] = portsOf({ used: () => 60, reserved: 140 });
    expect(first?.evidence.map(({ metric, value, limit }) => [metric, value, limit])).toEqual([
      ['local-ports', 60, 60],
      ['local-ports.reserved', 140, null],
    ]);
  });

  test('ports in TIME_WAIT are told, with their own remedy', () => {
    const [first] = portsOf({ used: () => 200, timeWait: 190, reuse: 2, failed: (second) => second });
    expect(first?.fixes.map((fix) => fix.id)).toEqual([
      'widen-port-range',
      'reuse-time-wait',
      'find-port-holders',
      'more-addresses',
    ]);
    expect(first?.evidence.at(-1)).toMatchObject({ metric: 'local-ports.time-wait', value: 190 });
  });
});
