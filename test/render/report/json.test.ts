import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { StreamHeader, StreamRecord } from '../../../src/records/index.js';
import { diagnosisJson } from '../../../src/render/index.js';
import { readBundled } from '../../scenarios/bundled.js';
import { HOSTILE_HEADER, hostileRecords, NASTY } from '../../scenarios/hostile.js';
import { gap, HEADER, kernel, node, tick, windowFrom } from '../../scenarios/stream.js';

function jsonOf(records: readonly StreamRecord[], header: StreamHeader = HEADER): string {
  const window = windowFrom(records, header);
  return diagnosisJson(diagnose(window), window);
}

describe('the diagnosis as JSON', () => {
  it('has the documented shape, of a recorded incident', async () => {
    const { header, records } = await readBundled('conntrack-table-full');
    const subject = { kind: 'netns', netns: 4026532291, label: 'netns server' };
    expect(JSON.parse(jsonOf(records, header))).toEqual({
      schema: 1,
      status: 'critical',
      measuring: false,
      findings: [
        {
          code: 'conntrack-table-full',
          severity: 'critical',
          confidence: 1,
          confidenceWhy: "certain (100 %): the probe and the kernel's counter agree",
          title: 'conntrack table full in netns server: 65,536 of 65,536; refused 10,039 attempts',
          subject,
          refused: 10_039,
          refusedPerSec: 0,
          evidence: [
            [
              'net.netfilter.nf_conntrack_count',
              'level',
              65_536,
              'entries',
              65_536,
              'kernel',
              'sysctl net.netfilter.nf_conntrack_count',
            ],
            ['probe.table_full', 'growth', 10_039, 'packets', null, 'bpftrace', 'early_drop() returned 0'],
            [
              'nf_conntrack.drop',
              'growth',
              10_039,
              'packets',
              null,
              'kernel',
              '/proc/net/stat/nf_conntrack (drop)',
            ],
            [
              'nf_conntrack.insert_failed',
              'growth',
              0,
              'flows',
              null,
              'kernel',
              '/proc/net/stat/nf_conntrack (insert_failed)',
            ],
          ].map(([metric, measure, value, unit, limit, source, origin]) => ({
            metric,
            measure,
            value,
            unit,
            limit,
            source,
            origin,
            for: subject,
          })),
          against: [],
          since: expect.stringMatching(/^2026-11-21T22:42:2\d\.\d{3}Z$/) as string,
          sinceStart: false,
          until: null,
          causedBy: null,
          fixes: expect.arrayContaining([
            {
              kind: 'fix',
              action: 'raise nf_conntrack_max to 262,144, with 262,144 buckets',
              command:
                'sysctl -w net.netfilter.nf_conntrack_buckets=262144 net.netfilter.nf_conntrack_max=262144',
              persist: [
                "printf '%s\\n' 'net.netfilter.nf_conntrack_buckets = 262144' 'net.netfilter.nf_conntrack_max = 262144' > /etc/sysctl.d/90-ctdiag-conntrack.conf",
                'echo nf_conntrack > /etc/modules-load.d/ctdiag-conntrack.conf',
              ].join('\n'),
              undo: 'sysctl -w net.netfilter.nf_conntrack_buckets=65536 net.netfilter.nf_conntrack_max=65536; rm -f /etc/sysctl.d/90-ctdiag-conntrack.conf /etc/modules-load.d/ctdiag-conntrack.conf',
              effect: expect.any(String) as string,
              caveat: expect.any(String) as string,
            },
          ]) as unknown[],
          manual: 'docs/findings.md#conntrack-table-full',
        },
      ],
      flows: null,
      ceilings: expect.arrayContaining([
        expect.objectContaining({ id: 'conntrack', used: 65_536, limit: 65_536, share: 1 }),
      ]) as unknown[],
      limitChanges: [],
      coverage: {
        probes: 'attached',
        reason: null,
        bpftrace: '0.17.0',
        hooksWanted: 6,
        hooksAttached: 6,
        hooks: expect.any(Array) as unknown[],
        lostEvents: 0,
        badLines: 0,
        damagedLines: 0,
        cutOff: false,
        unreadable: [],
        blindSpots: [],
        unwatched: [],
        gaps: [],
      },
      window: {
        from: '2026-11-21T22:39:22.493Z',
        to: expect.stringMatching(/^2026-11-21T22:42:4\d/) as string,
        seconds: expect.any(Number) as number,
        frames: expect.any(Number) as number,
        host: 'ctdiag-vm',
        kernel: '6.1.0-56-amd64',
      },
    });
  });

  it('names the listener and its owner', async () => {
    const { header, records } = await readBundled('accept-queue-overflow');
    expect(JSON.parse(jsonOf(records, header))).toMatchObject({
      findings: [
        {
          until: null,
          subject: {
            kind: 'listener',
            listener: '10.0.0.1:8883',
            address: '10.0.0.1',
            port: 8883,
            backlog: 16,
            owner: { pid: 171, comm: 'load' },
          },
        },
      ],
      coverage: { hooksWanted: 6, hooksAttached: 3, unreadable: [{ what: 'conntrack' }] },
    });
  });

  it('says what was not seen', () => {
    expect(JSON.parse(jsonOf([tick(0), gap(1500, 'kernel'), tick(2000)]))).toMatchObject({
      status: 'unknown',
      findings: [],
      coverage: {
        probes: 'off',
        bpftrace: null,
        hooksWanted: 0,
        gaps: [{ source: 'kernel', reason: 'stopped', at: '2026-11-21T22:39:24.239Z' }],
      },
      window: { seconds: 2, frames: 2 },
    });
  });

  it('has null, never 0, for what is unknown', () => {
    const records = [0, 1000].flatMap((ms) => [
      node(ms, { 'net.netfilter.nf_conntrack_max': 100 }),
      kernel(ms, { 'net.netfilter.nf_conntrack_count': 95 }),
      tick(ms),
    ]);
    expect(JSON.parse(jsonOf(records))).toMatchObject({
      findings: [{ code: 'conntrack-table-filling', refusedPerSec: null, until: null }],
    });
  });
});

describe('a hostile stream as JSON', () => {
  const json = jsonOf(hostileRecords(), HOSTILE_HEADER);

  it('puts nothing raw on the terminal', () => {
    expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });

  it('loses nothing of the names', () => {
    expect(JSON.parse(json)).toMatchObject({
      window: { host: HOSTILE_HEADER.host },
      coverage: {
        hooks: [{ reason: expect.stringContaining(NASTY) as string }, {}],
        gaps: [{ reason: expect.stringContaining(NASTY) as string }],
      },
    });
  });

  it('has times at the far end of what a stream may say', () => {
    const header = { ...HEADER, startedAtMs: 4e15 };
    expect(JSON.parse(jsonOf([tick(4e15)], header))).toMatchObject({
      window: { to: new Date(8e15).toISOString() },
    });
  });
});
