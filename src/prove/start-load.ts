import { execa } from 'execa';
import { thisInvocation } from '../shell/invocation.js';
import type { Invocation } from '../shell/invocation.js';
import { childEnvironment, findProgram } from '../shell/programs.js';
import { LOAD_COMMAND } from './load-command.js';
import { decodeReport } from './report.js';
import type { LoadReport } from './report.js';

/** The load takes three seconds; on a host short of CPU Node alone needs that. */
const TIMEOUT_MS = 60_000;
/** Descriptors of the load: it opens all of them once. */
const FILES = 128;
const MAX_REPORT_BYTES = 65_536;

/** How the load ended: what it says, or why it says nothing, a clause. */
export type LoadEnd = LoadReport | { readonly failed: string };

/** The load, running. */
export interface RunningLoad {
  /** Never rejects. */
  readonly ended: Promise<LoadEnd>;
  /** Ends it at once; its namespace goes with it. */
  kill(): void;
}

/**
 * Starts ctdiag itself in a network namespace without a name, which the kernel removes with the last process in it.
 * With setpriv(1) the kernel ends it in the moment we die; without, it ends when its input does.
 */
export function startLoad(
  parentNetns: number,
  programs: LoadPrograms,
  invocation: Invocation = thisInvocation(),
): RunningLoad {
  const [file, ...args] = commandOf(programs, invocation);
  const child = execa(file, args, {
    reject: false,
    encoding: 'utf8',
    stdin: 'pipe',
    maxBuffer: MAX_REPORT_BYTES,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    cleanup: false,
    detached: true,
    env: childEnvironment(),
    extendEnv: false,
  });
  child.stdin.on('error', () => undefined);
  // It stays open: its end tells the load that we are gone.
  child.stdin.write(`${parentNetns}\n`);
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  const ended = child.then((result): LoadEnd => {
    kill();
    const report = decodeReport(result.stdout);
    if (report !== null) return report;
    if (result.timedOut) return { failed: `the load did not end within ${TIMEOUT_MS / 1000} s` };
    const said = result.stderr.trim().split('\n')[0] ?? '';
    return { failed: said === '' ? `the load ended without a report (${describeEnd(result)})` : said };
  });
  return { ended, kill };
}

/** What the load is started with. */
export interface LoadPrograms {
  readonly unshare: string;
  /** `null` where there is none. */
  readonly setpriv: string | null;
  readonly prlimit: string | null;
}

/** Finds them; a clause where there is none to make a namespace with. */
export function findLoadPrograms(): LoadPrograms | string {
  const unshare = findProgram('unshare');
  if (unshare.file === null) return unshare.refused ?? 'unshare (util-linux) is not installed';
  return {
    unshare: unshare.file,
    setpriv: findProgram('setpriv').file,
    prlimit: findProgram('prlimit').file,
  };
}

function commandOf(
  { unshare, setpriv, prlimit }: LoadPrograms,
  { node, script }: Invocation,
): readonly [file: string, ...args: string[]] {
  const self = [node, ...(script === null ? [] : [script]), LOAD_COMMAND];
  const limited = prlimit === null ? self : [prlimit, `--nofile=${FILES}:${FILES}`, '--', ...self];
  const inNamespace = ['--net', '--', ...limited];
  return setpriv === null
    ? [unshare, ...inNamespace]
    : [setpriv, '--pdeathsig', 'KILL', '--', unshare, ...inNamespace];
}

function describeEnd(result: {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}): string {
  return result.signal ?? `exit code ${result.exitCode ?? '?'}`;
}
