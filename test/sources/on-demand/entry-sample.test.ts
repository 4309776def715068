import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHostView } from '../../../src/sources/host-view.js';
import { createEntrySampler } from '../../../src/sources/on-demand/entry-sample.js';
import { openEntrySource } from '../../../src/sources/on-demand/entry-source.js';
import { HOST, kernel, node } from '../../scenarios/stream.js';

// As conntrack 1.4.7 prints them.
const ANSWERED =
  'tcp      6 431999 ESTABLISHED src=10.0.0.11 dst=10.0.0.1 sport=4711 dport=8883 src=10.0.0.1 dst=10.0.0.11 sport=8883 dport=4711 [ASSURED] mark=0 use=1';
const SILENT =
  'udp      17 29 src=10.0.0.11 dst=10.0.0.1 sport=4711 dport=5683 [UNREPLIED] src=10.0.0.1 dst=10.0.0.11 sport=5683 dport=4711 mark=0 use=1';
const REWRITTEN =
  'udp      17 29 src=10.0.0.11 dst=10.0.0.1 sport=4712 dport=5683 [UNREPLIED] src=10.9.9.9 dst=10.0.0.11 sport=5683 dport=4712 mark=0 zone=7 use=1';

function sampleOf(...lines: string[]): unknown {
  const sampler = createEntrySampler();
  for (const line of lines) sampler.take(line);
  return sampler.result();
}

test('entries without an answer are counted, apart those whose destination was rewritten, and the zone with most', () => {
  expect(sampleOf(ANSWERED, SILENT, REWRITTEN)).toEqual({
    sampled: 3,
    unreplied: 2,
    unrepliedDnat: 1,
    zone: { zone: 0, entries: 2 },
  });
  expect(sampleOf(REWRITTEN, REWRITTEN, ANSWERED)).toMatchObject({ zone: { zone: 7, entries: 2 } });
  expect(sampleOf(ANSWERED, SILENT)).toMatchObject({ zone: null });
});

test('what is no entry counts nowhere', () => {
  expect(
    sampleOf(
      '',
      'conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.',
      '[UNREPLIED] zone=9',
      '\u001b[2J tcp dst=1 [UNREPLIED]',
    ),
  ).toEqual({ sampled: 0, unreplied: 0, unrepliedDnat: 0, zone: null });
  expect(sampleOf(`${ANSWERED} zone=999999`)).toMatchObject({ sampled: 1, zone: null });
});

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'ctdiag-entries-'));
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH'] ?? ''}`);
});
afterEach(() => {
  rmSync(bin, { recursive: true });
  vi.unstubAllEnvs();
});

function conntrackPrints(script: string): void {
  writeFileSync(join(bin, 'conntrack'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'conntrack'), 0o755);
}

function watch(): (elapsedMs: number, entries: number) => Promise<Record<string, unknown> | undefined> {
  const view = createHostView(HOST);
  const source = openEntrySource({ view });
  view.note(node(0, { 'net.netfilter.nf_conntrack_max': 1000 }));
  source.poll(0);
  return async (elapsedMs, entries) => {
    view.note(kernel(elapsedMs, { 'net.netfilter.nf_conntrack_count': entries }));
    source.poll(elapsedMs);
    await source.settled();
    return view.extraFigures.get(HOST);
  };
}

test('only a table that is nearly full is looked into, seldom, and what it held is forgotten when it is not', async () => {
  conntrackPrints(`echo '${SILENT}'; echo '${REWRITTEN}'`);
  const look = watch();
  expect(await look(1000, 799)).toBeUndefined();
  expect(await look(2000, 800)).toEqual({
    'entries.sampled': 2,
    'entries.unreplied': 2,
    'entries.unreplied_dnat': 1,
    'entries.zone': 0,
    'entries.in_zone': 1,
    'entries.unlisted': 798,
  });
  conntrackPrints(`echo '${ANSWERED}'`);
  expect(await look(20_000, 900)).toMatchObject({ 'entries.unreplied': 2 });
  expect(await look(32_000, 900)).toMatchObject({ 'entries.unreplied': 0, 'entries.zone': null });
  expect(await look(33_000, 10)).toMatchObject({ 'entries.sampled': null, 'entries.unlisted': null });
});

test('a large table is read in part, and what is not listed is not known then', async () => {
  conntrackPrints(`yes '${ANSWERED}'`);
  const figures = await watch()(1000, 900);
  expect(figures?.['entries.sampled']).toBeGreaterThan(2000);
  expect(figures?.['entries.sampled']).toBeLessThan(6000);
  expect(figures).toMatchObject({ 'entries.unlisted': null });
});

test('a tool that fails tells nothing', async () => {
  conntrackPrints('exit 1');
  expect(await watch()(1000, 900)).toMatchObject({ 'entries.sampled': null, 'entries.unlisted': null });
});
