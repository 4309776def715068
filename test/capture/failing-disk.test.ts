import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { bundledPath } from '../scenarios/bundled.js';
import { read } from './files.js';

const bytes = readFileSync(bundledPath('conntrack-table-full'));

vi.mock('node:fs', async (original) => ({
  ...(await original<object>()),
  createReadStream: (path: string) =>
    Readable.from(
      (function* () {
        yield (path === 'plain' ? gunzipSync(bytes) : bytes).subarray(0, 4000);
        throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      })(),
    ),
}));

it.each(['plain', 'gzip'])(
  'a disk that fails in the middle is told, not taken for a torn tail: %s',
  async (path) => {
    expect(await read(path)).toEqual({
      code: 'unreadable',
      message: `${path} cannot be read: the disk reports an error (EIO).`,
    });
  },
);
