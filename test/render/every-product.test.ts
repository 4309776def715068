import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encodeCaptureHeader } from '../../src/capture/index.js';
import { createSinkStream } from '../../src/capture/record-stream.js';
import type { Sink } from '../../src/capture/sink.js';
import { diagnose } from '../../src/diagnose/index.js';
import { ladderOf } from '../../src/limits/index.js';
import { createFold, trendOf, windowOf } from '../../src/model/index.js';
import type { Frame } from '../../src/model/index.js';
import type { StreamHeader, StreamRecord } from '../../src/records/index.js';
import { decodeRecord } from '../../src/records/index.js';
import { UNWATCHED_PATHS } from '../../src/records/record.js';
import {
  createSeriesExport,
  formatHosts,
  formatReport,
  limitsJson,
  limitsText,
  REPORT_FORMATS,
} from '../../src/render/index.js';
import type { Report } from '../../src/render/index.js';
import { NOTHING_SET, sysctlFile } from '../limits/settings.js';
import { hostileRecords, HOSTILE_HEADER } from '../scenarios/hostile.js';
import { CONTAINER, COVERAGE, tick } from '../scenarios/stream.js';

/** Escape sequences that clear, retitle and copy to the clipboard; C1, bidirectional and invisible characters; line ends. */
const HOSTILE =
  '\u001b[2J\u001b]52;c;cm0gLXJm\u0007\u009b31m\u009d0;x\u009c\r\n\t\u202eevil\u2066\u200b\u2028\ud800\u{e0041}';
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

interface Shown {
  readonly header: StreamHeader;
  readonly records: readonly StreamRecord[];
  readonly frames: readonly Frame[];
  readonly report: Report;
}

function show(header: StreamHeader, records: readonly StreamRecord[]): Shown {
  const fold = createFold(header);
  const frames = records.flatMap((record) => fold.push(record) ?? []);
  const window = windowOf(header, frames);
  if (window === null) throw new Error('no frame');
  const report = { diagnosis: diagnose(window), window, trend: trendOf(frames), version: '1.2.3' };
  return { header, records, frames, report };
}

function captureLines({ header, records }: Shown): string {
  let text = '';
  const sink: Sink = {
    write: (line) => void (text += line),
    flush: () => undefined,
    sync: () => undefined,
    close: () => Promise.resolve(),
    pendingBytes: 0,
    writtenBytes: 0,
    failure: null,
    failed: new Promise(() => undefined),
  };
  sink.write(`${encodeCaptureHeader(header)}\n`);
  const stream = createSinkStream(sink);
  for (const record of records) stream.write(record);
  return text;
}

const ladder = ({ report: { window } }: Shown) => ladderOf(window, { port: null, pid: null, plateau: null });

/** Everything that ctdiag writes of a host besides its screen. */
const PRODUCTS: readonly (readonly [name: string, write: (shown: Shown) => string])[] = [
  ...REPORT_FORMATS.map(
    (format) => [`the ${format} report`, (shown: Shown) => formatReport(format, shown.report)] as const,
  ),
  ...(['text', 'json', 'markdown'] as const).map(
    (format) =>
      [
        `the ${format} report of several captures`,
        ({ report }: Shown) =>
          formatHosts(format, [
            { file: HOSTILE, report, why: null },
            { file: HOSTILE, report: null, why: HOSTILE },
          ]),
      ] as const,
  ),
  ...(['csv', 'ndjson', 'openmetrics'] as const).map(
    (format) =>
      [
        `the ${format} export`,
        ({ header, frames }: Shown) => {
          const series = createSeriesExport(format, header);
          return [series.begin, ...frames.map((frame) => series.frame(frame)), ...series.end()].join('');
        },
      ] as const,
  ),
  ['the limits as text', (shown) => limitsText(ladder(shown), shown.report.window, true)],
  ['the limits as JSON', (shown) => limitsJson(ladder(shown), shown.report.window)],
  ['the capture', captureLines],
];

const flow = { netns: CONTAINER, source: 'x', destination: 'x', port: 1, protocol: 'x', count: 9 };

