import { readdirSync } from 'node:fs';
import type { ConntrackReading, HostReading } from '../../records/index.js';
import { readOnce } from '../kernel/proc-file.js';
import { onLinkAddresses } from './routes.js';
import { readRules } from './rules.js';
import { readServers } from './servers.js';
import { readSlabs } from './slabs.js';

/** Where a host is read: its own root, or that of another one, mounted or copied. */
export interface HostRoots {
  /** Before `/proc`, `/sys` and `/etc`; empty is this host itself. */
  readonly root: string;
}

/**
 * Reads what a plan starts from. Of another root only files are read: rules and listeners are
 * listed by programs, which know only the running host.
 */
export async function readHost(
  { root }: HostRoots,
  sysctls: readonly string[],
  ports: readonly number[],
): Promise<HostReading> {
  const text = (path: string): string | null => {
    const read = readOnce(`${root}${path}`);
    return 'text' in read ? read.text : null;
  };
  const conntrack = readConntrack(root);
  const running = root === '';
  const interfaces = names(`${root}/sys/class/net`) ?? [];
  return {
    host: text('/proc/sys/kernel/hostname')?.trim() ?? null,
    kernel: text('/proc/sys/kernel/osrelease')?.trim() ?? null,
    memoryBytes: memoryOf(text('/proc/meminfo')),
    cpus: cpusOf(text('/proc/stat')),
    sysctls: Object.fromEntries(
      sysctls.flatMap((name) => {
        const value = text(sysctlPath(name));
        return value === null ? [] : [[name, value.trim().replace(/\s+/g, ' ')]];
      }),
    ),
    slabBytes: readSlabs(root),
    conntrack,
    rules: running
      ? await readRules(root, conntrack, interfaces)
      : {
          read: false,
          why: `rules are kept in the running kernel, not below ${root}`,
          nat: false,
          stateful: false,
          containerInterfaces: [],
        },
    servers: running ? await readServers(ports) : [],
    onLinkAddresses: onLinkAddresses(text('/proc/net/route')),
  };
}

/** The file of a sysctl. Its name has been checked against the plan's own list. */
export function sysctlPath(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}

function memoryOf(meminfo: string | null): number | null {
  const kib = /^MemTotal:\s+(\d+) kB$/m.exec(meminfo ?? '')?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

function cpusOf(stat: string | null): number | null {
  const count = (stat ?? '').match(/^cpu\d+ /gm)?.length ?? 0;
  return count === 0 ? null : count;
}

function readConntrack(root: string): ConntrackReading {
  const present = 'text' in readOnce(`${root}/proc/sys/net/netfilter/nf_conntrack_max`);
  const holders = names(`${root}/sys/module/nf_conntrack/holders`);
  // A module that is built in has parameters below /sys/module too, but neither holders nor a state.
  if (holders !== null) return { module: 'loaded', holders };
  const state = 'text' in readOnce(`${root}/sys/module/nf_conntrack/initstate`);
  if (state) return { module: 'loaded', holders: null };
  return { module: present ? 'built-in' : 'absent', holders: present ? null : [] };
}

function names(folder: string): string[] | null {
  try {
    return readdirSync(folder).sort();
  } catch {
    return null;
  }
}
