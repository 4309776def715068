import fc from 'fast-check';
import { expect, it } from 'vitest';

import { fuzzCase, runCase } from './mutations.js';
import { parseChunks } from './parse.js';
import { render, renderError } from './render.js';

// The long run, 100,000 cases and more, is scripts/fuzz-parser.ts.
it('nothing makes the parser throw, hang, or report more than there was', () => {
  fc.assert(
    fc.property(fuzzCase, (given) => {
      expect(runCase(given).ms).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 1000 },
  );
});

it('broken input, too, is read alike however it is split', () => {
  fc.assert(
    fc.property(fuzzCase, ({ bytes, piece, settings: { maxBufferBytes: _, ...settings } }) => {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece));
      const whole = parseChunks([bytes], settings);
      const split = parseChunks(pieces, settings);
      expect(split.records.map(render)).toEqual(whole.records.map(render));
      expect(split.errors.map(renderError)).toEqual(whole.errors.map(renderError));
    }),
    { numRuns: 500 },
  );
});
