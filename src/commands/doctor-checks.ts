import { access, constants } from 'node:fs/promises';
import { installCommand } from '../shell/install.js';
import { asRoot } from '../shell/invocation.js';
import { missingRights } from '../sources/bpftrace/obstacle.js';
import type { ProbeSystem } from '../sources/bpftrace/system.js';
import { findProgram } from '../shell/programs.js';
import { hostRoots } from './stream/live-host.js';

/** What one check found. */
export interface DoctorCheck {
  readonly name: string;
  readonly verdict: 'works' | 'limited' | 'missing';
  /** What is there, or what is lost without it. */
  readonly says: string;
  /** What fixes it, a command where there is one; `null` when there is nothing to fix. */
  readonly fix: string | null;
}

/** Not a command to paste: another kernel is no fix during an incident, and none at all inside a container. */
const KERNEL_FIX = `run ctdiag on the host instead, if this is a container or a microVM; otherwise boot this distribution's own kernel (${installCommand('kernel')}) when the host can be rebooted`;

/** A row of the table of checks below. */
interface CheckRow {
  readonly name: string;
  readonly works: boolean;
  readonly found: string;
  readonly lost: string;
  readonly fix: string | null;
  /** `missing` when absent: there are no probes without it. */
  readonly otherwise?: 'limited' | 'missing';
}

function toCheck({ name, works, found, lost, fix, otherwise = 'missing' }: CheckRow): DoctorCheck {
  return works
    ? { name, verdict: 'works', says: found, fix: null }
    : { name, verdict: otherwise, says: lost, fix };
}

/** What the probes need. */
export function probeChecks(system: ProbeSystem): DoctorCheck[] {
  const rights = missingRights(system);
  const rows: readonly CheckRow[] = [
    {
      name: 'root',
      works: rights === null,
      found: system.isRoot ? 'yes' : 'no, but with the capabilities that probes need',
      lost: `${rights?.what ?? ''}; no probes, and the owners of other users' sockets stay unknown`,
      fix: rights?.code === 'no-capability' ? rights.remedy : asRoot('doctor'),
    },
    {
      name: 'bpftrace',
      works: system.bpftracePath !== null && system.bpftraceVersion !== null,
      found: `${system.bpftracePath ?? ''} ${system.bpftraceVersion ?? ''}`,
      lost: system.bpftracePath === null ? 'not installed' : 'does not print its version',
      fix: installCommand('bpftrace'),
    },
    {
      name: 'tracefs',
      works: system.tracefs,
      found: 'mounted',
      lost: system.isRoot ? 'not mounted' : 'not readable; only root can read it',
      fix: system.isRoot ? 'mount -t tracefs tracefs /sys/kernel/tracing' : null,
      otherwise: system.isRoot ? 'missing' : 'limited',
    },
    {
      name: 'kprobes',
      works: system.kprobes,
      found: 'available',
      lost: 'not available: kernel built without CONFIG_KPROBES (common in microVMs)',
      fix: KERNEL_FIX,
    },
    {
      name: 'BTF',
      works: system.vmlinuxBtf,
      found: '/sys/kernel/btf/vmlinux',
      lost: 'not available; the probes cannot read kernel structs',
      fix: KERNEL_FIX,
      otherwise: 'limited',
    },
    {
      name: 'nf_conntrack',
      works: system.functions.has('early_drop') || system.moduleBtf.has('nf_conntrack'),
      found: 'loaded',
      lost: 'not loaded, or its symbols are hidden; while it is not loaded, no conntrack limit applies',
      fix: 'nothing to do unless a firewall or NAT rule needs it; ctdiag notices when it is loaded (modprobe nf_conntrack)',
      otherwise: 'limited',
    },
    {
      name: 'lockdown',
      works: system.lockdown === null,
      found: 'none',
      lost: `the kernel is locked down (${system.lockdown ?? ''})`,
      fix: 'boot without lockdown=confidentiality',
      otherwise: 'limited',
    },
  ];
  return rows.map(toCheck);
}

const LOAD_CONNTRACK = 'modprobe nf_conntrack, if a firewall or NAT rule needs it';
const MOUNT_PROC = 'mount -t proc proc /proc';

/** Files of counters, each with what fixes that it cannot be read. */
const COUNTER_FILES: readonly (readonly [name: string, path: string, fix: string])[] = [
  ['conntrack counters', '/proc/net/stat/nf_conntrack', LOAD_CONNTRACK],
  ['conntrack limits', '/proc/sys/net/netfilter/nf_conntrack_max', LOAD_CONNTRACK],
  ['TCP counters', '/proc/net/netstat', MOUNT_PROC],
  ['socket counts', '/proc/net/sockstat', MOUNT_PROC],
];

/** Programs that ctdiag runs, each with what stays unknown without it. */
const PROGRAMS = [
  ['ss', 'listeners and their queues stay unknown'],
  ['setpriv', 'after kill -9 of ctdiag, bpftrace keeps running for up to a second'],
  [
    'conntrack',
    'who fills the tables is known for this network namespace only, and whose NAT ports are used up stays unknown',
  ],
  ['ethtool', "a cloud's allowance of tracked connections stays unknown"],
] as const;

/** What the counters need. */
export async function counterChecks(): Promise<DoctorCheck[]> {
  const fromFiles = COUNTER_FILES.map(async ([name, path, fix]): Promise<DoctorCheck> => {
    const works = await isReadable(path);
    return toCheck({
      name,
      works,
      found: path,
      lost: `${path} cannot be read`,
      fix,
      otherwise: 'limited',
    });
  });
  const fromPrograms = PROGRAMS.map(([name, lost]): DoctorCheck => {
    const { file, refused } = findProgram(name, hostRoots());
    return toCheck({
      name,
      works: file !== null,
      found: file ?? '',
      lost: refused ?? `not installed; ${lost}`,
      fix: installCommand(name),
      otherwise: 'limited',
    });
  });
  return [...(await Promise.all(fromFiles)), ...fromPrograms];
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
