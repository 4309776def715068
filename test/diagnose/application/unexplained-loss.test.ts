import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { Finding } from '../../../src/diagnose/index.js';
import type { MetricName } from '../../../src/records/index.js';
import { titleOf } from '../../../src/render/index.js';
import { diagnosisOfCase } from '../../scenarios/cases.js';
import {
  CONTAINER,
  COVERAGE,
  everySecond,
  HOST,
  kernel,
  node,
  probes,
  windowFrom,
} from '../../scenarios/stream.js';

type PerSec = Partial<Record<MetricName, number>>;

/** A host on which counters grow by so many a second, over 20 seconds. */
function found(perSec: PerSec, levels: PerSec = {}): readonly Finding[] {
  const grown = (second: number, ofProbes: boolean): PerSec =>
    Object.fromEntries(
      Object.entries(perSec)
        .filter(([name]) => name.startsWith('probe.') === ofProbes)
        .map(([name, each]) => [name, Math.round(each * second)]),
    );
  const records = everySecond(20, (second) => [
    { ...COVERAGE, elapsedMs: second * 1000 },
    node(second * 1000, { 'net.netfilter.nf_conntrack_max': 1000 }),
    kernel(second * 1000, { 'TcpExt.ListenOverflows': 0, ...levels, ...grown(second, false) }),
    probes(second * 1000, { 'probe.accept_emfile': 0, ...grown(second, true) }),
  ]);
  return diagnose(windowFrom(records)).findings;
}

