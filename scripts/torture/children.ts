import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createToolRunner } from '../../src/sources/tools/run-tool.js';
import { seededRandom } from '../../test/random.js';
import type { Torture } from './torture.js';

/** How children misbehave; MARK becomes a number that finds what is left of them. */
const SCRIPTS: readonly string[] = [
  'sleep MARK & echo left behind',
  "trap '' TERM INT HUP; sleep MARK & wait; sleep MARK",
  'exec 1>&- 2>&-; sleep MARK',
  'head -c 50000000 /dev/zero; sleep MARK',
  'yes line',
  'kill -9 $$',
  'kill -STOP $$',
  'printf half; exit 3',
  'sleep MARK | cat',
  'echo wrong >&2; (sleep MARK; echo late) & exit 1',
  'exit 127',
];
const MAX_BYTES = 1 << 20;
/** What was killed is given so long to go. */
const PATIENCE_MS = 10_000;

/** Tools that hang, flood, fork and die. */
export function childTortures(): readonly Torture[] {
  return [{ name: 'children', round: runOnce }];
}

async function runOnce(seed: number): Promise<string | null> {
  const random = seededRandom(seed);
  const mark = 1_000_000 + (seed % 100_000_000);
  const script = (SCRIPTS[Math.floor(random() * SCRIPTS.length)] ?? '').replaceAll('MARK', String(mark));
  const tools = createToolRunner();
  let characters = 0;
  const running = tools.run(['sh', '-c', script], (line) => (characters += line.length + 1), {
    timeoutMs: 50 + Math.floor(random() * 500),
    maxBytes: MAX_BYTES,
  });
  if (random() < 0.3) {
    await sleep(random() * 100);
    tools.kill();
  }
  const end = await running;
  if (characters > MAX_BYTES + 1) return `${script}: ${characters} characters of ${MAX_BYTES}`;
  if (end.isCut && !end.failed) return `${script}: cut off, and a success`;
  const until = performance.now() + PATIENCE_MS;
  for (let left = runningWith(mark); left !== null; left = runningWith(mark)) {
    if (performance.now() > until) return `${script}: left ${left}`;
    await sleep(20);
  }
  return null;
}

/** The command line of a process that has the number in it. */
function runningWith(mark: number): string | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (line.includes(String(mark))) return line;
    } catch {
      // It has ended.
    }
  }
  return null;
}
