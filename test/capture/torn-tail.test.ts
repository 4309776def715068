import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../src/records/index.js';
import { everySecond, HEADER, kernel, listening } from '../scenarios/stream.js';
import { read, scratch, write } from './files.js';
import type { Content } from './files.js';

const RECORDS: readonly StreamRecord[] = [
  ...everySecond(2, (second) => [
    kernel(second * 1000, { 'nf_conntrack.drop': second, 'softnet.dropped': second % 2 }),
    listening(second * 1000, { owner: { pid: second, comm: 'bröker' } }),
  ]),
  { type: 'end', elapsedMs: 2001, reason: 'time' },
];

/** What should be read of so many bytes of the lines, found without the reader. */
function expected(text: Buffer, length: number): Content | { readonly code: string } {
  const ends = [...text.keys()].filter((at) => text[at] === 0x0a);
  const [headerEnd = 0, ...recordEnds] = ends;
  if (length === 0) return { code: 'empty' };
  if (length < headerEnd)
    return { code: length < '{"format":"ctdiag-capture"'.length ? 'not-a-capture' : 'bad-header' };
  // A line is there once its last byte before the newline is.
  const records = RECORDS.slice(0, recordEnds.filter((end) => end <= length).length);
  return {
    header: HEADER,
    records,
    tail: {
      complete: records.length === RECORDS.length,
      torn: ends.every((end) => length !== end && length !== end + 1),
      badLines: 0,
      unknownRecords: 0,
      exceeded: new Map(),
    },
  };
}

describe('a capture that is cut at any byte', () => {
  it.each(['x.ctd', 'x.ctd.gz'])(
    'reads to the last whole line, and says whether the tail is torn: %s',
    async (name) => {
      const directory = scratch();
      const path = join(directory, name);
      await write(path, RECORDS);
      const bytes = readFileSync(path);
      const isGzip = name.endsWith('.gz');
      const text = isGzip ? gunzipSync(bytes) : bytes;
      for (let length = 0; length <= bytes.length; length += 1) {
        const cut = bytes.subarray(0, length);
        writeFileSync(path, cut);
        const left =
          isGzip && length > 0 ? gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).length : length;
        expect(await read(path), `cut at ${length}`).toMatchObject(expected(text, left));
      }
    },
    60_000,
  );

  it('holds everything up to the last tick, for each is flushed', async () => {
    const path = join(scratch(), 'x.ctd.gz');
    await write(path, RECORDS);
    const bytes = readFileSync(path);
    // What Z_SYNC_FLUSH leaves in the stream.
    const mark = Buffer.from([0, 0, 0xff, 0xff]);
    const ticks = RECORDS.flatMap((record, index) => (record.type === 'tick' ? [index + 1] : []));
    let at = 0;
    for (const count of ticks) {
      at = bytes.indexOf(mark, at) + mark.length;
      writeFileSync(path, bytes.subarray(0, at));
      expect(await read(path)).toMatchObject({
        records: RECORDS.slice(0, count),
        tail: { complete: false, torn: false },
      });
    }
    expect(bytes.indexOf(mark, at)).toBe(-1);
  });
});
