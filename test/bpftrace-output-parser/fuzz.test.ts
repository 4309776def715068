import fc from 'fast-check';
import { expect, it } from 'vitest';

import { bothReadings, fuzzCase, runCase } from './mutations.js';

// 100,000 cases and more: npm run torture.
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
    fc.property(fuzzCase, (given) => {
      const [whole, split] = bothReadings(given);
      expect(split).toBe(whole);
    }),
    { numRuns: 500 },
  );
});
