import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/diagnose/index.js';
import type { Finding } from '../../src/diagnose/index.js';
import type { MetricName, PortUse, StreamRecord } from '../../src/records/index.js';
import {
  everySecond,
  HEADER,
  HOST,
  kernel,
  listening,
  node,
  probes,
  windowFrom,
} from '../scenarios/stream.js';

const SECONDS = 20;

type Figures = (second: number) => Partial<Record<MetricName, number | null>>;

interface Given {
  readonly host?: Figures;
  readonly node?: Figures;
  readonly probes?: Figures;
  readonly kernel?: string;
  /** The port of the one listener; none without it. */
  readonly listener?: number;
}

function findings(given: Given): readonly Finding[] {
  const records = everySecond(SECONDS, (second): StreamRecord[] => {
    const elapsedMs = second * 1000;
    return [
      kernel(elapsedMs, { 'TcpExt.ListenOverflows': 0, ...given.host?.(second) }),
      node(elapsedMs, given.node?.(second) ?? {}),
      ...(given.probes === undefined ? [] : [probes(elapsedMs, given.probes(second))]),
      listening(elapsedMs, ...(given.listener === undefined ? [] : [{ port: given.listener }])),
    ];
  });
  return diagnose(windowFrom(records, { ...HEADER, kernel: given.kernel ?? HEADER.kernel })).findings;
}

const told = (given: Given): unknown[] => findings(given).map((finding) => [finding.code, finding.severity]);

/** A quarter of the table in use. */
const ROOM: Figures = () => ({ 'net.netfilter.nf_conntrack_max': 65_536 });
const level = { 'net.netfilter.nf_conntrack_count': 16_000 };
/** Clashes that cost a packet each. */
const lost =
  (a: number): Figures =>
  (second) => ({
    ...level,
    'nf_conntrack.insert_failed': a * second,
    'nf_conntrack.drop': a * second,
  });
const nat =
  (references: number | null): Figures =>
  (second) => ({ ...ROOM(second), 'modules.nat_references': references });