describe('a loss that no rule explains', () => {
  it.each<[what: string, perSec: PerSec, title: RegExp]>([
    [
      'accept(2) out of memory',
      { 'probe.accept_failed': 50, 'probe.accept_enomem': 50, 'Tcp.PassiveOpens': 100 },
      /^accept\(\) fails with ENOMEM and no known limit explains it: 1,000, 50\/s$/,
    ],
    ['accept(2) of an errno that is not told', { 'probe.accept_failed': 5 }, /^accept\(\) fails and/],
    [
      'ListenDrops alone',
      { 'TcpExt.ListenDrops': 5, 'Tcp.PassiveOpens': 100 },
      /^listeners drop connections/,
    ],
    ['conntrack drops in a table with room', { 'nf_conntrack.drop': 5 }, /^conntrack drops packets/],
    [
      'connect(2) refused, most of them',
      { 'probe.connect_failed': 60, 'probe.connect_econnrefused': 60, 'Tcp.ActiveOpens': 100 },
      /^connect\(\) fails with ECONNREFUSED/,
    ],
    [
      'bind(2) of an address that is gone',
      { 'probe.bind_failed': 60, 'probe.bind_eaddrnotavail': 60, 'Tcp.ActiveOpens': 10 },
      /^bind\(\) fails with EADDRNOTAVAIL/,
    ],
    [
      'SYNs that netfilter drops at many ports',
      { 'probe.netfilter_drop_syn': 200, 'Tcp.PassiveOpens': 10 },
      /^netfilter drops SYNs/,
    ],
    ['handshakes that fail', { 'Tcp.AttemptFails': 50, 'Tcp.PassiveOpens': 100 }, /^handshakes fail/],
    ['SYNs that are resent', { 'TcpExt.TCPSynRetrans': 50, 'Tcp.PassiveOpens': 100 }, /^SYNs are resent/],
    ['resets before data', { 'Tcp.EstabResets': 95, 'Tcp.PassiveOpens': 100 }, /^connections are reset/],
  ])('is told with what was counted: %s', (_what, perSec, title) => {
    const [first, ...more] = found(perSec);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ code: 'unexplained-loss', severity: 'warning', untilMs: null });
    if (first === undefined) return;
    expect(titleOf(first, HOST)).toMatch(title);
    expect(first.fixes).toMatchObject([{ id: 'check-loss' }]);
    expect(first.evidence[0]?.metric).toBe(Object.keys(perSec)[0]);
    expect(first.against.map(({ metric }) => metric)).toContain('TcpExt.ListenOverflows');
  });

  it.each<[what: string, perSec: PerSec, levels?: PerSec]>([
    ['one accept in a thousand', { 'probe.accept_failed': 1, 'Tcp.PassiveOpens': 1000 }],
    ['an overflow, which has a rule', { 'TcpExt.ListenDrops': 0.01, 'Tcp.PassiveOpens': 100 }],
    ['a line that loses one packet in twenty', { 'TcpExt.TCPSynRetrans': 10, 'Tcp.PassiveOpens': 200 }],
    ['a scan of ports that are closed', { 'probe.netfilter_drop_syn': 1, 'Tcp.PassiveOpens': 10 }],
    ['a name service that is not there', { 'probe.connect_failed': 90, 'probe.connect_enoent': 90 }],
    [
      'a server that is started again and again, its port taken',
      { 'probe.bind_failed': 2, 'probe.bind_eaddrinuse': 2 },
    ],
    ['a peer that is gone for a moment', { 'probe.connect_failed': 3, 'Tcp.ActiveOpens': 100 }],
    [
      'clients that are served and reset',
      { 'Tcp.EstabResets': 100, 'Tcp.PassiveOpens': 100, 'TcpExt.TCPOrigDataSent': 300 },
    ],
    [
      'clashes that are counted as drops too',
      { 'nf_conntrack.drop': 0.4, 'nf_conntrack.insert_failed': 0.4 },
    ],
  ])('is not made of what healthy hosts have: %s', (_what, perSec, levels) => {
    expect(found(perSec, levels).map(({ code }) => code)).not.toContain('unexplained-loss');
  });

  it('is told of accepts that fail for want of memory, in a capture that does not tell the errno', async () => {
    const { status, findings } = await diagnosisOfCase('accept-fails-enomem.ctd');
    expect(status).toBe('warning');
    expect(findings).toMatchObject([{ code: 'unexplained-loss', fixes: [{ loss: 'accept-failed' }] }]);
    const [first] = findings;
    expect(first === undefined ? '' : titleOf(first, HOST)).toMatch(/^accept\(\) fails and .*, 500\/s$/);
  });

  it('leaves alone what another finding explains, and tells the rest', () => {
    const full = found({ 'nf_conntrack.drop': 50 }, { 'net.netfilter.nf_conntrack_count': 1000 });
    expect(full.map(({ code }) => code)).toEqual(['conntrack-table-full']);
    const both = found(
      { 'nf_conntrack.drop': 50, 'probe.accept_failed': 5 },
      { 'net.netfilter.nf_conntrack_count': 1000 },
    );
    expect(both.map(({ code }) => code)).toEqual(['conntrack-table-full', 'unexplained-loss']);
  });

  describe('SYNs that a firewall drops while the probes print seldom', () => {
    /** As many as 300 of them in the first seconds, told in so many prints; a scanner beside resends 100. */
    const seldom = (ports: readonly number[]): readonly string[] => {
      const records = everySecond(10, (second) => {
        const prints = Math.min(second, ports.length);
        const share = ports.length === 0 ? 0 : prints / ports.length;
        const port = ports[prints - 1];
        return [
          { ...COVERAGE, elapsedMs: second * 1000 },
          kernel(second * 1000, { 'TcpExt.ListenOverflows': 0 }),
          probes(second * 1000, {
            'probe.netfilter_drop_syn': 300 * share,
            ...(port === undefined ? {} : { 'probe.netfilter_drop_port': port }),
          }),
          kernel(
            second * 1000,
            { 'TcpExt.TCPSynRetrans': 100 * share, 'Tcp.ActiveOpens': 200 * share },
            CONTAINER,
          ),
        ];
      });
      return diagnose(windowFrom(records)).findings.map(({ code }) => code);
    };

    it('are a scan when each print has another port, and so are those that the scanner resends here', () => {
      expect(seldom([26_050, 25_500])).toEqual([]);
    });

    it.each([
      ['the port is told only once', [26_050]],
      ['a port is told again', [26_050, 25_500, 26_050]],
    ])('are a loss without a name when %s', (_when, ports) => {
      expect(seldom(ports)).toContain('unexplained-loss');
    });
  });
});
