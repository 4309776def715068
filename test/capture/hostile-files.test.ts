import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { execaSync } from 'execa';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { encodeCaptureHeader, MAX_BAD_LINES } from '../../src/capture/index.js';
import { splitLines } from '../../src/capture/lines.js';
import { describeTruncation } from '../../src/playback/truncation.js';
import { bundledPath } from '../scenarios/bundled.js';
import { HEADER, kernel, tick } from '../scenarios/stream.js';
import { fileOf, read, scratch } from './files.js';
import { readAll, ticksIn } from './reading.js';

// Many files and much data: a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const captureOf = (...lines: (string | object)[]): string =>
  [encodeCaptureHeader(HEADER), ...lines]
    .map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
    .join('');

describe('lines that are no record', () => {
  it.each<[what: string, line: string]>([
    ['text', 'hello'],
    ['a number', '7'],
    ['two records', `${JSON.stringify(tick(1))}${JSON.stringify(tick(2))}`],
    ['half a record', '{"type":"tick","elap'],
    ['a malformed record', '{"type":"tick","elapsedMs":-1}'],
    ['a hundred thousand brackets', '['.repeat(100_000)],
    [
      'a record nested a hundred thousand deep',
      `{"type":"end","elapsedMs":1,"reason":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
    ['NUL bytes, as a power loss leaves them', '\u0000'.repeat(4096)],
    ['five megabytes', `{"type":"end","elapsedMs":1,"reason":"${'x'.repeat(5 << 20)}"}`],
    ['a second header', encodeCaptureHeader(HEADER)],
  ])('are counted and passed over: %s', async (_what, line) => {
    expect(await read(fileOf('x', captureOf(tick(0), line, tick(1))))).toMatchObject({
      records: [tick(0), tick(1)],
      tail: { badLines: 1, torn: false, complete: false, unknownRecords: 0 },
    });
  });

  it('are none: empty ones, and the line ends of Windows', async () => {
    const text = captureOf(tick(0), '', tick(1), '')
      .replaceAll('\n', '\r\n')
      .replaceAll('\r\n\r\n', '\r\n\n');
    expect(await read(fileOf('x', text))).toMatchObject({
      records: [tick(0), tick(1)],
      tail: { badLines: 0, torn: false },
    });
  });

  it('are kept and counted when they are of a newer ctdiag', async () => {
    const content = await read(
      fileOf(
        'x',
        captureOf({ type: 'weather', elapsedMs: 1, rain: true }, tick(2), {
          type: '__proto__',
          elapsedMs: 3,
        }),
      ),
    );
    expect(content).toMatchObject({
      records: [
        { type: 'unknown', originalType: 'weather' },
        tick(2),
        { type: 'unknown', originalType: '__proto__' },
      ],
      tail: { unknownRecords: 2, badLines: 0 },
    });
  });

  it('do not make a capture complete after all when they follow its end', async () => {
    const end = { type: 'end', elapsedMs: 1, reason: 'time' };
    expect(await read(fileOf('x', captureOf(end)))).toMatchObject({ tail: { complete: true } });
    expect(await read(fileOf('x', captureOf(end, tick(2))))).toMatchObject({ tail: { complete: false } });
  });
});

it('reads times that run backwards and repeats as they stand', async () => {
  const records = [tick(5000), kernel(9, {}), tick(1000), tick(1000)];
  expect(await read(fileOf('x', captureOf(...records)))).toMatchObject({ records });
});

it('gives a gigabyte in one line up after four megabytes of it', async () => {
  const chunk = Buffer.alloc(1 << 16, 'x');
  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.from('first\n');
    for (let sent = 0; sent < 1 << 30; sent += chunk.length) yield await Promise.resolve(chunk);
    yield Buffer.from('\nlast\n');
  }
  const lines: string[] = [];
  for await (const line of splitLines(chunks())) lines.push(line.text);
  expect(lines).toEqual(['first', '\u0000', 'last']);
});

it('passes over a quarter of a gigabyte of empty lines', async () => {
  const piece = gzipSync(Buffer.alloc(1 << 20, '\n'));
  const whole = Buffer.concat([
    gzipSync(captureOf(tick(0))),
    ...Array.from({ length: 256 }, () => piece),
    gzipSync(`${JSON.stringify(tick(1))}\n`),
  ]);
  expect(await read(fileOf('newlines.gz', whole))).toMatchObject({
    records: [tick(0), tick(1)],
    tail: { badLines: 0 },
  });
});

it('reads on behind a bomb: a hundred megabytes of zeros in a hundred kilobytes', async () => {
  const bomb = Buffer.concat([
    Buffer.from(captureOf(tick(0))),
    Buffer.alloc(100 << 20),
    Buffer.from(`\n${JSON.stringify(tick(1))}\n`),
  ]);
  expect(await read(fileOf('x.gz', gzipSync(bomb)))).toMatchObject({
    records: [tick(0), tick(1)],
    tail: { badLines: 1 },
  });
});

function count(bytes: Buffer, mark: Buffer): number {
  return bytes.toString('latin1').split(mark.toString('latin1')).length - 1;
}

describe('a damaged capture', () => {
  const gzip = readFileSync(bundledPath('accept-queue-overflow'));

  it.each([
    ['plain', gunzipSync(gzip)],
    ['gzip', gzip],
  ])('is read as far as it goes, or refused as a capture: %s', async (_what, bytes) => {
    const path = join(scratch(), 'x');
    const flips = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(flips, fc.boolean(), async (changes, atStart) => {
        const damaged = Buffer.from(bytes);
        for (const [at, mask] of changes) {
          const index = atStart ? at % 64 : at;
          damaged[index] = (damaged[index] ?? 0) ^ mask;
        }
        writeFileSync(path, damaged);
        const content = await read(path);
        if ('records' in content) expect(content.records.length).toBeLessThanOrEqual(bytes.length);
        else expect(content.code).toMatch(/^(not-a-capture|bad-header|newer-version|empty)$/);
      }),
      { numRuns: 150 },
    );
  });

  it('says that it is torn, though it got as far as its end', async () => {
    const wrongSum = Buffer.from(gzip);
    wrongSum[gzip.length - 8] = (wrongSum[gzip.length - 8] ?? 0) ^ 1;
    expect(await read(fileOf('x.gz', wrongSum))).toMatchObject({ tail: { torn: true } });
  });

  it('is read up to the last tick before the zeros that a power loss left, however short it is', async () => {
    const mark = Buffer.from([0, 0, 0xff, 0xff]);
    let sound = gzip.indexOf(mark) + mark.length;
    for (const ticks of [1, 2, 3, 10]) {
      while (count(gzip.subarray(0, sound), mark) < ticks) sound = gzip.indexOf(mark, sound) + mark.length;
      const content = await read(
        fileOf('x.gz', Buffer.concat([gzip.subarray(0, sound), Buffer.alloc(4096)])),
      );
      if (!('records' in content)) throw new Error(content.message);
      expect(content.records.filter((record) => record.type === 'tick')).toHaveLength(ticks);
      expect(content.records.at(-1)?.type).toBe('tick');
      expect(content.tail).toMatchObject({ torn: true, complete: false, badLines: 0 });
    }
  });

  it('of random bytes is refused', async () => {
    const path = join(scratch(), 'x');
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.boolean(),
        async (random, asGzip) => {
          writeFileSync(path, Buffer.concat([asGzip ? gzip.subarray(0, 10) : Buffer.alloc(0), random]));
          expect(await read(path)).toHaveProperty('code');
        },
      ),
      { numRuns: 200 },
    );
  });
});

it('are read of a ring whose clock was set back beyond what a Date holds', async () => {
  const directory = scratch();
  execaSync('tar', [
    'xf',
    fileURLToPath(new URL('../fixtures/cases/ring-clock-overflow.tar', import.meta.url)),
    '-C',
    directory,
  ]);
  const { reader, records } = await readAll(join(directory, 'ring'));
  const times = records.map((record) => new Date(reader.header.startedAtMs + record.elapsedMs).getTime());
  expect(times.filter(Number.isNaN)).toEqual([]);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(ticksIn(records)).toBe(6);
});

it('are not read on behind a hundred thousand damaged lines, and that is said', async () => {
  const header = encodeCaptureHeader(HEADER);
  const end = JSON.stringify({ type: 'end', elapsedMs: 0, reason: 'x' });
  const damaged = (lines: number): string => `${header}\n${'x\n'.repeat(lines)}${end}\n`;
  const { reader: few } = await readAll(fileOf('few.ctd', damaged(MAX_BAD_LINES - 1)));
  expect(few.tail).toMatchObject({ badLines: MAX_BAD_LINES - 1, complete: true });
  const { reader: many, records } = await readAll(fileOf('many.ctd', damaged(MAX_BAD_LINES + 5)));
  expect(records).toEqual([]);
  expect(many.tail).toMatchObject({ badLines: MAX_BAD_LINES, complete: false });
  expect(describeTruncation('x', many.tail)).toBe('x: 100000 damaged lines left out; reading stopped there.');
});
