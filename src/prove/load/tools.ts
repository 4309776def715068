import { execFileSync } from 'node:child_process';
import { childEnvironment, findProgram } from '../../shell/programs.js';

/** A tool that hangs must not hold the namespace. */
const TIMEOUT_MS = 5000;

/** Runs a tool to its end, in this namespace; throws where it is missing or fails. */
export function runTool(name: string, args: readonly string[], input = ''): string {
  const { file, refused } = findProgram(name);
  if (file === null) throw new Error(refused ?? `${name} is not installed`);
  try {
    return execFileSync(file, args, {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      // iptables would make a lock file of the host's.
      env: childEnvironment({ XTABLES_LOCKFILE: '/dev/null' }),
    });
  } catch (error) {
    const said =
      error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n')[0] : '';
    throw new Error(`${name} ${args.slice(0, 2).join(' ')} failed${said ? `: ${said}` : ''}`, {
      cause: error,
    });
  }
}
