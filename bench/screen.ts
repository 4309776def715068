import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { frameCost, median } from './screen/frames.js';
import { startLoad } from './screen/load.js';
import { costOfCommand, timeUntil } from './screen/on-terminal.js';
import type { Cost } from './screen/on-terminal.js';

// What the screen costs, as ratios measured in one run; the budgets are in CONTRIBUTING.md. Needs `npm run build`.
const ROUNDS = 9;
const NODE = process.execPath;
const TOP = `${NODE} dist/cli.js top --source counters`;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

say(
  `${cpus().length} cores, Node ${process.versions.node}; medians of ${ROUNDS} rounds, each round all of them\n`,
);

const times = {
  nothing: [] as number[],
  node: [] as number[],
  first: [] as number[],
  figures: [] as number[],
};
for (let round = 0; round < ROUNDS; round += 1) {
  times.nothing.push(await timeUntil('true', null));
  times.node.push(await timeUntil(`${NODE} -e 0`, null));
  times.first.push(await timeUntil(TOP, 'ctdiag'));
  times.figures.push(await timeUntil(TOP, '%'));
}
// What the terminal and the shell take is in every figure, and would flatter the ratio.
const nothing = median(times.nothing);
const node = median(times.node) - nothing;
const row = (name: string, ms: number): void =>
  say(
    `${name.padEnd(44)} ${(ms - nothing).toFixed(0).padStart(6)} ms ${((ms - nothing) / node).toFixed(1).padStart(6)} x`,
  );
say('START, against node -e 0 on the same terminal (budget of the first frame: under 6 x)');
row('node -e 0', median(times.node));
row('ctdiag top: the first frame', median(times.first));
row('ctdiag top: the first figures', median(times.figures));

say('\nA FRAME, replaying a recorded incident: every frame of it drawn');
for (const [columns, rows] of [
  [80, 24],
  [120, 36],
  [200, 60],
] as const) {
  const { stateMs, drawMs, bytes } = await frameCost(columns, rows);
  say(
    `${`${columns}x${rows}`.padEnd(12)} diagnosis ${stateMs.toFixed(1).padStart(5)} ms   drawing ${drawMs.toFixed(1).padStart(5)} ms   ${bytes} bytes to the terminal`,
  );
}

/** What a part takes by default; BENCH_SECONDS shortens both. */
const seconds = (standard: number): number => Number(process.env['BENCH_SECONDS'] ?? standard);
const others = ['top -d 1', 'atop 1', 'iptstate'].filter((text) => exists(text.split(' ')[0] ?? ''));
const absent = ['atop', 'iptstate'].filter((text) => !exists(text));
if (absent.length > 0) say(`\nnot installed, so not measured: ${absent.join(', ')}`);

say(`\nRUNNING at one frame a second, 80x24, idle, ${seconds(30)} s, beside others`);
await compare('', seconds(30));

const rate = Number(process.env['BENCH_RATE'] ?? 10_000);
say(`\nRUNNING while ${rate} connections a second are opened and closed, ${seconds(600)} s, beside others`);
if (process.geteuid?.() === 0) {
  const load = await startLoad(rate, seconds(600) + 60);
  const [before, begun] = [load.accepted(), performance.now()];
  await compare(load.enter, seconds(600));
  const paced = (load.accepted() - before) / ((performance.now() - begun) / 1000);
  load.stop();
  say(`the kernel counted ${Math.round(paced)} connections a second`);
} else say('left out: the network namespace for it needs root');
process.exit(0);

/** All at once, so that each has the same machine; `enter` puts them where the load is. */
async function compare(enter: string, forSec: number): Promise<void> {
  const costs: [string, Cost][] = await Promise.all(
    [TOP, ...others].map(async (command): Promise<[string, Cost]> => [
      command.replace(NODE, 'node'),
      await costOfCommand(`${enter}${command}`, 5000, forSec * 1000),
    ]),
  );
  for (const [command, { cpu, residentMb, grownMb }] of costs)
    say(
      `${command.padEnd(44)} ${(cpu * 100).toFixed(1).padStart(6)} % of a core ${residentMb.toFixed(0).padStart(6)} MB (${grownMb.toFixed(0)} more than after 5 s)`,
    );
}

function exists(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
