import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CaptureError, createRedactor, openCaptureReader } from '../../src/capture/index.js';
import { createSession } from '../../src/playback/session.js';
import { describeTruncation } from '../../src/playback/truncation.js';
import { diagnose } from '../../src/diagnose/index.js';
import { createTrend, createWindow } from '../../src/model/index.js';
import { formatReport, REPORT_FORMATS, safeText } from '../../src/render/index.js';
import { bundledPath } from '../scenarios/bundled.js';
import { NASTY } from '../scenarios/hostile.js';

/** Numbers that look random and are the same each time. */
type Below = (below: number) => number;

function figures(seed: number): Below {
  let state = (seed * 2_654_435_761) >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The first seconds of real captures, and some from the middle of the incident. */
const FIXTURES = (['conntrack-table-full', 'accept-queue-overflow'] as const).map((name) => {
  const lines = gunzipSync(readFileSync(bundledPath(name)))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  const middle = Math.floor(lines.length * 0.6);
  return [...lines.slice(0, 30), ...lines.slice(middle, middle + 40)];
});

/** What no reader expects of a value, as JSON. */
const EVIL: readonly string[] = [
  'null',
  'true',
  '-1',
  '-0',
  '1e308',
  '1e999',
  '-1e999',
  '0.1',
  '9007199254740993',
  'NaN',
  'Infinity',
  '""',
  JSON.stringify(NASTY),
  JSON.stringify(`<script>alert(1)</script>"'&|\`${NASTY}`),
  JSON.stringify('x'.repeat(20_000)),
  '[]',
  '{}',
  '[[[[[[]]]]]]',
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  '"__proto__"',
  '['.repeat(5000) + ']'.repeat(5000),
  JSON.stringify(Array.from({ length: 300 }, () => ({ pid: 1, comm: NASTY, fds: 1, fdLimit: 1 }))),
];

/** A file that hurts, by its number. */
function fileOf(seed: number): Buffer {
  const below = figures(seed);
  const lines = [...(FIXTURES[below(FIXTURES.length)] ?? [])];
  const pick = (): number => below(lines.length);
  const evil = (): string => EVIL[below(EVIL.length)] ?? 'null';
  switch (seed % 10) {
    case 0:
      return flipped(Buffer.from(joined(lines)), below);
    case 1:
      return flipped(gzipSync(joined(lines), { level: 1 }), below);
    case 2:
      return randomBytes(below, 1 + below(3000));
    case 3: {
      const head = Buffer.from(`${lines[0] ?? ''}\n`);
      return Buffer.concat([head, randomBytes(below, below(3000))]);
    }
    case 4:
    case 5:
      // A value somewhere becomes another.
      for (let left = 1 + below(6); left > 0; left -= 1) {
        const at = pick();
        const line = lines[at] ?? '';
        const values = [...line.matchAll(/:(?:"(?:[^"\\]|\\.)*"|-?\d+|null|\[|\{)/g)];
        const value = values[below(values.length)];
        if (value === undefined) continue;
        const [text] = value;
        const end = value.index + text.length;
        const opens = text === ':[' || text === ':{';
        lines[at] =
          `${line.slice(0, value.index + 1)}${evil()}${opens ? ',"more":' : ''}${line.slice(opens ? end - 1 : end)}`;
      }
      return Buffer.from(joined(lines));
    case 6:
      // Every text is nasty.
      return Buffer.from(
        joined(
          lines.map((line) =>
            line.replace(
              /("(?:host|kernel|label|comm|reason|why|what|address|hook|variant|bpftraceVersion|note)":)"[^"]*"/g,
              `$1${JSON.stringify(NASTY)}`,
            ),
          ),
        ),
      );
    case 7:
      // Time runs as it likes.
      return Buffer.from(
        joined(
          lines.map((line) =>
            line.replace(
              /"elapsedMs":\d+/,
              () => `"elapsedMs":${below(2 ** 31) * (below(50) === 0 ? 1e6 : 1)}`,
            ),
          ),
        ),
      );
    case 8: {
      for (let left = 30; left > 0; left -= 1) {
        const [a, b] = [1 + below(lines.length - 1), 1 + below(lines.length - 1)];
        [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
      }
      const whole = gzipSync(joined(lines), { level: 1 });
      return whole.subarray(0, below(whole.length + 1));
    }
    default: {
      const piece = `{"type":"${['sample', 'listeners', 'weather', '__proto__', 'settings'][below(5)] ?? ''}","elapsedMs":${evil()},"values":${evil()},"listeners":${evil()},"netns":${below(9)},"source":"kernel"}`;
      lines.splice(pick() + 1, 0, ...Array.from({ length: 1 + below(20) }, () => piece));
      return Buffer.from(joined(lines));
    }
  }
}

function joined(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function randomBytes(below: Below, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => below(256)));
}

function flipped(bytes: Buffer, below: Below): Buffer {
  for (let left = 1 + below(8); left > 0; left -= 1) bytes[below(bytes.length)] = below(256);
  return bytes;
}

/** A bomb: `megabytes` of one line, in a thousandth of that. */
export function bombOf(megabytes: number): Buffer {
  const begin = Buffer.from(joined((FIXTURES[0] ?? []).slice(0, 20)));
  const piece = gzipSync(Buffer.alloc(1 << 20, 'x'));
  const end = gzipSync(`\n${joined((FIXTURES[0] ?? []).slice(20))}`);
  return Buffer.concat([gzipSync(begin), ...Array.from({ length: megabytes }, () => piece), end]);
}

/**
 * A crowd: valid records, each of a namespace, a socket, a process and a name of its own, `thousands` of them. A frame
 * ends ten times.
 */
export function crowdOf(thousands: number): Buffer {
  const lines = [(FIXTURES[0] ?? [])[0] ?? ''];
  const rounds = thousands * 200;
  for (let round = 0; round < rounds; round += 1) {
    const at = `"elapsedMs":${round}`;
    const comm = `worker-${round}-${'x'.repeat(round % 50)}`;
    lines.push(
      `{"type":"sample",${at},"source":"kernel","netns":${round},"values":{"nf_conntrack.drop":${round},"softnet.dropped":1}}`,
      `{"type":"listeners",${at},"listeners":[{"netns":${round},"address":"10.0.0.1","port":${round % 65_536},"inode":${round},"acceptQueue":1,"backlog":1,"drops":0,"overflows":${round},"owner":{"pid":${round},"comm":"${comm}"}}]}`,
      `{"type":"processes",${at},"processes":[{"pid":${round},"comm":"${comm}","fds":9,"fdLimit":10}]}`,
      `{"type":"netns",${at},"netns":${round},"label":"${comm}"}`,
      `{"type":"${round % 2 === 0 ? 'mark' : 'end'}",${at},"${round % 2 === 0 ? 'note' : 'reason'}":"${comm}"}`,
    );
    if (round % Math.ceil(rounds / 10) === 0) lines.push(`{"type":"tick",${at}}`);
  }
  return Buffer.from(joined(lines));
}

const RAW =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])/;

