import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Kernels, roots and built programs live outside the checkout, so that a fresh clone finds them again. */
const cacheRoot = process.env['CTDIAG_CACHE'] ?? join(homedir(), '.cache', 'ctdiag');

/** Whether it has been filled, so that it costs nothing more. */
export function isCached(path: string): boolean {
  return existsSync(join(cacheRoot, path));
}

interface CacheEntry {
  /** Below the cache root; names the content, so that an entry is never changed in place. */
  readonly path: string;
  readonly fill: (directory: string) => Promise<void>;
}

/**
 * The directory of an entry, filled first when it is not there. Filling happens aside and ends in a rename:
 * an interrupted run leaves no half-filled entry, and of two runs at once the first to end wins.
 */
export async function cached({ path, fill }: CacheEntry): Promise<string> {
  const directory = join(cacheRoot, path);
  if (existsSync(directory)) return directory;
  await mkdir(dirname(directory), { recursive: true });
  const aside = await mkdtemp(join(dirname(directory), `.${basename(directory)}.`));
  try {
    // mkdtemp makes it private, but a root file system must be readable by its users.
    await chmod(aside, 0o755);
    await fill(aside);
    // Another run may have been faster; its entry is as good.
    if (!existsSync(directory)) await rename(aside, directory);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return directory;
}
