// Hurts ctdiag for as long as one likes, in every way that is known, each in turn, and watches that nothing grows:
// npm run torture -- [--seconds 600] [--cases 100000] [--seed N] [--only NAME]...
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { captureTortures } from './torture/captures.js';
import { childTortures } from './torture/children.js';
import { growthBetween, heldNow } from './torture/growth.js';
import { ringTortures } from './torture/rings.js';
import { textTortures } from './torture/texts.js';
import type { Torture } from './torture/torture.js';

/** How long each has its turn. */
const TURN_MS = 1000;
/** Caches and compiled code are there after so many rounds of turns. */
const WARM_TURNS = 3;
const MOST_SHOWN = 20;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    only: { type: 'string', multiple: true, default: [] },
  },
});
const [seconds, cases, seed] = [values.seconds, values.cases, values.seed].map(Number) as [
  number,
  number,
  number,
];
const folder = mkdtempSync(join(tmpdir(), 'ctdiag-torture-'));
const wrong: string[] = [];

interface Progress {
  readonly torture: Torture;
  done: number;
  slowestMs: number;
}

async function takeTurn(progress: Progress, until: number): Promise<void> {
  const { torture } = progress;
  const end = Math.min(until, performance.now() + TURN_MS);
  while (progress.done < cases && performance.now() < end) {
    const begun = performance.now();
    const number = seed + progress.done;
    let said: string | null;
    try {
      said = await torture.round(number);
    } catch (error) {
      said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    progress.slowestMs = Math.max(progress.slowestMs, performance.now() - begun);
    progress.done += 1;
    if (said !== null) wrong.push(`${torture.name}, --seed ${number}: ${said}`);
  }
}

try {
  const all = [
    ...textTortures(folder),
    ...captureTortures(folder),
    ...childTortures(),
    ...ringTortures(folder),
  ];
  const chosen = all.filter(
    ({ name }) => values.only.length === 0 || values.only.some((part) => name.includes(part)),
  );
  console.log(`seed ${seed}: ${chosen.map(({ name }) => name).join(', ')}`);
  const progresses = chosen.map((torture): Progress => ({ torture, done: 0, slowestMs: 0 }));
  const until = performance.now() + seconds * 1000;
  let before = heldNow();
  for (let turn = 0; performance.now() < until && progresses.some(({ done }) => done < cases); turn += 1) {
    for (const progress of progresses) await takeTurn(progress, until);
    if (turn < WARM_TURNS) before = heldNow();
  }
  const after = heldNow();
  wrong.push(...growthBetween(before, after));
  for (const { torture, done, slowestMs } of progresses)
    console.log(`${torture.name}: ${done} rounds, the slowest ${slowestMs.toFixed(0)} ms`);
  const { heapMiB, descriptors, children } = after;
  const most = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `at the end ${heapMiB} MiB of heap, ${descriptors} descriptors, ${children} children; at most ${most} MiB resident`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const line of wrong.slice(0, MOST_SHOWN)) console.log(line);
console.log(wrong.length === 0 ? 'nothing is wrong' : `${wrong.length} wrong (seed ${seed})`);
process.exitCode = wrong.length === 0 ? 0 : 1;