describe('flows that cannot be inserted though the table has room', () => {
  const rows: readonly (readonly [name: string, given: Given, expected: unknown[]])[] = [
    [
      'their source was rewritten: NAT has no port for them',
      {
        host: lost(20),
        node: nat(1),
        probes: (second) => ({ 'probe.insert_failed': 20 * second, 'probe.insert_failed_snat': 20 * second }),
      },
      [['nat-ports-exhausted', 'critical']],
    ],
    [
      'without the probe, rules of NAT and the number speak for it',
      { host: lost(20), node: nat(1) },
      [['nat-ports-exhausted', 'critical']],
    ],
    [
      'no source was rewritten: not NAT, whatever rules there are',
      {
        host: lost(20),
        node: nat(1),
        probes: (second) => ({ 'probe.insert_failed': 20 * second, 'probe.insert_failed_snat': 0 }),
      },
      [['conntrack-insert-failed', 'critical']],
    ],
    [
      'where modules are built in it may be NAT, and is likely to be when it happens that often',
      { host: lost(20), node: nat(null) },
      [['nat-ports-exhausted', 'critical']],
    ],
    [
      'without the probe and without NAT it is a clash',
      { host: lost(2), node: nat(0) },
      [['conntrack-insert-failed', 'warning']],
    ],
    [
      'races that are mostly resolved are no NAT',
      {
        host: (second) => ({ ...lost(2)(second), 'nf_conntrack.clash_resolve': 9 * second }),
        node: nat(1),
      },
      [['conntrack-insert-failed', 'warning']],
    ],
    [
      'a few that NAT rewrote among many that it did not are both clashes',
      {
        host: lost(2),
        node: nat(1),
        probes: (second) => ({
          'probe.insert_failed': 2 * second,
          'probe.insert_failed_snat': Math.min(3, second),
        }),
      },
      [['conntrack-insert-failed', 'warning']],
    ],
    [
      'both at once are both told',
      {
        host: lost(40),
        node: nat(1),
        probes: (second) => ({ 'probe.insert_failed': 40 * second, 'probe.insert_failed_snat': 30 * second }),
      },
      [
        ['nat-ports-exhausted', 'critical'],
        ['conntrack-insert-failed', 'critical'],
      ],
    ],
    [
      'one packet now and then is what every resolver loses',
      { host: (second) => ({ ...level, ...lost(1)(Math.floor(second / 10)) }), node: nat(1) },
      [],
    ],
    [
      'a full table counts drops alone',
      {
        host: (second) => ({
          'net.netfilter.nf_conntrack_count': 65_536,
          'nf_conntrack.insert_failed': 0,
          'nf_conntrack.drop': 20 * second,
        }),
        node: nat(1),
      },
      [['conntrack-table-full', 'critical']],
    ],
    [
      'a failed insert by ctnetlink drops no packet',
      {
        host: (second) => ({ ...level, 'nf_conntrack.insert_failed': 9 * second, 'nf_conntrack.drop': 0 }),
        node: nat(1),
      },
      [],
    ],
    ['4.18 counts harmless ones too', { host: lost(20), node: nat(1), kernel: '4.18.0-553.el8.x86_64' }, []],
    ['and so does 5.4', { host: lost(20), node: nat(1), kernel: '5.4.0-216-generic' }, []],
    [
      'but what the probe saw dropped there was lost',
      {
        host: lost(20),
        kernel: '4.18.0-553.el8.x86_64',
        probes: (second) => ({ 'probe.insert_failed': 20 * second, 'probe.insert_failed_snat': 20 * second }),
      },
      [['nat-ports-exhausted', 'critical']],
    ],
    [
      'a full table and NAT without a port at once',
      {
        host: (second) => ({
          'net.netfilter.nf_conntrack_count': 65_536,
          'nf_conntrack.insert_failed': 20 * second,
          'nf_conntrack.drop': 120 * second,
        }),
        node: nat(1),
        probes: (second) => ({
          'probe.table_full': 100 * second,
          'probe.insert_failed': 20 * second,
          'probe.insert_failed_snat': 20 * second,
        }),
      },
      [
        ['conntrack-table-full', 'critical'],
        ['nat-ports-exhausted', 'critical'],
      ],
    ],
  ];
  test.for(rows)('%s', ([, given, expected]) => {
    expect(told(given)).toEqual(expected);
  });

  test('certain where the probe and the kernel count the same, likely by the counters alone', () => {
    const both = findings({
      host: lost(20),
      node: nat(1),
      probes: (second) => ({ 'probe.insert_failed': 20 * second, 'probe.insert_failed_snat': 20 * second }),
    })[0];
    expect(both).toMatchObject({ confidence: 1, refused: 400, untilMs: null });
    expect(findings({ host: lost(20), node: nat(1) })[0]).toMatchObject({ confidence: 0.7, refused: 400 });
  });

  test('ended when it has not happened for a while, with what keeps it from coming back', () => {
    const [first] = findings({ host: (second) => lost(20)(Math.min(5, second)), node: nat(1) });
    expect(first).toMatchObject({
      code: 'nat-ports-exhausted',
      untilMs: 5000,
      refusedPerSec: 0,
      fixes: [{ id: 'widen-nat' }, { id: 'shorten-time-wait' }],
    });
  });

  test('is not revived by inserts that fail for another reason', () => {
    const [first] = findings({
      host: (second) => ({
        ...lost(20)(second),
        'nf_conntrack.chaintoolong': Math.max(0, 20 * (second - 5)),
      }),
      node: nat(1),
      probes: (second) => ({
        'probe.insert_failed': 20 * second,
        'probe.insert_failed_snat': 20 * Math.min(5, second),
      }),
    }).filter((finding) => finding.code === 'nat-ports-exhausted');
    expect(first).toMatchObject({ refused: 100, untilMs: 5000, refusedPerSec: 0 });
  });
});

