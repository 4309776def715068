import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { goldens, parse, parseChunks, type Parsed } from './parse.js';
import { render, renderError } from './render.js';

/** All that a parse says, in one text that is quick to compare. */
function reading({ records, errors }: Parsed): string {
  return [...records.map(render), ...errors.map(renderError)].join('\n');
}

describe('any split of the bytes gives the same records', () => {
  it.each(goldens())('every offset of $version $file', ({ bytes }) => {
    const whole = reading(parse(bytes));
    for (let at = 1; at < bytes.length; at++) {
      const split = reading(parseChunks([bytes.subarray(0, at), bytes.subarray(at)]));
      // `expect` on each would take most of the time.
      if (split !== whole) expect(split, `split at ${at}`).toBe(whole);
    }
  });

  it('every byte alone', () => {
    for (const { version, file, bytes } of goldens()) {
      const single = parseChunks(Array.from(bytes, (byte) => Uint8Array.of(byte)));
      expect(reading(single), `${version} ${file}`).toBe(reading(parse(bytes)));
    }
  });

  it('random pieces, the caller writing over each after it was fed', () => {
    const all = goldens();
    fc.assert(
      fc.property(
        fc.nat(all.length - 1),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (i, sizes) => {
          const bytes = all[i]?.bytes ?? new Uint8Array();
          expect(reading(parseChunks(pieces(bytes, sizes)))).toBe(reading(parse(bytes)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('bad lines too, with the same errors at the same places', () => {
    const lines = [
      '{"type": "map", "data": {"@x": [1}}',
      'noise',
      '{"type": "map"}',
      '{"type": "printf", "data": "é',
      '',
    ];
    const bytes = new TextEncoder().encode(lines.join('\n'));
    const whole = reading(parse(bytes));
    for (let at = 1; at < bytes.length; at++) {
      expect(reading(parseChunks([bytes.subarray(0, at), bytes.subarray(at)])), `split at ${at}`).toBe(whole);
    }
  });

  it('text and bytes alike', () => {
    for (const { bytes } of goldens()) {
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
      if (text.includes('\ufffd')) continue;
      expect(reading(parse(text))).toBe(reading(parse(bytes)));
    }
  });
});

function* pieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    // Not `slice`, which for Node's Buffer is no copy.
    const piece = Uint8Array.from(bytes.subarray(at, at + size));
    yield piece;
    piece.fill(0x7b);
    at += size;
  }
}
