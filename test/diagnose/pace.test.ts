import { describe, expect, test } from 'vitest';
import { LEVEL, nat, ROOM } from './conntrack-figures.js';
import { codesIn } from './host-scenario.js';
import type { Figures, HostScenario } from './host-scenario.js';

const HOUR = 3600;

/** So many in an hour, evenly; a number of seconds lies between two of them. */
const evenly =
  (anHour: number) =>
  (second: number): number =>
    Math.floor((second * anHour) / HOUR);

/** As many a second, for ten minutes in the middle of the hour; one came at its start. */
const outage =
  (perSec: number) =>
  (second: number): number =>
    Math.min(1, second) + perSec * Math.max(0, Math.min(second - 1200, 600));

const inserts =
  (lost: (second: number) => number): Figures =>
  (second) => ({
    ...LEVEL,
    'nf_conntrack.insert_failed': lost(second),
    'nf_conntrack.drop': lost(second),
  });
const blocked =
  (lost: (second: number) => number): Figures =>
  (second) => ({
    'probe.netfilter_drop': lost(second),
    'probe.netfilter_drop_syn': lost(second),
    'probe.netfilter_drop_syn_own': 0,
    'probe.netfilter_drop_port': 8883,
  });
const own =
  (lost: (second: number) => number): Figures =>
  (second) => ({
    ...blocked(lost)(second),
    'probe.netfilter_drop_syn': 0,
    'probe.netfilter_drop_syn_own': lost(second),
  });
const backlog =
  (lost: (second: number) => number): Figures =>
  (second) => ({ 'softnet.processed': 5000 * second, 'softnet.dropped': lost(second) });
const neighbours =
  (lost: (second: number) => number): Figures =>
  (second) => ({ 'arp_cache.entries': 600, 'arp_cache.table_fulls': lost(second) });

describe('in an hour', () => {
  const rows: readonly (readonly [what: string, scenario: HostScenario, expected: unknown[]])[] = [
    ['24 lost inserts, where rules of NAT are', { host: inserts(evenly(24)), node: nat(1) }, []],
    [
      '200 flows whose source NAT rewrote',
      {
        node: nat(1),
        probes: (second) => ({
          'probe.insert_failed': evenly(200)(second),
          'probe.insert_failed_snat': evenly(200)(second),
        }),
      },
      [],
    ],
    [
      'ten minutes without a NAT port',
      { host: inserts(outage(20)), node: nat(1) },
      [['nat-ports-exhausted', 'critical']],
    ],
    ['59 SYNs blocked at a listener', { listener: 8883, probes: blocked(evenly(59)) }, []],
    [
      '720 SYNs blocked at a busy listener, as by fail2ban',
      {
        listener: 8883,
        probes: blocked(evenly(720)),
        host: (second) => ({ 'Tcp.PassiveOpens': 2 * second }),
      },
      [],
    ],
    [
      'as many, while hardly any connection gets in',
      { listener: 8883, probes: blocked(evenly(720)), host: () => ({ 'Tcp.PassiveOpens': 9 }) },
      [['firewall-drop', 'warning']],
    ],
    [
      'ten minutes of a blocked listener',
      { listener: 8883, probes: blocked(outage(2)) },
      [['firewall-drop', 'critical']],
    ],
    ['60 SYNs of this host itself', { probes: own(evenly(60)) }, []],
    ['300 packets beyond the backlog', { node: backlog(evenly(300)) }, []],
    [
      'ten minutes in which a CPU lost one packet in fifty',
      { node: backlog(outage(100)) },
      [['netdev-backlog-drop', 'critical']],
    ],
    ['12 neighbours refused', { node: neighbours(evenly(12)) }, [['neighbour-table-overflow', 'warning']]],
    [
      '5 packets that the cloud dropped',
      { node: (second) => ({ ...ROOM(second), 'ena.conntrack_allowance_exceeded': evenly(5)(second) }) },
      [['cloud-conntrack-allowance', 'warning']],
    ],
    ['20 entries evicted', { host: (second) => ({ 'nf_conntrack.early_drop': evenly(20)(second) }) }, []],
    [
      '9 SYNs lost at a full SYN queue',
      { host: (second) => ({ 'TcpExt.TCPReqQFullDrop': evenly(9)(second) }) },
      [['syn-queue-overflow', 'warning']],
    ],
    [
      '30 drops at listeners with tcp_syncookies 0',
      {
        host: (second) => ({ 'TcpExt.ListenDrops': evenly(30)(second), 'net.ipv4.tcp_syncookies': 0 }),
      },
      [],
    ],
  ];
  test.for(rows)('%s', ([, scenario, expected]) => {
    expect(codesIn({ ...scenario, seconds: HOUR })).toEqual(expected);
  });
});

test('what was lost across half an hour without a reading is no outage of one second', () => {
  const scenario: HostScenario = {
    listener: 8883,
    probes: (second) =>
      second > 0 && second < 1800
        ? { 'probe.netfilter_drop_syn': null, 'probe.netfilter_drop_port': 8883 }
        : blocked(() => (second === 0 ? 0 : 300))(second),
    seconds: HOUR,
  };
  expect(codesIn(scenario)).toEqual([['firewall-drop', 'warning']]);
});
