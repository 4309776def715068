import { opendirSync, readlinkSync } from 'node:fs';
import type { Owner } from '../../records/index.js';
import { commOf, pids } from '../kernel/namespaces.js';

/** Listening sockets are opened early, so their descriptors are low: this many of each process are looked at. */
const MAX_FDS_PER_PROCESS = 2048;

/**
 * Finds which process holds each of the sockets. Bounded in the descriptors looked at, and ends as soon as all
 * are found; processes that may not be looked at are passed over.
 */
export function findOwners(procRoot: string, inodes: ReadonlySet<number>): Map<number, Owner> {
  const owners = new Map<number, Owner>();
  for (const pid of pids(procRoot)) {
    if (owners.size === inodes.size) break;
    for (const inode of socketsOf(`${procRoot}/${pid}/fd`)) {
      // A forked worker holds its parent's socket too; the oldest process, seen first, names the service.
      if (!inodes.has(inode) || owners.has(inode)) continue;
      owners.set(inode, { pid: Number(pid), comm: commOf(procRoot, Number(pid)) });
    }
  }
  return owners;
}

function* socketsOf(folder: string): Generator<number> {
  let directory;
  try {
    directory = opendirSync(folder);
  } catch {
    return;
  }
  try {
    for (let seen = 0; seen < MAX_FDS_PER_PROCESS; seen += 1) {
      const entry = directory.readSync();
      if (entry === null) return;
      const inode = socketInode(`${folder}/${entry.name}`);
      if (inode !== null) yield inode;
    }
  } catch {
    // The process ended while we looked.
  } finally {
    directory.closeSync();
  }
}

function socketInode(link: string): number | null {
  try {
    const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(link));
    return match?.[1] === undefined ? null : Number(match[1]);
  } catch {
    return null;
  }
}
