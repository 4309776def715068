import { statSync } from 'node:fs';
import type { Netns } from '../../records/index.js';
import { commOf, netnsIn, netnsOf, listPids } from '../kernel/namespaces.js';
import { readOnce } from '../kernel/proc-file.js';
import { openHostFiles } from './host-files.js';

/** What settings need of /proc. */
export interface ProcView {
  /** The text of a file below /proc; `null` when there is none. */
  text(path: string): string | null;
  /** `?` when there is no such process. */
  comm(pid: number): string;
  netns(pid: string): Netns | null;
  pids(): readonly string[];
  /** Whether process 1 has our root directory; `false` when that may not be looked at. */
  hasOurRoot(): boolean;
}

/** The /proc of the running kernel, in which no user can create files. */
export function ownProc(procRoot: string): ProcView {
  return {
    text(path) {
      const read = readOnce(`${procRoot}/${path}`);
      return 'text' in read ? read.text : null;
    },
    comm: (pid) => commOf(procRoot, pid),
    netns: (pid) => netnsOf(procRoot, pid),
    pids: () => listPids(procRoot),
    hasOurRoot() {
      try {
        const [own, its] = [statSync('/'), statSync(`${procRoot}/1/root/`)];
        return own.ino === its.ino && own.dev === its.dev;
      } catch {
        return false;
      }
    },
  };
}

/** The /proc below another root, which may be a copy made by another user: no link is followed out of it. */
export function procBelow(root: string): ProcView {
  // Of its own: what cannot be read here is no setting.
  const files = openHostFiles(root);
  const text = (path: string): string | null => files.read(`/proc/${path}`)?.text ?? null;
  return {
    text,
    comm: (pid) => text(`${pid}/comm`)?.replace(/\n$/, '') ?? '?',
    netns(pid) {
      const target = files.link(`/proc/${pid}/ns/net`);
      return target === null ? null : netnsIn(target);
    },
    pids: () => files.list('/proc').filter((name) => /^\d+$/.test(name)),
    hasOurRoot: () => false,
  };
}