describe('hash buckets of conntrack', () => {
  const buckets =
    (max: number, count: number): Figures =>
    () => ({ 'net.netfilter.nf_conntrack_max': max, 'net.netfilter.nf_conntrack_buckets': count });
  test.for([
    ['one a bucket', buckets(65_536, 65_536), 100, []],
    ['four, as stock kernels before 5.15', buckets(262_144, 65_536), 200_000, []],
    ['eight, as hashsize gives', buckets(262_144, 32_768), 1000, []],
    ['more, and hardly used', buckets(1_048_576, 65_536), 1000, [['warning', 0.75]]],
    ['more, and crowded', buckets(1_048_576, 65_536), 700_000, [['warning', 0.9]]],
    ['unknown', () => ({ 'net.netfilter.nf_conntrack_max': 1_048_576 }), 1000, []],
  ] as const)('%s', ([, limits, count, expected]) => {
    const found = findings({ host: () => ({ 'net.netfilter.nf_conntrack_count': count }), node: limits });
    expect(found.map((finding) => [finding.severity, finding.confidence])).toEqual(expected);
  });

  test('a chain that is too long refuses flows, and is no clash', () => {
    const found = findings({
      host: (second) => ({
        ...level,
        'nf_conntrack.insert_failed': 20 * second,
        'nf_conntrack.chaintoolong': 20 * second,
        'nf_conntrack.drop': 0,
      }),
      node: buckets(1_048_576, 1024),
    });
    expect(found.map((finding) => [finding.code, finding.severity, finding.refused])).toEqual([
      ['conntrack-buckets-undersized', 'critical', 400],
    ]);
    expect(found[0]?.fixes).toEqual([{ id: 'raise-conntrack-buckets', from: 1024, to: 1_048_576 }]);
  });
});

test('buckets and a backlog that were raised since are told as they were when it happened', () => {
  const [chains] = findings({
    host: (second) => ({ ...level, 'nf_conntrack.chaintoolong': Math.min(90, 20 * second) }),
    node: (second) => ({
      'net.netfilter.nf_conntrack_max': 65_536,
      'net.netfilter.nf_conntrack_buckets': second < 10 ? 512 : 65_536,
    }),
  });
  expect(
    chains?.evidence.find((evidence) => evidence.metric === 'net.netfilter.nf_conntrack_buckets')?.value,
  ).toBe(512);
  expect(chains?.fixes).toEqual([]);
  const [backlog] = findings({
    node: (second) => ({
      'softnet.dropped': Math.min(90, 20 * second),
      'softnet.processed': 500 * second,
      'net.core.netdev_max_backlog': second < 10 ? 1 : 1000,
    }),
  });
  expect(backlog?.evidence.at(-1)).toMatchObject({ metric: 'net.core.netdev_max_backlog', value: 1 });
});

describe('what a firewall drops', () => {
  const dropped =
    (syns: number, more: Figures = () => ({})): Figures =>
    (second) => ({
      'probe.netfilter_drop': syns * second,
      'probe.netfilter_drop_syn': syns * second,
      'probe.netfilter_drop_syn_own': 0,
      'probe.netfilter_drop_port': 8883,
      ...more(second),
    });
  const rows: readonly (readonly [name: string, given: Given, expected: unknown[]])[] = [
    [
      'SYNs for a port that is listened on',
      { listener: 8883, probes: dropped(5) },
      [['firewall-drop', 'critical']],
    ],
    [
      'SYNs for one other port, all the time',
      { listener: 22, probes: dropped(5) },
      [['firewall-drop', 'warning']],
    ],
    [
      'a scan of many ports that nobody listens on is what a firewall is for',
      {
        listener: 22,
        probes: dropped(500, (second) => ({ 'probe.netfilter_drop_port': 1000 + 37 * second })),
      },
      [],
    ],
    [
      'one port among scanners of others',
      {
        listener: 22,
        probes: dropped(50, (second) => ({
          'probe.netfilter_drop_port': second % 8 === 0 ? 1000 + second : 8883,
        })),
      },
      [['firewall-drop', 'warning']],
    ],
    [
      'a scan that began at a port that is listened on',
      {
        listener: 22,
        probes: dropped(500, (second) => ({ 'probe.netfilter_drop_port': 22 + 37 * second })),
      },
      [],
    ],
    [
      'a scan that is over within one print of the probes',
      { listener: 22, probes: (second) => dropped(180)(Math.min(1, second)) },
      [],
    ],
    [
      'a port that comes after another that was dropped before the window',
      {
        listener: 22,
        probes: (second) => ({
          ...dropped(20)(second),
          'probe.netfilter_drop_port': second === 0 ? 23 : 8883,
        }),
      },
      [['firewall-drop', 'warning']],
    ],
    ['a few', { listener: 8883, probes: (second) => dropped(1)(Math.min(5, second)) }, []],
    [
      'SYNs of this host itself',
      {
        probes: dropped(0, (second) => ({
          'probe.netfilter_drop': 3 * second,
          'probe.netfilter_drop_syn_own': 3 * second,
        })),
      },
      [['firewall-drop', 'critical']],
    ],
    [
      'what conntrack refuses itself is freed for the same reason',
      {
        listener: 8883,
        host: (second) => ({
          'net.netfilter.nf_conntrack_count': 65_536,
          'nf_conntrack.drop': 100 * second,
          'nf_conntrack.insert_failed': 0,
        }),
        node: ROOM,
        probes: dropped(100, (second) => ({ 'probe.table_full': 100 * second })),
      },
      [['conntrack-table-full', 'critical']],
    ],
    [
      'and so are the clashes',
      {
        listener: 8883,
        host: lost(20),
        node: ROOM,
        probes: dropped(20, (second) => ({
          'probe.insert_failed': 20 * second,
          'probe.insert_failed_snat': 20 * second,
        })),
      },
      [['nat-ports-exhausted', 'critical']],
    ],
    [
      'a rule besides a full table is told as well',
      {
        listener: 8883,
        host: (second) => ({
          'net.netfilter.nf_conntrack_count': 65_536,
          'nf_conntrack.drop': 10 * second,
          'nf_conntrack.insert_failed': 0,
        }),
        node: ROOM,
        probes: dropped(100, (second) => ({ 'probe.table_full': 10 * second })),
      },
      [
        ['firewall-drop', 'critical'],
        ['conntrack-table-full', 'critical'],
      ],
    ],
    [
      'packets that conntrack calls invalid are no new connections',
      {
        host: (second) => ({ ...level, 'nf_conntrack.invalid': 60 * second }),
        probes: dropped(0, (second) => ({ 'probe.netfilter_drop': 60 * second })),
      },
      [],
    ],
    [
      'other packets in number are a warning',
      { probes: dropped(0, (second) => ({ 'probe.netfilter_drop': 60 * second })) },
      [['firewall-drop', 'warning']],
    ],
    [
      'the background of a network is not',
      { probes: dropped(0, (second) => ({ 'probe.netfilter_drop': 6 * second })) },
      [],
    ],
  ];
  test.for(rows)('%s', ([, given, expected]) => {
    expect(told(given)).toEqual(expected);
  });
});

