import {
  chmodSync,
  mkdirSync,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  readlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { encodeCaptureHeader, openCaptureReader } from '../../src/capture/index.js';
import { HEADER, tick } from '../scenarios/stream.js';
import { bundledPath } from '../scenarios/bundled.js';
import { fileOf, read, scratch } from './files.js';

const header = encodeCaptureHeader(HEADER);
const changed = (changes: object): string =>
  JSON.stringify({ ...(JSON.parse(header) as object), ...changes });

describe('a file that cannot be read', () => {
  it('is missing', async () => {
    const path = join(scratch(), 'none.ctd');
    expect(await read(path)).toEqual({ code: 'missing', message: `${path} does not exist.` });
  });

  it('is a directory that is no ring', async () => {
    const path = join(scratch(), 'd');
    mkdirSync(path);
    expect(await read(path)).toEqual({
      code: 'empty',
      message: `${path} has no captures; fill it with \`ctdiag record --ring ${path}\`.`,
    });
  });

  it('is a directory of captures, which is no ring either', async () => {
    const path = join(scratch(), 'd');
    mkdirSync(path);
    writeFileSync(join(path, 'web-1.ctd.gz'), '');
    writeFileSync(join(path, 'web-2.ctd'), header);
    expect(await read(path)).toEqual({
      code: 'empty',
      message: `${path} is not a ring but has 2 captures in it; pass them as files: ${path}/*.ctd*.`,
    });
  });

  it.skipIf(process.getuid?.() === 0)('is not for us', async () => {
    const path = fileOf('x.ctd', header);
    chmodSync(path, 0o000);
    expect(await read(path)).toMatchObject({
      code: 'unreadable',
      message: `${path} cannot be read: permission denied.`,
    });
  });

  it.skipIf(!existsSync('/proc/self/mem'))('fails as it is read', async () => {
    expect(await read('/proc/self/mem')).toEqual({
      code: 'unreadable',
      message: '/proc/self/mem cannot be read: the disk reports an error (EIO).',
    });
  });
});

const NOT = 'is not a ctdiag capture; make one with `ctdiag record FILE`.';

describe('a file of another kind', () => {
  it.each<[what: string, content: string | Buffer, code: string, message: string]>([
    ['nothing', '', 'empty', 'is empty, or was cut off before its first line.'],
    ['a gzip of nothing', gzipSync(''), 'empty', 'is empty, or was cut off before its first line.'],
    [
      'a gzip that was cut off at once',
      gzipSync(header).subarray(0, 4),
      'empty',
      'is empty, or was cut off before its first line.',
    ],
    ['an empty line', '\n', 'empty', 'is empty, or was cut off before its first line.'],
    ['a program', readFileSync(process.execPath).subarray(0, 70_000), 'not-a-capture', NOT],
    ['text', 'Hello,\nworld\n', 'not-a-capture', NOT],
    ['a number', '1\n', 'not-a-capture', NOT],
    ['null', 'null\n', 'not-a-capture', NOT],
    ['a list', '["format"]\n', 'not-a-capture', NOT],
    ['other JSON', '{"name":"ctdiag","version":"0.1.0"}\n', 'not-a-capture', NOT],
    ['another format', '{"format":"pcap","version":1}\n', 'not-a-capture', NOT],
    ['a format that is no text', '{"format":["ctdiag-capture"],"version":1}\n', 'not-a-capture', NOT],
    ['a record without its header', `${JSON.stringify(tick(1))}\n`, 'not-a-capture', NOT],
    ['a gzip of something else', gzipSync('Hello,\nworld\n'), 'not-a-capture', NOT],
    [
      'the first bytes of a gzip, then something else',
      Buffer.from('\u001f\u008bHello, world', 'latin1'),
      'not-a-capture',
      NOT,
    ],
    ['a gzip in a gzip', gzipSync(gzipSync(header)), 'not-a-capture', NOT],
    ['five megabytes in one line', Buffer.alloc(5 << 20, 'x'), 'not-a-capture', NOT],
    ['a header of five megabytes', `${changed({ host: 'x'.repeat(5 << 20) })}\n`, 'not-a-capture', NOT],
    [
      'half a header',
      header.slice(0, -20),
      'bad-header',
      'the capture header is cut off or damaged; nothing can be read.',
    ],
    [
      'half a header and records',
      `${header.slice(0, -20)}\n${JSON.stringify(tick(1))}\n`,
      'bad-header',
      'the capture header is cut off or damaged; nothing can be read.',
    ],
    [
      'a header without a version',
      `${changed({ version: undefined })}\n`,
      'bad-header',
      'the capture header has no version; the file is damaged.',
    ],
    [
      'version "1"',
      `${changed({ version: '1' })}\n`,
      'bad-header',
      'the capture header has no version; the file is damaged.',
    ],
    [
      'version 1.5',
      `${changed({ version: 1.5 })}\n`,
      'bad-header',
      'the capture header has no version; the file is damaged.',
    ],
    [
      'version 0',
      `${changed({ version: 0 })}\n`,
      'bad-header',
      'the capture header has no version; the file is damaged.',
    ],
    [
      'a header without a host',
      `${changed({ host: null })}\n`,
      'bad-header',
      'the capture header is damaged (host: expected text).',
    ],
    [
      'a newer version',
      `${changed({ version: 2, host: 7 })}\n`,
      'newer-version',
      'is a capture of version 2, newer than this ctdiag reads (1); use a newer ctdiag.',
    ],
  ])('is refused in a sentence: %s', async (_what, content, code, message) => {
    const path = fileOf('x', content);
    const refused = await read(path);
    expect(refused).toMatchObject({ code });
    // The name comes first; nothing of the content is repeated.
    expect('message' in refused && refused.message.replace(path, '').replace(/^:? /, '')).toBe(message);
  });
});

it('reads a header alone as a capture of no records', async () => {
  for (const content of [header, `${header}\n`, gzipSync(header)])
    expect(await read(fileOf('x', content))).toMatchObject({
      header: HEADER,
      records: [],
      tail: { complete: false, torn: false },
    });
});

describe.skipIf(!existsSync('/proc/self/fd'))('a file is closed', () => {
  const openOnes = (path: string): string[] =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false;
      }
    });
  const lines = `${header}\n${`${JSON.stringify(tick(1))}\n`.repeat(100_000)}`;

  it.each<[what: string, content: string | Buffer]>([
    ['plain', lines],
    ['gzip', gzipSync(lines)],
    ['that is no capture', `no\n${lines}`],
    ['that is a gzip of no capture', gzipSync(`no\n${lines}`)],
  ])('when one stops in the middle: %s', async (_what, content) => {
    const path = fileOf('x', content);
    const reader = await openCaptureReader(path).catch(() => null);
    if (reader !== null)
      for await (const record of reader.records) {
        expect(record).toEqual(tick(1));
        break;
      }
    await vi.waitFor(() => expect(openOnes(path)).toEqual([]));
  });

  it('when it has been read to its end', async () => {
    const path = bundledPath('conntrack-table-full');
    await read(path);
    await vi.waitFor(() => expect(openOnes(path)).toEqual([]));
  });
});
