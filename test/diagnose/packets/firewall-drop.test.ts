import { describe, expect, test } from 'vitest';
import { LEVEL, lost, ROOM } from '../conntrack-figures.js';
import { codesIn } from '../host-scenario.js';
import type { Figures, HostScenario } from '../host-scenario.js';

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
  const rows: readonly (readonly [name: string, given: HostScenario, expected: unknown[]])[] = [
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
      'packets that conntrack calls invalid have a finding of their own',
      {
        host: (second) => ({ ...LEVEL, 'nf_conntrack.invalid': 60 * second }),
        probes: dropped(0, (second) => ({ 'probe.netfilter_drop': 60 * second })),
      },
      [['invalid-drop', 'warning']],
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
    expect(codesIn(given)).toEqual(expected);
  });
});