describe('counters of the node', () => {
  test('neighbours that find no room, with the table beside them', () => {
    const [first] = findings({
      node: (second) => ({
        'arp_cache.entries': 1024,
        'arp_cache.table_fulls': 7 + 3 * second,
        'net.ipv4.neigh.default.gc_thresh3': 1024,
      }),
    });
    expect(first).toMatchObject({
      code: 'neighbour-table-overflow',
      severity: 'critical',
      refused: 60,
      subject: { kind: 'node' },
      fixes: [{ id: 'raise-gc-thresh', family: 'ipv4', from: 1024, to: 4096 }],
    });
    expect(first?.evidence[1]).toMatchObject({ metric: 'arp_cache.entries', value: 1024, limit: 1024 });
  });

  test.for([
    ['a full neighbour table that refuses nobody', { 'arp_cache.entries': 1024, 'arp_cache.table_fulls': 9 }],
    ['old drops of the backlog', { 'softnet.dropped': 500, 'softnet.processed': 1 }],
    ['an allowance exceeded long ago', { 'ena.conntrack_allowance_exceeded': 8 }],
  ] as const)('%s is no finding', ([, figures]) => {
    expect(told({ node: () => ({ 'net.ipv4.neigh.default.gc_thresh3': 1024, ...figures }) })).toEqual([]);
  });

  test('SYN queues that fill because answers find no neighbour follow from that', () => {
    const found = findings({
      host: (second) => ({ 'TcpExt.TCPReqQFullDrop': second }),
      node: (second) => ({ 'arp_cache.entries': 1024, 'arp_cache.table_fulls': 3 * second }),
    });
    expect(found.map((finding) => [finding.code, finding.causedBy])).toEqual([
      ['neighbour-table-overflow', null],
      ['syn-queue-overflow', 'neighbour-table-overflow'],
    ]);
  });

  test('a handful of packets beyond the backlog is no finding', () => {
    expect(
      told({
        node: (second) => ({ 'softnet.processed': 9 * second, 'softnet.dropped': Math.min(6, second) }),
      }),
    ).toEqual([]);
  });

  test.for([
    [10, 'warning'],
    [1000, 'critical'],
  ] as const)('of 10,000 packets a second %d beyond the backlog: %s', ([drops, severity]) => {
    expect(
      told({
        node: (second) => ({
          'softnet.processed': 10_000 * second,
          'softnet.dropped': drops * second,
          'net.core.netdev_max_backlog': 1000,
        }),
      }),
    ).toEqual([['netdev-backlog-drop', severity]]);
  });

  test('what the cloud drops is not the kernel’s table', () => {
    expect(
      told({
        host: () => level,
        node: (second) => ({
          ...ROOM(second),
          'ena.conntrack_allowance_exceeded': 50 * second,
          'ena.conntrack_allowance_available': 0,
        }),
      }),
    ).toEqual([['cloud-conntrack-allowance', 'critical']]);
  });
});