/**
 * Reads a hostile file as diagnose, replay and redact do; what was wrong with how it went, `null` when nothing was:
 * an error that is no sentence, or something of the file raw in what would be printed.
 */
export async function judge(path: string, bytes: Buffer, seed: number): Promise<string | null> {
  writeFileSync(path, bytes);
  const printed: string[] = [];
  try {
    const reader = await openCaptureReader(path);
    const session = createSession(reader.header, true);
    const redactor = createRedactor();
    redactor.header(reader.header);
    const window = createWindow(reader.header);
    const trend = createTrend();
    for await (const record of reader.records) {
      redactor.record(record);
      if (session.take(record))
        for (const frame of session.at(session.length - 1).frames.slice(-1)) {
          window.add(frame);
          trend.add(frame);
        }
    }
    session.settle();
    session.at(seed % Math.max(1, session.length));
    printed.push(describeTruncation(reader.name, reader.tail) ?? '');
    const seen = window.build();
    if (seen !== null) {
      const report = { diagnosis: diagnose(seen), window: seen, trend: trend.build(), version: '0' };
      const format = REPORT_FORMATS[seed % REPORT_FORMATS.length] ?? 'text';
      printed.push(formatReport(format, report));
    }
  } catch (error) {
    if (!(error instanceof CaptureError))
      return `no sentence: ${error instanceof Error ? (error.stack ?? '') : String(error)}`;
    // As the command line prints it.
    printed.push(safeText(error.message, 2000));
  }
  if ('polluted' in {}) return 'it reached the prototype of all objects';
  const raw = printed.map((text) => RAW.exec(text)).find((found) => found !== null);
  return raw === undefined
    ? null
    : `raw: ${JSON.stringify(raw.input.slice(Math.max(0, raw.index - 60), raw.index + 20))}`;
}

/** The same of the hostile file with that number. */
export function judgeCase(path: string, seed: number): Promise<string | null> {
  return judge(path, fileOf(seed), seed);
}
