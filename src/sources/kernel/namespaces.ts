import { readdirSync, readlinkSync, readFileSync, statfsSync, statSync } from 'node:fs';
import type { Netns } from '../../records/index.js';
import { containerLabel, containerOf } from './container-name.js';
import { engineName, isMadeUp } from './engine-name.js';
import { readOnce } from './proc-file.js';

/** A network namespace other than our own. */
export interface OtherNetns {
  readonly netns: Netns;
  /** A process in it, through which its counters are read; `null` where none lives in it. */
  readonly pid: number | null;
  /** The file by which nsenter(1) enters it. */
  readonly file: string;
  /** `host`, the container or pod it belongs to, the name that `ip netns` gives it, else a process in it. */
  readonly label: string;
}

/** What a search for namespaces found. */
export interface FoundNamespaces {
  readonly namespaces: readonly OtherNetns[];
  /** Processes whose namespace cannot be read. */
  readonly unreadableProcesses: number;
}

/** Where `ip netns` and Docker keep namespaces by name, whether or not a process lives in them. */
const NAMED_FOLDERS = ['/run/netns', '/run/docker/netns'];
/** statfs(2) of a file that stands for a namespace; a name whose mount is gone is an ordinary empty file. */
const NSFS_MAGIC = 0x6e736673;

/** The network namespace of a process (`self` or a pid); `null` when it cannot be known. */
export function netnsOf(procRoot: string, pid: string): Netns | null {
  try {
    return netnsIn(readlinkSync(`${procRoot}/${pid}/ns/net`));
  } catch {
    return null;
  }
}

/**
 * Finds the namespaces that any process lives in, and those that have a name. Costs one readlink per process, so call
 * it rarely; `before`, what was found last, saves asking containers for their names again. In a container that shares the host's processes the names are found through process 1.
 */
export function findNamespaces(
  procRoot: string,
  own: Netns | null,
  folders: readonly string[] = NAMED_FOLDERS.flatMap((folder) => [folder, `${procRoot}/1/root${folder}`]),
  before: readonly OtherNetns[] = [],
): FoundNamespaces {
  const labels = new Map(before.map(({ netns, pid, label }) => [`${netns} ${pid ?? ''}`, label]));
  const found = new Map<Netns, number>();
  const denied: string[] = [];
  for (const pid of listPids(procRoot)) {
    const netns = netnsOrDenied(procRoot, pid);
    if (netns === 'denied') denied.push(pid);
    else if (netns !== null && netns !== own && !found.has(netns)) found.set(netns, Number(pid));
  }
  const unreadableProcesses = addByFile(procRoot, denied, found);
  const named = namedNamespaces(folders);
  const ofHost = hostNetns(procRoot);
  const namespaces: OtherNetns[] = [...found].map(([netns, pid]) => ({
    netns,
    pid,
    file: `${procRoot}/${pid}/ns/net`,
    label:
      netns === ofHost
        ? 'host'
        : (lastingLabel(labels.get(`${netns} ${pid}`)) ?? labelOf(named.get(netns)?.name, procRoot, pid)),
  }));
  for (const [netns, { name, file }] of named) {
    if (netns === own || found.has(netns)) continue;
    namespaces.push({ netns, pid: null, file, label: netns === ofHost ? 'host' : `netns ${name}` });
  }
  return { namespaces, unreadableProcesses };
}

/**
 * Whose namespace may not be asked for is told by a file that each namespace has for itself: its inode is the same for
 * all processes of a namespace, out of the same numbers as those of namespaces, and may be seen by every user. Returns
 * how many processes hide even that (hidepid).
 */
function addByFile(procRoot: string, denied: readonly string[], found: Map<Netns, number>): number {
  if (denied.length === 0) return 0;
  const known = new Set([
    inodeOfFile(procRoot, 'self'),
    ...[...found.values()].map((pid) => inodeOfFile(procRoot, pid)),
  ]);
  let hidden = 0;
  for (const pid of denied) {
    const inode = inodeOfFile(procRoot, pid);
    if (inode === null) hidden += Number(!hasEnded(procRoot, pid));
    else if (!known.has(inode)) {
      known.add(inode);
      found.set(inode, Number(pid));
    }
  }
  return hidden;
}

