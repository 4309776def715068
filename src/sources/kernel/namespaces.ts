import { readdirSync, readlinkSync, readFileSync, statSync } from 'node:fs';
import type { Netns } from '../../records/index.js';
import { containerLabel, containerOf } from './container-name.js';

/** A network namespace other than our own, and a process through which to read it. */
export interface OtherNetns {
  readonly netns: Netns;
  readonly pid: number;
  /** The container or pod that it belongs to, the name that `ip netns` gives it, else a process in it. */
  readonly label: string;
}

/** Where `ip netns` keeps the names of namespaces. */
const IP_NETNS = '/run/netns';

/** The network namespace of a process (`self` or a pid); `null` when it cannot be known. */
export function netnsOf(procRoot: string, pid: string): Netns | null {
  try {
    const match = /^net:\[(\d+)\]$/.exec(readlinkSync(`${procRoot}/${pid}/ns/net`));
    return match?.[1] === undefined ? null : Number(match[1]);
  } catch {
    return null;
  }
}

/**
 * Finds the namespaces that any process lives in. Costs one readlink per process, so call it rarely. Processes that end or
 * may not be looked at are passed over.
 */
export function findNamespaces(procRoot: string, own: Netns | null, netnsFolder = IP_NETNS): OtherNetns[] {
  const found = new Map<Netns, number>();
  for (const pid of pids(procRoot)) {
    const netns = netnsOf(procRoot, pid);
    if (netns === null || netns === own || found.has(netns)) continue;
    found.set(netns, Number(pid));
  }
  if (found.size === 0) return [];
  const names = ipNetnsNames(netnsFolder);
  return [...found].map(([netns, pid]) => ({
    netns,
    pid,
    label: label(names.get(netns), procRoot, pid),
  }));
}

/** Container networks are named by a plug-in (`cni-4f…`), which tells a person nothing. */
function label(name: string | undefined, procRoot: string, pid: number): string {
  if (name !== undefined && !name.startsWith('cni-')) return `netns ${name}`;
  const container = containerOf(textOf(`${procRoot}/${pid}/cgroup`));
  if (container !== null) return containerLabel(container, textOf(`${procRoot}/${pid}/environ`));
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
  const atBoot = pids(procRoot).filter((pid) => Number(pid) < RESERVED_PIDS).length;
  return Math.max(0, pidMax - RESERVED_PIDS) + atBoot;
}

/** The numeric entries of /proc. */
export function pids(procRoot: string): string[] {
  try {
    return readdirSync(procRoot).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function ipNetnsNames(folder: string): Map<Netns, string> {
  const names = new Map<Netns, string>();
  try {
    for (const name of readdirSync(folder)) names.set(statSync(`${folder}/${name}`).ino, name);
  } catch {
    // No named namespaces, or they may not be looked at.
  }
  return names;
}
