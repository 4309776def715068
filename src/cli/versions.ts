import { execFileSync } from 'node:child_process';
import { release, type } from 'node:os';
import { childEnvironment, findProgram } from '../shell/programs.js';
import { safeText } from '../render/safe-text.js';
import { VERSION } from '../version.js';

/** bpftrace tells its version at once; one that hangs must not hold `--version`. */
const PATIENCE_MS = 2000;

/** What a bug report needs: the versions of ctdiag, Node, the kernel and bpftrace, a line each. */
export function versionsText(): string {
  return [
    VERSION,
    `Node.js ${process.versions.node}`,
    `${type()} ${safeText(release(), 80)}`,
    bpftrace(),
  ].join('\n');
}

function bpftrace(): string {
  const { file, refused } = findProgram('bpftrace');
  if (file === null) return refused ?? 'bpftrace is not installed';
  try {
    const said = execFileSync(file, ['--version'], {
      encoding: 'utf8',
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: childEnvironment(),
    });
    return safeText(said.trim(), 80);
  } catch {
    return 'bpftrace prints no version';
  }
}
