import { join } from 'node:path';
import { buildLoad } from './load.js';
import type { Distro } from './distros.js';
import { kernelOf } from './kernels.js';
import { Results } from './results.js';
import { rootOf } from './roots.js';
import { failuresOf, rowOf } from './verdicts.js';
import type { Verdict, VerdictRow } from './verdicts.js';
import { checkout, runInVm, VmFailure, type VmRun } from './vm.js';

/** A script run in a guest of its own, and what must hold of the results afterwards. */
export interface Scenario {
  readonly name: string;
  /** One sentence, for `--list`. */
  readonly purpose: string;
  /** Run only when it is named: not yet seen to pass as it stands, or too long for every run. */
  readonly onRequest?: boolean;
  /** In scenarios/; runs with guest/lib.sh sourced, and its variables from `environment`. */
  readonly guestScript: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Process 1 of the guest: a shell script, unless systemd itself is under test. */
  readonly init?: 'systemd';
  /** Decides the stock limits: usable RAM of 1 to 4 GiB gives 65,536 conntrack entries. */
  readonly memoryMiB: number;
  /** For the whole run; emulation on a busy machine is slow, so be generous. */
  readonly timeoutMs: number;
  /** Each is run though another failed. */
  readonly checks: Readonly<Record<string, (results: Results, distro: Distro) => void>>;
  /** What diagnosis must say of the limits that were hit; each is a line of the table at the end. */
  readonly verdicts?: readonly Verdict[];
}

export interface Outcome {
  readonly scenario: string;
  readonly distro: Distro;
  readonly resultsDir: string;
  readonly run?: VmRun;
  /** Nothing in it means passed. */
  readonly failures: readonly string[];
  readonly verdicts: readonly VerdictRow[];
}

export async function runScenario(
  scenario: Scenario,
  distro: Distro,
  onConsole?: (line: string) => void,
): Promise<Outcome> {
  const resultsDir = join(checkout, '.cache/kernel', distro, scenario.name);
  const outcome = { scenario: scenario.name, distro, resultsDir, verdicts: [] };
  try {
    const run = await runGuest(scenario, distro, resultsDir, onConsole);
    const results = new Results(resultsDir);
    const verdicts = (scenario.verdicts ?? []).map((verdict) => rowOf(scenario.name, verdict, results));
    if (run.exitCode === 0)
      return { ...outcome, run, verdicts, failures: failedChecks(scenario, results, distro) };
    return {
      ...outcome,
      run,
      verdicts,
      failures: [`the guest script ended with ${run.exitCode}`, ...lastWords(results, run)],
    };
  } catch (error) {
    if (!(error instanceof VmFailure))
      return { ...outcome, failures: [`could not run: ${messageOf(error)}`] };
    return { ...outcome, failures: [error.message, ...lastWords(new Results(resultsDir), error)] };
  }
}

async function runGuest(
  scenario: Scenario,
  distro: Distro,
  resultsDir: string,
  onConsole: ((line: string) => void) | undefined,
): Promise<VmRun> {
  const root = await rootOf(distro);
  const load = { hostPath: await buildLoad(), guestPath: '/opt/ctdiag-load' };
  // Node is this machine's, in every root: what is tested is the kernel and its bpftrace.
  const node = { hostPath: join(process.execPath, '..'), guestPath: '/opt/ctdiag-node' };
  return runInVm({
    kernel: await kernelOf(distro, root),
    root,
    memoryMiB: scenario.memoryMiB,
    timeoutMs: scenario.timeoutMs,
    shares: [load, node],
    environment: {
      CTDIAG_PROGRAMS: [join(load.guestPath, 'load'), join(node.guestPath, 'node')].join(' '),
      ...scenario.environment,
    },
    script: guestScript(scenario),
    init: scenario.init === 'systemd' ? 'init-systemd.sh' : 'init.sh',
    resultsDir,
    ...(onConsole === undefined ? {} : { onConsole }),
  });
}

function guestScript({ guestScript }: Scenario): string {
  return [
    `. "$CTDIAG_CHECKOUT/test/kernel/guest/lib.sh"`,
    `. "$CTDIAG_CHECKOUT/test/kernel/scenarios/${guestScript}"`,
    '',
  ].join('\n');
}

function failedChecks(scenario: Scenario, results: Results, distro: Distro): readonly string[] {
  const failures = Object.entries(scenario.checks).flatMap(([claim, check]) => {
    try {
      check(results, distro);
      return [];
    } catch (error) {
      return [`not so: ${claim}\n${messageOf(error)}`];
    }
  });
  return [...failures, ...(scenario.verdicts ?? []).flatMap((verdict) => failuresOf(verdict, results))];
}

/** The ends of what the guest said, wherever it said anything. */
function lastWords(results: Results, { consoleTail }: { readonly consoleTail: string }): readonly string[] {
  return [
    ...['stderr', 'stdout'].map((name) => [name, results.has(name) ? results.text(name) : ''] as const),
    ['console', consoleTail] as const,
  ]
    .filter(([, text]) => text.trim() !== '')
    .map(([name, text]) => `${name}:\n${text.trim().split('\n').slice(-40).join('\n')}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
