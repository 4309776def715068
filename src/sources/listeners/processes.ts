import { opendirSync, readFileSync, statSync } from 'node:fs';
import type { Owner, ProcessUse } from '../../records/index.js';

/** What a process uses of its own limits. Unknown where /proc/PID cannot be read. */
export function processUse(procRoot: string, owner: Owner): ProcessUse {
  const folder = `${procRoot}/${owner.pid}`;
  return { ...owner, fds: openFds(`${folder}/fd`), ...nofileLimits(`${folder}/limits`) };
}

function openFds(folder: string): number | null {
  try {
    // Linux 6.2 and newer give the count as the size; before it is 0 and the entries must be counted.
    const { size } = statSync(folder);
    if (size > 0) return size;
    const directory = opendirSync(folder, { bufferSize: 1024 });
    let count = 0;
    while (directory.readSync() !== null) count += 1;
    directory.closeSync();
    return count;
  } catch {
    return null;
  }
}

function nofileLimits(file: string): Pick<ProcessUse, 'fdLimit' | 'fdHardLimit'> {
  try {
    const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)?/m.exec(readFileSync(file, 'utf8')) ?? [];
    return {
      fdLimit: soft === undefined ? null : Number(soft),
      fdHardLimit: hard === undefined ? null : Number(hard),
    };
  } catch {
    return { fdLimit: null, fdHardLimit: null };
  }
}