describe('local ports', () => {
  const GROUP = { netns: HOST, source: '10.0.0.1', destination: '10.0.0.11', port: 9010, timeWait: 0 };
  /** 200 ports; `used` of them to one place, `failed` connects so far. */
  const portsOf = (given: {
    readonly used?: (second: number) => number;
    readonly failed?: (second: number) => number;
    readonly timeWait?: number;
    readonly reuse?: number;
    readonly looked?: boolean;
  }): readonly Finding[] =>
    diagnose(
      windowFrom(
        everySecond(SECONDS, (second): StreamRecord[] => {
          const elapsedMs = second * 1000;
          const used = given.used?.(second) ?? 0;
          const port: PortUse = { ...GROUP, used, timeWait: given.timeWait ?? 0 };
          return [
            kernel(elapsedMs, {
              'net.ipv4.ip_local_port_range.low': 20_000,
              'net.ipv4.ip_local_port_range.high': 20_199,
              'net.ipv4.tcp_tw_reuse': given.reuse ?? 2,
            }),
            ...(given.failed === undefined
              ? []
              : [probes(elapsedMs, { 'probe.connect_eaddrnotavail': given.failed(second) })]),
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
    expect(first?.fixes.map((fix) => fix.id)).toEqual(['widen-port-range', 'more-addresses']);
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
    ['connects to an address that is not there, with ports left', { failed: (second) => 5 * second }, []],
    [
      'failed connects where nobody looked at the sockets',
      { failed: (second) => 5 * second, looked: false },
      [['ephemeral-ports-exhausted', 'critical', 0.6, 'on']],
    ],
    ['a few of them', { failed: (second) => Math.min(4, second), looked: false }, []],
    [
      'that were given back',
      { used: (second) => (second < 8 ? 200 : 12), failed: (second) => Math.min(30, 5 * second) },
      [['ephemeral-ports-exhausted', 'critical', 0.98, 'ended']],
    ],
  ];
  test.for(rows)('%s', ([, given, expected]) => {
    expect(row(given)).toEqual(expected);
  });

  test('ports in TIME_WAIT are told, with their own remedy', () => {
    const [first] = portsOf({ used: () => 200, timeWait: 190, reuse: 2, failed: (second) => second });
    expect(first?.fixes.map((fix) => fix.id)).toEqual([
      'widen-port-range',
      'reuse-time-wait',
      'more-addresses',
    ]);
    expect(first?.evidence.at(-1)).toMatchObject({ metric: 'local-ports.time-wait', value: 190 });
  });
});

test('neighbours are told against the limit that was in force, though it has been raised since', () => {
  const [first] = findings({
    node: (second) => ({
      'net.ipv4.neigh.default.gc_thresh3': second === 4 || second === 5 ? 64 : 1024,
      'arp_cache.entries': second < 5 ? 4 : 65,
      'arp_cache.table_fulls': second < 5 ? 0 : 188,
    }),
  });
  expect(first).toMatchObject({ code: 'neighbour-table-overflow', refused: 188, fixes: [] });
  expect(first?.evidence.at(-1)).toMatchObject({ metric: 'arp_cache.entries', value: 65, limit: 64 });
  const [still] = findings({
    node: (second) => ({
      'net.ipv4.neigh.default.gc_thresh3': second < 5 ? 64 : 1024,
      'arp_cache.entries': 1024,
      'arp_cache.table_fulls': 9 * second,
    }),
  });
  expect(still).toMatchObject({ untilMs: null, fixes: [{ id: 'raise-gc-thresh', from: 1024 }] });
});
