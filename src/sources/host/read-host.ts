import type { ConntrackReading, HostReading } from '../../records/index.js';
import { pageBytesOf } from '../../records/index.js';
import { pageBytes } from '../kernel/page-size.js';
import { readOnce } from '../kernel/proc-file.js';
import { onLinkAddresses } from './routes.js';
import { readRules } from './rules.js';
import { readServers } from './servers.js';
import { openHostFiles } from '../settings/host-files.js';
import type { HostFiles } from '../settings/host-files.js';
import { parseSlabinfo } from './slabs.js';

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
  const files = openHostFiles(root);
  const text: ReadText = (path) => {
    // Links in a tree that is not ours must not lead to the files of this host.
    if (root !== '') return files.read(path)?.text ?? null;
    const read = readOnce(path);
    return 'text' in read ? read.text : null;
  };
  const conntrack = readConntrack(text, files);
  const running = root === '';
  const kernel = text('/proc/sys/kernel/osrelease')?.trim() ?? null;
  const page = running ? { pageBytes: pageBytes() } : {};
  const interfaces = files.list('/sys/class/net');
  return {
    host: text('/proc/sys/kernel/hostname')?.trim() ?? null,
    kernel,
    memoryBytes: memoryOf(text('/proc/meminfo')),
    cpus: cpusOf(text('/proc/stat')),
    ...page,
    sysctls: Object.fromEntries(
      sysctls.flatMap((name) => {
        const value = text(sysctlPath(name));
        return value === null ? [] : [[name, value.trim().replace(/\s+/g, ' ')]];
      }),
    ),
    slabBytes: parseSlabinfo(text('/proc/slabinfo') ?? '', pageBytesOf({ kernel, ...page })),
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

type ReadText = (path: string) => string | null;

function readConntrack(text: ReadText, files: HostFiles): ConntrackReading {
  const present = text('/proc/sys/net/netfilter/nf_conntrack_max') !== null;
  const folder = '/sys/module/nf_conntrack/holders';
  // A module that is built in has parameters below /sys/module too, but neither holders nor a state.
  if (files.exists(folder)) return { module: 'loaded', holders: files.list(folder) };
  if (text('/sys/module/nf_conntrack/initstate') !== null) return { module: 'loaded', holders: null };
  return { module: present ? 'built-in' : 'absent', holders: present ? null : [] };
}
