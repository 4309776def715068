import { describe, expect, test } from 'vitest';
import type { HookCoverage, MetricName } from '../../src/records/index.js';
import { compareHooks, offBy, proveNothing } from '../../src/prove/compare.js';
import type { ProbeFigures } from '../../src/prove/compare.js';
import { STALL_IDS } from '../../src/prove/report.js';
import type { Stall, StallId } from '../../src/prove/report.js';
import { HOOKS } from '../../src/sources/bpftrace/hooks.js';

function attached(...hooks: string[]): HookCoverage[] {
  return hooks.map((hook) => ({ hook, state: 'attached', variant: 'kprobe', reason: null }));
}

function stall(id: StallId, by: Partial<Stall>): Stall {
  return { id, kernel: null, load: null, port: null, skipped: null, ...by };
}

function figures(
  values: Readonly<Partial<Record<MetricName, number>>>,
  overflowsAt: Readonly<Record<number, number>> = {},
): ProbeFigures {
  return {
    values: new Map(Object.entries(values) as [MetricName, number][]),
    overflowsAt: new Map(Object.entries(overflowsAt).map(([port, count]) => [Number(port), count])),
  };
}

const verdictOf = (stalls: readonly Stall[], hook: string, probe: ProbeFigures) =>
  compareHooks(attached(hook), stalls, probe)[0];

describe('a probe beside the kernel', () => {
  test('is proven where both counted the same', () => {
    const stalls = [
      stall('accept-queue-syn', { kernel: 25, load: 25, port: 7001 }),
      stall('syn-cookies', { kernel: 20, port: 7002 }),
      stall('syn-queue', { kernel: 21, port: 7003 }),
    ];
    const probe = figures({ 'probe.syn_cookie': 20, 'probe.syn_queue_drop': 21 }, { 7001: 25 });
    const proof = verdictOf(stalls, 'tcp-syn', probe);
    expect(proof).toMatchObject({ verdict: 'proven', reasons: [] });
    expect(proof?.figures.map(({ stall: id, probe: count }) => [id, count])).toEqual([
      ['accept-queue-syn', 25],
      ['syn-cookies', 20],
      ['syn-queue', 21],
    ]);
  });

  test.for([
    ['too few', 22, -3],
    ['too many', 26, 1],
    ['none', 0, -25],
  ] as const)('is off where it counted %s', ([, counted, by]) => {
    const stalls = [stall('accept-queue-syn', { kernel: 25, load: 25, port: 7001 })];
    const proof = verdictOf(stalls, 'tcp-syn', figures({}, { 7001: counted }));
    expect(proof?.verdict).toBe('off');
    expect(proof?.figures.map(offBy)).toEqual([by]);
  });

  test('is off where one of its figures is', () => {
    const stalls = [stall('rule-drop', { kernel: 30 }), stall('rule-drop-syn', { kernel: 10 })];
    const probe = figures({ 'probe.netfilter_drop': 30, 'probe.netfilter_drop_syn': 9 });
    expect(verdictOf(stalls, 'netfilter-drop', probe)?.verdict).toBe('off');
  });

  test("is judged by the kernel's counter where the load was told another number", () => {
    const stalls = [stall('accept-queue-syn', { kernel: 27, load: 25, port: 7001 })];
    expect(verdictOf(stalls, 'tcp-syn', figures({}, { 7001: 27 }))?.verdict).toBe('proven');
    expect(verdictOf(stalls, 'tcp-syn', figures({}, { 7001: 25 }))?.verdict).toBe('off');
  });

  test('is judged by what the load was told where the kernel counts nothing', () => {
    const stalls = [stall('no-port', { load: 15 })];
    expect(verdictOf(stalls, 'sys-connect', figures({ 'probe.connect_eaddrnotavail': 15 }))?.verdict).toBe(
      'proven',
    );
    expect(verdictOf(stalls, 'sys-connect', figures({ 'probe.connect_eaddrnotavail': 14 }))?.verdict).toBe(
      'off',
    );
  });

  test('does not get the overflows of another listener', () => {
    const stalls = [stall('accept-queue-ack-v4', { kernel: 30, port: 7004 })];
    expect(verdictOf(stalls, 'tcp-accept-ack-v4', figures({}, { 7005: 30 }))?.verdict).toBe('off');
  });
});

describe('a probe is unproven', () => {
  test.for<[string, Partial<Stall>]>([
    ['when its stall was not made', { skipped: 'neither nft nor iptables is installed' }],
    ['when its stall did not come about', { kernel: 0, load: 0 }],
    ['when nobody counted', {}],
  ])('%s, though it counted nothing as well', ([, by]) => {
    const proof = verdictOf([stall('rule-drop', by)], 'netfilter-drop', figures({}));
    expect(proof).toMatchObject({ verdict: 'unproven', figures: [] });
    expect(proof?.reasons.join()).not.toBe('');
  });

  test('when it is not attached, whatever was counted', () => {
    const hooks: HookCoverage[] = [
      { hook: 'sys-connect', state: 'missing', variant: null, reason: 'no variant fits this kernel' },
    ];
    const [proof] = compareHooks(hooks, [stall('no-port', { load: 15 })], figures({}));
    expect(proof).toMatchObject({
      verdict: 'unproven',
      reasons: ['the probe is not attached: no variant fits this kernel'],
    });
  });

  test("when only the node's own limit would show it", () => {
    expect(verdictOf([], 'conntrack-drop', figures({}))?.reasons).toEqual([
      expect.stringContaining("nf_conntrack_max is the whole node's"),
    ]);
  });

  test('when there was no load at all', () => {
    expect(proveNothing(attached('tcp-syn', 'sys-accept'), 'unshare is not installed')).toMatchObject([
      { hook: 'tcp-syn', verdict: 'unproven', reasons: ['unshare is not installed'] },
      { hook: 'sys-accept', verdict: 'unproven', reasons: ['unshare is not installed'] },
    ]);
  });
});

test('a probe that some stalls show and others do not is proven, and says what was not shown', () => {
  const stalls = [
    stall('accept-queue-syn', { kernel: 25, port: 7001 }),
    stall('syn-queue', { skipped: 'this kernel has no SYN cookies' }),
  ];
  expect(verdictOf(stalls, 'tcp-syn', figures({}, { 7001: 25 }))).toMatchObject({
    verdict: 'proven',
    reasons: ['this kernel has no SYN cookies'],
  });
});

test('every hook but those of the full table, of bind(2) and of tc is shown by a stall', () => {
  const stalls = STALL_IDS.map((id) => stall(id, { kernel: 1, port: 1 }));
  const proofs = compareHooks(attached(...HOOKS.map(({ id }) => id)), stalls, figures({}));
  expect(proofs.filter(({ verdict }) => verdict === 'unproven').map(({ hook }) => hook)).toEqual([
    'conntrack-drop',
    'inet-bind',
    'tc-drop',
  ]);
});
