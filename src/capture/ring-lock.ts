import { spawnSync } from 'node:child_process';
import { closeSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openLockFile } from './create-file.js';
import { childEnvironment, findProgram } from '../shell/programs.js';
import { installCommand } from '../shell/install.js';
import { CaptureError } from './error.js';

/** Held by a recorder as long as it runs. */
export interface RingLock {
  release(): void;
}

/**
 * Takes the lock of a ring, or throws {@link CaptureError} when another recorder has it. flock(2) locks the open
 * file description that flock(1) inherits from us; the kernel releases it when we end, so kill -9 leaves no stale lock.
 */
export function acquireRingLock(dir: string): RingLock {
  const path = join(dir, 'lock');
  const fd = openLockFile(path);
  const { file, refused } = findProgram('flock');
  const { status, error } = spawnSync(file ?? 'flock', ['--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
    // Without it Node.js would look in PATH for a program that was refused.
    ...(file === null ? { env: { PATH: '/nonexistent' } } : { env: childEnvironment() }),
  });
  if (status === 0) return { release: () => closeSync(fd) };
  closeSync(fd);
  if (status === 1)
    throw new CaptureError(
      'in-use',
      `${dir} is being recorded to by another ctdiag; choose another directory.`,
    );
  throw new CaptureError(
    'no-lock',
    `${dir} cannot be locked, because ${refused ?? `flock does not run (${error?.message ?? `exit ${String(status)}`}); run: ${installCommand('flock')}`}.`,
    { cause: error },
  );
}

/**
 * Whether a recorder holds the lock of a ring, by the kernel's list of locks (`1: FLOCK ADVISORY WRITE 812 fd:01:4711 …`,
 * the last figure the inode); `false` where that cannot be read.
 */
export function isRingLocked(dir: string): boolean {
  try {
    const { ino } = statSync(join(dir, 'lock'));
    return readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .some((line) => / FLOCK .*:(\d+) /.exec(line)?.[1] === String(ino));
  } catch {
    return false;
  }
}
