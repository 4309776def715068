import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { FIX_UPS, fixUpsFor } from '../../src/capture/fix-ups.js';
import { encodeCaptureHeader, openCaptureReader } from '../../src/capture/index.js';
import type { StreamRecord } from '../../src/records/index.js';
import { NOTHING_SET, SETTINGS } from '../limits/settings.js';
import { COVERAGE, gap, HEADER, listening, node, probes, tick } from '../scenarios/stream.js';

const pathOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const schema = JSON.parse(readFileSync(pathOf('../schemas/capture.schema.json'), 'utf8')) as object;
const matches = new Ajv2020({ allErrors: false, strict: true, strictRequired: false }).compile(schema);

/** The errors of each line that does not match, with its number. */
function errorsIn(lines: readonly string[]): string[] {
  return lines.flatMap((line, index) =>
    matches(JSON.parse(line)) ? [] : [`${index + 1}: ${JSON.stringify(matches.errors)}`],
  );
}

const FIXTURES = ['captures', 'fixtures/captures'].flatMap((folder) =>
  readdirSync(pathOf(folder)).map((name) => `${folder}/${name}`),
);

const FLOWS: StreamRecord = {
  type: 'flows',
  elapsedMs: 2000,
  sinceMs: 900,
  refused: [
    { netns: 5, source: '10.0.0.0/24', destination: '10.9.0.1', port: 443, protocol: 'tcp', count: 7 },
    { netns: 5, source: '10.0.0.0/24', destination: '10.9.0.1', port: null, protocol: 'icmp', count: 1 },
  ],
  refusedOthers: 0,
  opened: [],
  openedOthers: 12,
};

describe('the schema', () => {
  it.each(FIXTURES)('describes every line of %s', (name) => {
    const lines = gunzipSync(readFileSync(pathOf(name)))
      .toString('utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeGreaterThan(20);
    expect(errorsIn(lines)).toEqual([]);
  });

  it('describes what is written today, and what a newer ctdiag may add', () => {
    const records: StreamRecord[] = [
      node(0, { 'net.netfilter.nf_conntrack_max': null }),
      probes(0, { 'probe.insert': 2 }),
      listening(0, {}, { owner: null, backlog: null }),
      { type: 'processes', elapsedMs: 0, processes: [{ pid: 1, comm: 'x', fds: null, fdLimit: 1024 }] },
      { type: 'netns', elapsedMs: 0, netns: 5, label: 'netns server' },
      FLOWS,
      {
        type: 'ports',
        elapsedMs: 0,
        looked: [5],
        ports: [{ netns: 5, source: '10.0.0.1', destination: '::1', port: 9, used: 4, timeWait: 1 }],
      },
      COVERAGE,
      SETTINGS,
      { ...NOTHING_SET, reader: null, bootedAtMs: null },
      gap(1000, 'bpftrace'),
      { type: 'dropped', elapsedMs: 1000, fromMs: 400, records: 7 },
      { type: 'mark', elapsedMs: 1000, note: 'restarted the broker' },
      tick(1000),
      { type: 'end', elapsedMs: 1000, reason: 'time' },
    ];
    const newer = [
      { type: 'weather', elapsedMs: 1, rain: true },
      { ...tick(1), colour: 'red' },
    ];
    const lines = [
      encodeCaptureHeader(HEADER),
      ...[...records, ...newer].map((record) => JSON.stringify(record)),
    ];
    expect(errorsIn(lines)).toEqual([]);
  });

  it.each([
    ['a header without a host', { ...JSON.parse(encodeCaptureHeader(HEADER)), host: undefined }],
    ['a negative figure', probes(0, { 'probe.insert': -1 })],
    ['flows without their start', { ...FLOWS, sinceMs: undefined }],
    ['a time as text', { type: 'tick', elapsedMs: '1' }],
    ['a listener without a port', listening(0, { port: undefined as never })],
  ])('refuses %s', (_what, line) => {
    expect(errorsIn([JSON.stringify(line)])).toHaveLength(1);
  });
});

describe('a capture of an older ctdiag', () => {
  it('reads as if it were written today', async () => {
    const reader = await openCaptureReader(pathOf('fixtures/captures/version-1-before-boot-id.ctd.gz'));
    const labels: string[] = [];
    for await (const record of reader.records) if (record.type === 'netns') labels.push(record.label);
    expect(reader.header).toMatchObject({ host: 'fixture-host', bootId: null });
    expect(labels).toEqual(['netns server']);
    const exceeded = new Map();
    expect(reader.tail).toEqual({ complete: true, torn: false, badLines: 0, unknownRecords: 0, exceeded });
  });

  it('is mended as the table says, and one of today is left as it is', () => {
    const label = { type: 'netns', elapsedMs: 1, netns: 5, label: 'server' };
    const header = { format: 'ctdiag-capture', version: 1, ...HEADER };
    expect(fixUpsFor(header).header).toBe(header);
    expect(fixUpsFor(header).record(label)).toBe(label);
    const { bootId, ...old } = header;
    expect(bootId).toBeNull();
    expect(fixUpsFor(old).header).toEqual(header);
    expect(fixUpsFor(old).record(label)).toEqual({ ...label, label: 'netns server' });
    for (const line of [null, 'text', [1]]) expect(fixUpsFor(old).record(line)).toEqual(line);
    const documented = readFileSync(pathOf('../docs/capture-format.md'), 'utf8');
    for (const { id } of FIX_UPS) expect(documented).toContain(`\`${id}\``);
  });
});