/** A process that has exited, or is a zombie, is in no namespace. */
function hasEnded(procRoot: string, pid: string): boolean {
  const stat = readOnce(`${procRoot}/${pid}/stat`);
  if ('why' in stat) return stat.why === 'ENOENT' || stat.why === 'ESRCH';
  return /\) [ZX] [^)]*$/.test(stat.text);
}

function inodeOfFile(procRoot: string, pid: string | number): number | null {
  try {
    return statSync(`${procRoot}/${pid}/net/netstat`).ino;
  } catch {
    return null;
  }
}

/** Whether a process is in that namespace, as a search would have found it. */
export function isInNetns(procRoot: string, pid: number, netns: Netns): boolean {
  const now = netnsOrDenied(procRoot, String(pid));
  return now === 'denied' ? inodeOfFile(procRoot, pid) === netns : now === netns;
}

/** The namespace of the kernel's own threads is that of the host; `null` in a container, which does not see them. */
function hostNetns(procRoot: string): Netns | null {
  return commOf(procRoot, 2) === 'kthreadd' ? (netnsOf(procRoot, '1') ?? netnsOf(procRoot, '2')) : null;
}

function netnsOrDenied(procRoot: string, pid: string): Netns | 'denied' | null {
  try {
    return netnsIn(readlinkSync(`${procRoot}/${pid}/ns/net`));
  } catch (error) {
    return error instanceof Error && 'code' in error && ['EACCES', 'EPERM'].includes(String(error.code))
      ? 'denied'
      : null;
  }
}

/** The namespace that a link of /proc names. */
export function netnsIn(link: string): Netns | null {
  const inode = /^net:\[(\d+)\]$/.exec(link)?.[1];
  return inode === undefined ? null : Number(inode);
}

/** A label that the same process gave before, unless it may have changed: that of a process, or of `ip netns`. */
function lastingLabel(label: string | undefined): string | null {
  return label === undefined || label.startsWith('netns ') ? null : label;
}

function labelOf(name: string | undefined, procRoot: string, pid: number): string {
  if (name !== undefined && !isMadeUp(name)) return `netns ${name}`;
  const container = containerOf(textOf(`${procRoot}/${pid}/cgroup`));
  if (container !== null) {
    const given = engineName(procRoot, pid, container.kind, container.id);
    return containerLabel(container, textOf(`${procRoot}/${pid}/environ`), given);
  }
  return name === undefined ? `netns of ${commOf(procRoot, pid)}(${pid})` : `netns ${name}`;
}

/** Empty where it may not be read, or is gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The process's name, `?` when it is gone. */
export function commOf(procRoot: string, pid: number): string {
  try {
    return readFileSync(`${procRoot}/${pid}/comm`, 'utf8').replace(/\n$/, '');
  } catch {
    return '?';
  }
}

/** After its first round the kernel gives out no process id below this one (RESERVED_PIDS). */
const RESERVED_PIDS = 300;

/** How many process ids there are under `pidMax`: of the reserved ones those that were given out at boot and live. */
export function usablePids(procRoot: string, pidMax: number): number {
  const atBoot = listPids(procRoot).filter((pid) => Number(pid) < RESERVED_PIDS).length;
  return Math.max(0, pidMax - RESERVED_PIDS) + atBoot;
}

/** The numeric entries of /proc. */
export function listPids(procRoot: string): string[] {
  try {
    return readdirSync(procRoot).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function namedNamespaces(
  folders: readonly string[],
): Map<Netns, { readonly name: string; readonly file: string }> {
  const named = new Map<Netns, { name: string; file: string }>();
  for (const folder of folders) {
    for (const name of namesIn(folder)) {
      const file = `${folder}/${name}`;
      const netns = inodeOfNamespace(file);
      if (netns !== null && !named.has(netns)) named.set(netns, { name, file });
    }
  }
  return named;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No named namespaces, or they may not be looked at.
    return [];
  }
}

function inodeOfNamespace(file: string): Netns | null {
  try {
    return statfsSync(file).type === NSFS_MAGIC ? statSync(file).ino : null;
  } catch {
    return null;
  }
}
