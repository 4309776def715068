import { opendirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Owner } from '../../records/index.js';
import { listPids } from '../kernel/namespaces.js';

/** Listening sockets are opened early, so their descriptors are low: this many of each process are looked at. */
const MAX_FDS_PER_PROCESS = 2048;
/** Holders of one socket that are kept: pre-fork servers have one for each worker. */
const MAX_HOLDERS = 64;
/** Walking descriptors stops for the rest of the process after so long at a stretch. */
const SLICE_MS = 10;

/** While the sockets and their holders stay the same, descriptors are walked again after so long, for new workers. */
const WALK_MS = 30_000;

/** The owners of sockets. */
export interface Holders {
  /** Every process that holds a socket, oldest first, process 1 last: it only holds what it opened for others. */
  readonly byInode: ReadonlyMap<number, readonly Owner[]>;
  /** Processes whose descriptors cannot be read. */
  readonly unreadableProcesses: number;
}

/** Finds the holders of sockets again and again. */
export interface HolderFinder {
  /** `isUrgent` walks all descriptors in any case: who lets a queue overflow may be a new worker. */
  find(inodes: ReadonlySet<number>, isUrgent: boolean): Promise<Holders>;
}

/** Walks the descriptors of the whole host only when something may have changed: it costs more the larger the host. */
export function createHolderFinder(
  procRoot: string,
  clock: () => number = () => performance.now(),
): HolderFinder {
  let last: {
    readonly inodes: ReadonlySet<number>;
    readonly holders: Holders;
    readonly atMs: number;
  } | null = null;

  function isAlive({ pid, comm }: Owner): boolean {
    return statOf(procRoot, pid)?.comm === comm;
  }

  return {
    async find(inodes, isUrgent) {
      const atMs = clock();
      if (
        !isUrgent &&
        last !== null &&
        atMs - last.atMs < WALK_MS &&
        last.inodes.size === inodes.size &&
        [...inodes].every((inode) => last?.inodes.has(inode)) &&
        [...last.holders.byInode.values()].flat().every(isAlive)
      )
        return last.holders;
      const holders = await findHolders(procRoot, inodes);
      last = { inodes: new Set(inodes), holders, atMs };
      return holders;
    },
  };
}

/**
 * Finds the processes that hold each of the sockets. Once all sockets have a holder, only processes that may be
 * workers of one are looked at: those with the same name and the children of a holder.
 */
export async function findHolders(procRoot: string, inodes: ReadonlySet<number>): Promise<Holders> {
  const byInode = new Map<number, Owner[]>();
  const comms = new Set<string>();
  const holderPids = new Set<number>();
  let unreadableProcesses = 0;
  let sliceMs = performance.now();
  for (const pid of initLast(listPids(procRoot).map(Number))) {
    if (inodes.size === 0) break;
    const stat = statOf(procRoot, pid);
    const isComplete = byInode.size === inodes.size;
    if (stat === null || (isComplete && !comms.has(stat.comm) && !holderPids.has(stat.parent))) continue;
    if (performance.now() - sliceMs > SLICE_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      sliceMs = performance.now();
    }
    const sockets = socketsOf(`${procRoot}/${pid}/fd`, inodes);
    if (sockets === null) {
      unreadableProcesses += 1;
      continue;
    }
    for (const inode of sockets) {
      const holders = byInode.get(inode) ?? [];
      if (holders.length < MAX_HOLDERS) holders.push({ pid, comm: stat.comm });
      byInode.set(inode, holders);
    }
    // What systemd opens for others says nothing of who its workers are.
    if (sockets.size === 0 || pid === 1) continue;
    comms.add(stat.comm);
    holderPids.add(pid);
  }
  return { byInode, unreadableProcesses };
}

function initLast(all: readonly number[]): number[] {
  const others = all.filter((pid) => pid !== 1).sort((a, b) => a - b);
  return others.length === all.length ? others : [...others, 1];
}

/** The name and the parent of a process: `4623 (python3) S 4600 …`; `null` when it is gone. */
function statOf(procRoot: string, pid: number): { readonly comm: string; readonly parent: number } | null {
  try {
    const text = readFileSync(`${procRoot}/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const parent = Number(text.slice(end + 4, text.indexOf(' ', end + 4)));
    return { comm: text.slice(text.indexOf('(') + 1, end), parent };
  } catch {
    return null;
  }
}

/** Which of the sockets a process holds; `null` where its descriptors cannot be read. */
function socketsOf(folder: string, wanted: ReadonlySet<number>): Set<number> | null {
  const found = new Set<number>();
  let directory;
  try {
    directory = opendirSync(folder);
  } catch (error) {
    return isDenied(error) ? null : found;
  }
  try {
    for (let seen = 0; seen < MAX_FDS_PER_PROCESS; seen += 1) {
      const entry = directory.readSync();
      if (entry === null) break;
      const inode = socketInode(`${folder}/${entry.name}`);
      if (inode !== null && wanted.has(inode)) found.add(inode);
    }
  } catch {
    // The process ended while we looked.
  } finally {
    directory.closeSync();
  }
  return found;
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}

function socketInode(link: string): number | null {
  try {
    const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(link));
    return match?.[1] === undefined ? null : Number(match[1]);
  } catch {
    return null;
  }
}
