import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openCaptureReader, openCaptureWriter } from '../../src/capture/index.js';
import type { StreamRecord } from '../../src/records/index.js';
import { bundledPath } from '../scenarios/bundled.js';
import { CONTAINER, COVERAGE, gap, HEADER, kernel, listening, probes, tick } from '../scenarios/stream.js';
import { read, scratch, write } from './files.js';

const RECORDS: readonly StreamRecord[] = [
  { type: 'netns', elapsedMs: 0, netns: CONTAINER, label: 'pod “ü” \n\u001b[31m' },
  kernel(0, { 'nf_conntrack.drop': 0, 'net.netfilter.nf_conntrack_count': null }),
  probes(0, { 'probe.insert': Number.MAX_SAFE_INTEGER }, CONTAINER),
  listening(0, { acceptQueue: null, owner: null }),
  { type: 'processes', elapsedMs: 0, processes: [{ pid: 171, comm: 'broker', fds: 4, fdLimit: null }] },
  COVERAGE,
  tick(0),
  gap(900, 'bpftrace'),
  kernel(1000, { 'nf_conntrack.drop': 7 }),
  tick(1000),
  { type: 'end', elapsedMs: 1001, reason: 'SIGINT' },
];
const WHOLE = { complete: true, torn: false, badLines: 0, unknownRecords: 0, exceeded: new Map() };

describe.each(['x.ctd', 'x.ctd.gz'])('a capture that is written to %s', (name) => {
  it('is read back record by record, with its header', async () => {
    const path = join(scratch(), name);
    await write(path, RECORDS);
    expect(await read(path)).toEqual({ header: HEADER, records: RECORDS, tail: WHOLE });
  });

  it('is lines of JSON, which people can read without ctdiag', async () => {
    const path = join(scratch(), name);
    await write(path, RECORDS);
    const bytes = readFileSync(path);
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    const [header, ...records] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(header).toEqual({
      format: 'ctdiag-capture',
      version: 1,
      startedAt: '2026-11-21T22:39:22.239Z',
      ...HEADER,
    });
    expect(records).toEqual(RECORDS);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('says nothing twice and counts what it wrote', async () => {
    const path = join(scratch(), name);
    const writer = openCaptureWriter(path, HEADER, false);
    for (const record of [
      COVERAGE,
      kernel(0, { 'softnet.dropped': 1 }),
      tick(0),
      COVERAGE,
      kernel(1, { 'softnet.dropped': 1 }),
      tick(1),
    ])
      writer.write(record);
    await writer.close();
    expect(writer).toMatchObject({ recordsWritten: 5, recordsDropped: 0 });
    expect(await read(path)).toMatchObject({
      records: [COVERAGE, { type: 'sample' }, tick(0), { values: {} }, tick(1)],
    });
  });

  it('is all on the disk once it is closed, and closing it again changes nothing', async () => {
    const path = join(scratch(), name);
    const writer = openCaptureWriter(path, HEADER, false);
    for (let second = 0; second < 2000; second += 1) {
      writer.write(kernel(second * 1000, { 'nf_conntrack.found': second * 7919 }));
      writer.write(tick(second * 1000));
    }
    await writer.close();
    const size = statSync(path).size;
    await writer.close();
    expect(statSync(path).size).toBe(size);
    expect(await read(path)).toMatchObject({
      records: { length: 4000 },
      tail: { torn: false, complete: false },
    });
  });

  it('is for its owner only, though the file that it replaces was for all', async () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const path = join(scratch(), name);
    await write(path, []);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const old = join(scratch(), name);
    writeFileSync(old, 'x'.repeat(100_000), { mode: 0o666 });
    await write(old, RECORDS, true);
    expect(statSync(old).mode & 0o777).toBe(0o600);
    expect(await read(old)).toMatchObject({ records: RECORDS, tail: WHOLE });
  });
});

it('does not wait for a slow disk: what repeats itself is dropped and counted, the rest is kept', async () => {
  const path = join(scratch(), 'x.ctd');
  const writer = openCaptureWriter(path, HEADER, false);
  // No turn of the event loop in between: nothing can leave the process.
  for (let round = 0; round < 3000; round += 1)
    writer.write({ ...COVERAGE, reason: `${round}`.padEnd(4000, '.') });
  const rare: StreamRecord[] = [
    { type: 'netns', elapsedMs: 9, netns: CONTAINER, label: 'pod' },
    gap(9, 'kernel'),
    { type: 'end', elapsedMs: 9, reason: 'time' },
  ];
  for (const record of rare) writer.write(record);
  writer.write(tick(9));
  await writer.close();
  expect(writer.recordsDropped).toBeGreaterThan(1000);
  expect(writer.recordsWritten + writer.recordsDropped).toBe(3005); // one tells of the others
  const content = await read(path);
  if (!('records' in content)) throw new Error(content.message);
  expect(content.records).toHaveLength(writer.recordsWritten);
  expect(content.records.slice(-3)).toEqual(rare);
  expect(content.records.at(-4)).toMatchObject({ type: 'dropped', fromMs: 0 });
});

it('tells after a slow disk what stands, also what was told meanwhile and will not be told again soon', async () => {
  const path = join(scratch(), 'x.ctd');
  const writer = openCaptureWriter(path, HEADER, false);
  const seldom = (established: number): StreamRecord => ({
    ...kernel(5, { 'Tcp.CurrEstab': established }, CONTAINER),
    holdsMs: 1_000_000,
  });
  writer.write(seldom(3));
  for (let round = 0; round < 2000; round += 1)
    writer.write({ ...COVERAGE, reason: `${round}`.padEnd(4000, '.') });
  writer.write(seldom(4));
  expect(writer.recordsDropped).toBeGreaterThan(1);
  while (writer.pendingBytes > 0) await new Promise((resolve) => setImmediate(resolve));
  writer.write(tick(9));
  await writer.close();
  const content = await read(path);
  if (!('records' in content)) throw new Error(content.message);
  const told = content.records.filter((record) => record.type === 'sample');
  expect(told).toEqual([seldom(3), { ...seldom(4), elapsedMs: 9 }]);
});

it.each(['conntrack-table-full', 'accept-queue-overflow'] as const)(
  'reads the bundled capture %s whole',
  async (name) => {
    const content = await read(bundledPath(name));
    expect(content).toMatchObject({ header: { host: 'ctdiag-vm' }, tail: WHOLE });
    // Writing again what was read leaves nothing out and adds nothing.
    if (!('records' in content)) throw new Error(content.message);
    const path = join(scratch(), 'again.ctd.gz');
    await write(path, content.records);
    expect(await read(path)).toMatchObject({ records: content.records, tail: WHOLE });
  },
);

it('knows a gzip by its bytes, not by its name', async () => {
  const path = join(scratch(), 'renamed.ctd');
  writeFileSync(path, readFileSync(bundledPath('accept-queue-overflow')));
  const reader = await openCaptureReader(path);
  expect(reader.header.host).toBe('ctdiag-vm');
  expect(reader.name).toBe(path);
});
