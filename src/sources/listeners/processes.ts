import { opendirSync, readFileSync, statSync } from 'node:fs';
import type { Owner, ProcessUse } from '../../records/index.js';

/** What a process uses of its own limits. Unknown where it may not be looked at. */
export function processUse(procRoot: string, owner: Owner): ProcessUse {
  const folder = `${procRoot}/${owner.pid}`;
  return { ...owner, fds: openFds(`${folder}/fd`), fdLimit: softNofile(`${folder}/limits`) };
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

function softNofile(file: string): number | null {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}
