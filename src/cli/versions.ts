import { execFileSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { release, type } from 'node:os';
import { isAbsent } from '../errno.js';
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
  const path = [process.env['PATH'] ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);
  try {
    const said = execFileSync('bpftrace', ['--version'], {
      encoding: 'utf8',
      timeout: PATIENCE_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, PATH: path },
    });
    return safeText(said.trim(), 80);
  } catch (error) {
    return isAbsent(error) ? 'bpftrace is not installed' : 'bpftrace does not tell its version';
  }
}
