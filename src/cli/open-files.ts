import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { EXIT, UserError } from '../exit.js';
import { childEnvironment, findProgram } from '../shell/programs.js';

/** File descriptors that Node.js, ctdiag's sources and bpftrace hold open together, with room to spare. */
const NEEDED = 128;

/**
 * Raises the limit of open files before anything is opened, where it is too low. Node.js has raised the soft limit to
 * the hard one by then; root may raise that too. Refuses to start rather than fail half-way.
 */
export function ensureOpenFiles(): void {
  const before = limitNow();
  if (before === null || before >= NEEDED) return;
  const args = ['--pid', String(process.pid), `--nofile=${NEEDED}:${NEEDED}`];
  const { file } = findProgram('prlimit');
  if (file !== null) spawnSync(file, args, { stdio: 'ignore', timeout: 5000, env: childEnvironment() });
  const now = limitNow();
  if (now !== null && now < NEEDED)
    throw new UserError(
      EXIT.missing,
      `The limit of open files is ${now}, and ctdiag needs ${NEEDED}: run \`ulimit -n ${NEEDED}\`, or run ctdiag as root.`,
    );
}

/** RLIMIT_NOFILE of this process; `null` where it is not known (no Linux) or has no bound. */
function limitNow(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}
