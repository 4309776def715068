// Reads 100,000 hostile captures as diagnose, replay and redact would: npm run fuzz:capture [COUNT] [FIRST].
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bombOf, crowdOf, judge, judgeCase } from '../test/capture/fuzzing.js';

const count = Number(process.argv[2] ?? 100_000);
const first = Number(process.argv[3] ?? 0);
/** Bombs are slow: a gigabyte each, so few of them. */
const BOMB_MEGABYTES = [100, 1024];
/** Crowds are slow as well: of a million different things some tens of thousands are followed. */
const CROWD_THOUSANDS = [50, 1000];
const folder = mkdtempSync(join(tmpdir(), 'ctdiag-fuzz-'));
const path = join(folder, 'case');
const wrong: string[] = [];
let slowest = { ms: 0, what: '' };

async function take(what: string, run: () => Promise<string | null>): Promise<void> {
  const begun = performance.now();
  const said = await run();
  const ms = performance.now() - begun;
  if (ms > slowest.ms) slowest = { ms, what };
  if (said !== null) wrong.push(`${what}: ${said}`);
}

try {
  for (const megabytes of BOMB_MEGABYTES)
    await take(`bomb of ${megabytes} MB`, () => judge(path, bombOf(megabytes), megabytes));
  console.log(`bombs: slowest ${slowest.what}, ${slowest.ms.toFixed(0)} ms`);
  slowest = { ms: 0, what: '' };
  for (const thousands of CROWD_THOUSANDS) {
    await take(`crowd of ${thousands},000`, () => judge(path, crowdOf(thousands), thousands));
    const memory = (process.resourceUsage().maxRSS / 1024).toFixed(0);
    console.log(`crowd of ${thousands},000: ${slowest.ms.toFixed(0)} ms at most, up to here ${memory} MiB`);
  }
  slowest = { ms: 0, what: '' };
  for (let seed = first; seed < first + count; seed += 1) {
    await take(`case ${seed}`, () => judgeCase(path, seed));
    if ((seed + 1) % 10_000 === 0) console.log(`${seed + 1} cases, ${wrong.length} wrong`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const memory = (process.resourceUsage().maxRSS / 1024).toFixed(0);
console.log(
  `${count} cases, ${wrong.length} wrong; slowest ${slowest.what}, ${slowest.ms.toFixed(0)} ms; at most ${memory} MiB`,
);
for (const line of wrong.slice(0, 20)) console.log(line);
process.exitCode = wrong.length === 0 ? 0 : 1;
