import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnose/index.js';
import type { Diagnosis, Evidence } from '../../src/diagnose/index.js';
import { CONTAINER, windowFrom } from '../scenarios/stream.js';
import { countersOnly, readBundled } from '../scenarios/bundled.js';
import type { Bundled } from '../scenarios/bundled.js';

async function diagnosisOf(
  name: Bundled,
  change = (item: Awaited<ReturnType<typeof readBundled>>['records']) => item,
): Promise<Diagnosis> {
  const { header, records } = await readBundled(name);
  return diagnose(windowFrom(change(records), header));
}

function figures(evidence: readonly Evidence[] = []): (string | number | null)[][] {
  return evidence.map(({ metric, value, limit, source }) => [metric, value, limit, source]);
}

describe('the recorded full conntrack table', () => {
  it('is named with its figures, which probe and counter agree on', async () => {
    const { status, findings } = await diagnosisOf('conntrack-table-full');
    expect([status, ...findings.map((finding) => finding.code)]).toEqual([
      'critical',
      'conntrack-table-full',
    ]);
    expect(findings[0]).toMatchObject({
      confidence: 1,
      confidenceReasons: ['probe-and-counter-agree'],
      refused: 10_039,
      subject: { kind: 'netns', netns: CONTAINER, label: 'netns server' },
      fixes: [
        { id: 'raise-conntrack-max', from: 65_536, to: 262_144 },
        { id: 'find-stale-entries' },
        { id: 'shorten-established' },
      ],
      against: [],
    });
    expect(figures(findings[0]?.evidence)).toEqual([
      ['net.netfilter.nf_conntrack_count', 65_536, 65_536, 'kernel'],
      ['probe.table_full', 10_039, null, 'bpftrace'],
      ['nf_conntrack.drop', 10_039, null, 'kernel'],
      ['nf_conntrack.insert_failed', 0, null, 'kernel'],
    ]);
  });

  it('is named by the counters alone, less surely', async () => {
    const { status, findings } = await diagnosisOf('conntrack-table-full', countersOnly);
    expect([status, ...findings.map((finding) => finding.code)]).toEqual([
      'critical',
      'conntrack-table-full',
    ]);
    expect(findings[0]).toMatchObject({
      confidence: 0.9,
      confidenceReasons: ['counter-and-level'],
      refused: 10_039,
      subject: { netns: CONTAINER },
    });
    expect(figures(findings[0]?.evidence)).toEqual([
      ['net.netfilter.nf_conntrack_count', 65_536, 65_536, 'kernel'],
      ['nf_conntrack.drop', 10_039, null, 'kernel'],
      ['nf_conntrack.insert_failed', 0, null, 'kernel'],
    ]);
  });

  it('is a table that fills up, and nothing worse, a second before the first refusal', async () => {
    const whole = await diagnosisOf('conntrack-table-full');
    const sinceMs = whole.findings[0]?.sinceMs ?? 0;
    const before = await diagnosisOf('conntrack-table-full', (records) =>
      records.filter((record) => record.elapsedMs < sinceMs - 1000),
    );
    expect([before.status, ...before.findings.map((finding) => finding.code)]).toEqual([
      'warning',
      'conntrack-table-filling',
    ]);
  });

  it('is nothing at all in the first half minute', async () => {
    const early = await diagnosisOf('conntrack-table-full', (records) =>
      records.filter((record) => record.elapsedMs < 30_000),
    );
    expect([early.status, early.findings]).toEqual(['ok', []]);
  });
});

describe('the recorded accept queue that overflowed', () => {
  const listener = { address: '10.0.0.1', port: 8883, backlog: 16, owner: { pid: 171, comm: 'load' } };

  it('is named with its listener and owner, which probe and counter agree on', async () => {
    const { status, findings } = await diagnosisOf('accept-queue-overflow');
    expect([status, ...findings.map((finding) => finding.code)]).toEqual([
      'critical',
      'accept-queue-overflow',
    ]);
    expect(findings[0]).toMatchObject({
      confidence: 1,
      confidenceReasons: ['probe-and-counter-agree', 'listener-named'],
      refused: 366,
      untilMs: null,
      subject: { kind: 'listener', netnsLabel: 'netns server', listener },
    });
    expect(figures(findings[0]?.evidence)).toEqual([
      ['listener.overflows', 366, null, 'bpftrace'],
      ['sk_ack_backlog', 17, 16, 'kernel'],
      ['TcpExt.ListenOverflows', 366, null, 'kernel'],
    ]);
  });

  it('is named by the counters and the length of the queue alone, less surely', async () => {
    const { status, findings } = await diagnosisOf('accept-queue-overflow', countersOnly);
    expect([status, ...findings.map((finding) => finding.code)]).toEqual([
      'critical',
      'accept-queue-overflow',
    ]);
    expect(findings[0]).toMatchObject({
      confidence: 0.95,
      confidenceReasons: ['counter-and-level', 'listener-named'],
      refused: 366,
      subject: { kind: 'listener', listener },
    });
  });
});
