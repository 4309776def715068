import fc from 'fast-check';
import { program } from '../../src/cli/program.js';
import { bothReadings, fuzzCase, runCase } from '../../test/bpftrace-output-parser/mutations.js';
import { judgeText, textTargets } from '../../test/torture/texts.js';
import type { Torture } from './torture.js';

/** What settings, plans, state files, tools and bpftrace may say. */
export function textTortures(folder: string): readonly Torture[] {
  const targets = textTargets(
    folder,
    program(() => undefined),
  );
  return [
    ...targets.map((target) => ({
      name: `texts: ${target.name}`,
      round: (seed: number) => judgeText(target, seed),
    })),
    {
      name: "bpftrace's output",
      round: (seed) => Promise.resolve(parse(seed)),
    },
  ];
}

function parse(seed: number): string | null {
  for (const given of fc.sample(fuzzCase, { numRuns: 1, seed })) {
    try {
      runCase(given);
    } catch (error) {
      return String(error);
    }
    const [whole, split] = bothReadings(given);
    if (split !== whole) return `split: ${split}\nwhole: ${whole}`;
  }
  return null;
}
