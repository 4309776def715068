import { describe, expect, test } from 'vitest';
import { LEVEL, lost, nat } from '../conntrack-figures.js';
import { codesIn, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

describe('flows that cannot be inserted though the table has room', () => {
  const rows: readonly (readonly [name: string, given: HostScenario, expected: unknown[]])[] = [
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
      { host: (second) => ({ ...LEVEL, ...lost(1)(Math.floor(second / 10)) }), node: nat(1) },
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
        host: (second) => ({ ...LEVEL, 'nf_conntrack.insert_failed': 9 * second, 'nf_conntrack.drop': 0 }),
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
    expect(codesIn(given)).toEqual(expected);
  });

  test('certain where the probe and the kernel count the same, likely by the counters alone', () => {
    const both = findingsIn({
      host: lost(20),
      node: nat(1),
      probes: (second) => ({ 'probe.insert_failed': 20 * second, 'probe.insert_failed_snat': 20 * second }),
    })[0];
    expect(both).toMatchObject({ confidence: 1, refused: 400, untilMs: null });
    expect(findingsIn({ host: lost(20), node: nat(1) })[0]).toMatchObject({ confidence: 0.7, refused: 400 });
  });

  test('ended when it has not happened for a while, with what keeps it from coming back', () => {
    const [first] = findingsIn({ host: (second) => lost(20)(Math.min(5, second)), node: nat(1) });
    expect(first).toMatchObject({
      code: 'nat-ports-exhausted',
      untilMs: 5000,
      refusedPerSec: 0,
      fixes: [{ id: 'shorten-nat-timeouts', protocol: null }, { id: 'find-nat-ports' }, { id: 'widen-nat' }],
    });
  });

  test('is not revived by inserts that fail for another reason', () => {
    const [first] = findingsIn({
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