/** A record of every type, with every field that holds text. */
const RECORDS: readonly StreamRecord[] = [
  {
    ...NOTHING_SET,
    sysctlFiles: [
      sysctlFile('x', [['net/netfilter/nf_conntrack_max', 'x']], { linkTo: 'x' }),
      sysctlFile('x', [['x', 'x']], { maskedBy: 'x' }),
    ],
    moduleLoads: [{ file: 'x', line: 1, module: 'nf_conntrack', by: 'modules-load' }],
    moduleOptions: [{ file: 'x', line: 1, module: 'nf_conntrack', option: 'hashsize', value: 'x' }],
    reapplied: [{ file: 'x', line: 1, module: 'x', by: 'udev', sets: { key: 'x', value: 'x' }, prefix: 'x' }],
    unreadable: [{ what: 'x', why: 'x' }],
    kubeProxy: { pid: 1, comm: 'x' },
    services: [{ pid: 812, unit: 'x.service', nofile: { file: 'x', line: 1, value: '1024' }, by: 'unit' }],
  },
  {
    type: 'flows',
    elapsedMs: 0,
    sinceMs: 0,
    refused: [flow],
    refusedOthers: 1,
    opened: [flow],
    openedOthers: 1,
  },
  {
    type: 'ports',
    elapsedMs: 0,
    looked: [CONTAINER],
    ports: [{ netns: CONTAINER, source: 'x', destination: 'x', port: 1, used: 28_000, timeWait: 9 }],
  },
  { type: 'mark', elapsedMs: 0, note: 'x' },
  ...hostileRecords(),
  {
    ...COVERAGE,
    elapsedMs: 9000,
    unread: [
      { kind: 'listeners', count: 2, names: ['x', 'x'], why: 'x' },
      { kind: 'counters', count: null, names: ['x'], why: 'x' },
    ],
    unwatched: UNWATCHED_PATHS.map((id) => ({ id, seen: 'x' })),
  },
  {
    type: 'processes',
    elapsedMs: 9000,
    processes: [
      {
        pid: 812,
        comm: 'x',
        fds: 1020,
        fdLimit: 1024,
        cgroup: '/system.slice/x.service',
        tasks: { cgroup: '/x', used: 9, limit: 10, refused: 1 },
      },
    ],
  },
  tick(9500),
  { type: 'end', elapsedMs: 10_000, reason: 'x' },
];

type Path = readonly (string | number)[];

/** Where a value holds text. */
function textPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textPaths(item, [...path, key]));
}

function withText(value: unknown, [key, ...rest]: Path, text: string): unknown {
  if (key === undefined) return text;
  if (Array.isArray(value))
    return value.map((item: unknown, at) => (`${at}` === key ? withText(item, rest, text) : item));
  return { ...(value as object), [key]: withText((value as Record<string, unknown>)[key], rest, text) };
}

/** The record with that text hostile, or as it was where the decoder takes no such text (a type, a state). */
function hostileAt(record: StreamRecord, path: Path): StreamRecord {
  try {
    const changed = decodeRecord(withText(record, path, HOSTILE));
    return changed.type === 'unknown' ? record : changed;
  } catch {
    return record;
  }
}

const hostile = show(
  { ...HOSTILE_HEADER, bootId: HOSTILE },
  RECORDS.map((record) => textPaths(record).reduce(hostileAt, record)),
);

describe.each(PRODUCTS)('%s', (_name, write) => {
  it('prints no control, bidirectional or invisible character of any name', () => {
    const text = write(hostile);
    expect(text.length).toBeGreaterThan(100);
    expect(UNPRINTABLE.exec(text.replaceAll('\n', ''))).toBeNull();
  });
});

/** The names of the fields that a source file declares as text. */
function textFieldsOf(file: string): string[] {
  const source = readFileSync(fileURLToPath(new URL(`../../src/records/${file}`, import.meta.url)), 'utf8');
  return [...source.matchAll(/readonly (\w+)\??: (?:readonly )?string\b/g)].flatMap(([, name]) => name ?? []);
}

it('has every field of a record that holds text, also those that come later', () => {
  const named = new Set(
    [...RECORDS, hostile.header].flatMap((record) =>
      textPaths(record).flatMap((path) => path.filter((key) => Number.isNaN(Number(key)))),
    ),
  );
  // Of a record of a newer ctdiag only the type is held, and it is never printed.
  const fields = ['record.ts', 'settings.ts'].flatMap(textFieldsOf).filter((name) => name !== 'originalType');
  expect(fields.length).toBeGreaterThan(40);
  expect(fields.filter((name) => !named.has(name))).toEqual([]);
});
