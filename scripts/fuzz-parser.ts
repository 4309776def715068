// The long run of the parser's fuzz test: `npm run fuzz:parser` (100,000 cases), or `-- 1000000 42` for as many and
// with that seed. Prints what was run and the memory held at the end; a failing case is shrunk and printed.
import fc from 'fast-check';

import { bothReadings, fuzzCase, runCase } from '../test/bpftrace-output-parser/mutations.js';

const [runs = 100_000, seed = Date.now() & 0x7fffffff] = process.argv.slice(2).map(Number);
let cases = 0;
let records = 0;
let errors = 0;
let slowest = 0;
fc.assert(
  fc.property(fuzzCase, (given) => {
    const outcome = runCase(given);
    cases++;
    records += outcome.records;
    errors += outcome.errors;
    slowest = Math.max(slowest, outcome.ms);
    const [whole, split] = bothReadings(given);
    if (split !== whole) throw new Error(`split: ${split}\nwhole: ${whole}`);
  }),
  { numRuns: runs, seed },
);
const heapMiB = process.memoryUsage().heapUsed / 2 ** 20;
console.log(
  `${cases} cases (seed ${seed}): ${records} records, ${errors} errors, none thrown, all alike when split; ` +
    `slowest ${slowest.toFixed(1)} ms; heap ${heapMiB.toFixed(0)} MiB`,
);
