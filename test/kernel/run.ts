import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { defaultDistro, distros, isDistro, type Distro } from './distros.js';
import { isPrepared } from './kernels.js';
import { runScenario, type Outcome, type Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { reliabilityLines } from '../scenarios/reliability.js';
import { turnsOf, whyNotRun, type Turn } from './turns.js';
import { predictionsOf, tableOf } from './verdicts.js';
import { checkout } from './vm.js';

const usage = `npm run test:kernel -- [options]
  --distro ${distros.join('|')}|all  (default ${defaultDistro}; may be repeated)
  --scenario NAME                        only this one; may be repeated
  --ci SECONDS                           ${defaultDistro} whole, then a short set on the others, as far as the time goes
  --list                                 names and purposes
  --keep                                 keeps the results of what passed, too
  --verbose                              shows the guests' consoles`;

const distroWidth = Math.max(...distros.map(({ length }) => length));
const nameWidth = Math.max(...scenarios.map(({ name }) => name.length));

/** Memory file systems of the guests, mounted over what the host has there. */
const OF_GUESTS = /^\/(?:tmp|run|dev\/shm)\//;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = await readOptions();
  if (typeof options === 'string') {
    console.error(`${options}\n\n${usage}`);
    return 64;
  }
  if (options.list) {
    for (const { name, purpose } of scenarios) console.log(`${name.padEnd(nameWidth)}  ${purpose}`);
    return 0;
  }
  if (OF_GUESTS.test(checkout)) {
    console.error(`Guests have a /tmp and a /run of their own, which hide ${checkout}: clone it elsewhere.`);
    return 69;
  }
  await execa('sh', [fileURLToPath(new URL('./install.sh', import.meta.url))], { stdio: 'inherit' });
  const { outcomes, notRun } = await runAll(options);
  const verdicts = outcomes.flatMap((outcome) => outcome.verdicts);
  if (verdicts.length > 0) console.log(`\n${tableOf(verdicts)}`);
  const reliability = reliabilityLines(predictionsOf(verdicts));
  if (reliability.length > 0) console.log(`\n${reliability.join('\n')}`);
  const failed = outcomes.filter(({ failures }) => failures.length > 0).length;
  const left = notRun === 0 ? '' : `, ${notRun} not run`;
  console.log(`\n${outcomes.length - failed} passed, ${failed} failed${left}`);
  return failed === 0 ? 0 : 1;
}

interface Options {
  readonly turns: readonly Turn[];
  /** For all of them. */
  readonly budgetMs: number;
  readonly list: boolean;
  readonly keep: boolean;
  readonly verbose: boolean;
}

/** A string says what is wrong with the command line. */
async function readOptions(): Promise<Options | string> {
  try {
    const { values } = parseArgs({
      options: {
        distro: { type: 'string', multiple: true, default: [defaultDistro] },
        scenario: { type: 'string', multiple: true, default: [] },
        ci: { type: 'string' },
        list: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
      },
    });
    const scenarios = chosen(values.scenario);
    if (values.ci !== undefined)
      return { ...values, turns: turnsOf(await commit(), scenarios), budgetMs: readBudget(values.ci) };
    const turns = values.distro
      .flatMap(readDistro)
      .flatMap((distro) => scenarios.map((scenario) => ({ distro, scenario })));
    return { ...values, turns, budgetMs: Infinity };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What is left of the time may be less than nothing. */
function readBudget(seconds: string): number {
  if (!/^-?\d+$/.test(seconds)) throw new Error(`${seconds} is not a number of seconds.`);
  return Number(seconds) * 1000;
}

async function commit(): Promise<string> {
  const { stdout } = await execa('git', ['-C', checkout, 'rev-parse', 'HEAD'], { reject: false });
  return stdout;
}

function readDistro(name: string): readonly Distro[] {
  if (name === 'all') return distros;
  if (!isDistro(name)) throw new Error(`There is no distribution ${name} here.`);
  return [name];
}

function chosen(names: readonly string[]): readonly Scenario[] {
  const strange = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (strange !== undefined) throw new Error(`There is no scenario ${strange}; --list names them.`);
  return scenarios.filter(({ name, onRequest }) =>
    names.length === 0 ? onRequest !== true : names.includes(name),
  );
}

/** One guest at a time: two emulated ones starve each other on a small machine. */
async function runAll({
  turns,
  budgetMs,
  keep,
  verbose,
}: Options): Promise<{ outcomes: readonly Outcome[]; notRun: number }> {
  const startedAt = performance.now();
  const ended: { turn: Turn; outcome: Outcome; elapsedMs: number }[] = [];
  const onConsole = verbose ? (line: string) => console.log(`    | ${line}`) : undefined;
  for (const turn of turns) {
    const { distro, scenario } = turn;
    const turnAt = performance.now();
    const why = whyNotRun(turn, ended, startedAt + budgetMs - turnAt, isPrepared);
    if (why !== undefined) {
      console.log(`not run  ${distro.padEnd(distroWidth)}  ${scenario.name.padEnd(nameWidth)}  ${why}`);
      continue;
    }
    const outcome = await runScenario(scenario, distro, onConsole);
    print(outcome);
    if (outcome.failures.length === 0 && !keep) await rm(outcome.resultsDir, { recursive: true });
    ended.push({ turn, outcome, elapsedMs: performance.now() - turnAt });
  }
  return { outcomes: ended.map(({ outcome }) => outcome), notRun: turns.length - ended.length };
}

function print({ scenario, distro, run, failures, resultsDir }: Outcome): void {
  const verdict = failures.length === 0 ? 'pass' : 'FAIL';
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const times = run === undefined ? '' : `boot ${seconds(run.bootMs)}, all ${seconds(run.elapsedMs)}`;
  console.log(`${verdict.padEnd(7)}  ${distro.padEnd(distroWidth)}  ${scenario.padEnd(nameWidth)}  ${times}`);
  if (failures.length === 0) return;
  for (const failure of failures) console.log(failure.replaceAll(/^/gm, '      '));
  console.log(`      results: ${resultsDir}`);
}
