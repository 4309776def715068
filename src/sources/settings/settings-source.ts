import { statSync } from 'node:fs';
import { release } from 'node:os';
import type { KubeProxy, ServiceLimit, SettingsRecord } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import type { Source } from '../source.js';
import { openHostFiles } from './host-files.js';
import type { HostFiles } from './host-files.js';
import { readModules } from './modules.js';
import { ownProc, procBelow } from './proc-view.js';
import type { ProcView } from './proc-view.js';
import { readSysctlFiles, sysctlsOfCommandLine } from './sysctl-files.js';
import type { SysctlReader } from './sysctl-files.js';
import { readUdevRules } from './udev-rules.js';
import { serviceLimit } from './units.js';

/** Files rarely change, and reading them takes some milliseconds. */
const READ_MS = 60_000;

/** Services that are looked up. */
const MAX_SERVICES = 64;

/** Reads where the limits of this host are set. */
interface SettingsReader {
  /** The settings, when it is time to look at them again or there are other processes; `null` otherwise. */
  readIfDue(elapsedMs: number, pids: readonly number[]): SettingsRecord | null;
}

/** The settings as a source, looked up for the processes that listen. */
export function openSettingsSource(root: string, procRoot: string, view: HostView): Source {
  const reader = openSettingsReader(root, procRoot);
  let polled = false;
  return {
    poll(elapsedMs) {
      // Not before the first frame is out: a person waits for it.
      const record = polled ? reader.readIfDue(elapsedMs, view.listenerPids) : null;
      polled = true;
      return record === null ? [] : [record];
    },
    // The record names what could not be read.
    unreadable: [],
    stop: () => Promise.resolve(),
    kill: () => undefined,
  };
}

/**
 * `root` holds the files of the host, `procRoot` its processes. In a container that shares the host's processes the
 * host's files are found through process 1.
 */
function openSettingsReader(root: string, procRoot: string): SettingsReader {
  const proc = ownProc(procRoot);
  let last: SettingsRecord | null = null;
  let lookedFor = '';
  return {
    readIfDue(elapsedMs, pids) {
      const fresh = last === null || elapsedMs - last.elapsedMs >= READ_MS;
      const wanted = [...pids].sort((a, b) => a - b).join();
      if (!fresh && wanted === lookedFor) return null;
      lookedFor = wanted;
      const from = root === '/' ? rootOfInit(procRoot) : root;
      const services = readServices(from, procRoot, pids);
      if (fresh) {
        const throughInit = from.startsWith(`${procRoot}/1/root`);
        const settings = readSettings(openHostFiles(from), proc, throughInit, elapsedMs, release());
        last = { ...settings, services };
      }
      return last === null ? null : { ...last, elapsedMs, services };
    },
  };
}

function readServices(root: string, procRoot: string, pids: readonly number[]): ServiceLimit[] {
  const files = openHostFiles(root);
  return pids.slice(0, MAX_SERVICES).map((pid) => serviceLimit(files, procRoot, pid));
}

/** Reads the settings of a host now: this one, or what is below another root (empty: this one). */
export function readHostSettings(root: string, kernel = release()): SettingsRecord {
  if (root === '') return readSettings(openHostFiles('/'), ownProc('/proc'), false, 0, kernel);
  return readSettings(openHostFiles(root), procBelow(root), false, 0, kernel);
}

/** Bounded in files and bytes; what cannot be read is named in the record. */
function readSettings(
  files: HostFiles,
  proc: ProcView,
  throughInit: boolean,
  elapsedMs: number,
  kernel: string,
): SettingsRecord {
  const reader = readerOf(files, proc);
  const commandLine = proc.text('cmdline') ?? '';
  const modules = readModules(files, kernel, commandLine);
  const own = proc.netns('self');
  const ofInit = proc.netns('1');
  return {
    type: 'settings',
    elapsedMs,
    reader,
    inContainer: inContainer(files, proc, throughInit),
    inInitNetns: own === null || ofInit === null ? null : own === ofInit,
    ...sinceBoot(proc.text('stat') ?? ''),
    sysctlFiles: [...sysctlsOfCommandLine(commandLine), ...readSysctlFiles(files, reader)],
    moduleLoads: modules.loads,
    moduleOptions: modules.options,
    reapplied: [...readUdevRules(files), ...modules.reapplied],
    kubeProxy: findKubeProxy(proc),
    services: [],
    unreadable: files.unreadable,
  };
}

/** The root directory of process 1, where it is another one than ours and may be looked into; else ours. */
function rootOfInit(procRoot: string): string {
  try {
    statSync(`${procRoot}/1/root/`);
    return ownProc(procRoot).hasOurRoot() ? '/' : `${procRoot}/1/root`;
  } catch {
    return '/';
  }
}

function readerOf(files: HostFiles, proc: ProcView): SysctlReader {
  if (files.exists('/run/systemd/system')) return 'systemd-sysctl';
  const programs = ['/sbin/sysctl', '/usr/sbin/sysctl', '/bin/sysctl', '/usr/bin/sysctl'];
  const procps = OTHER_INITS.includes(proc.comm(1)) && programs.some((path) => files.exists(path));
  return procps ? 'procps' : null;
}

/** Of sysvinit, OpenRC, runit and busybox, whose scripts run `sysctl --system`. */
const OTHER_INITS: readonly string[] = ['init', 'openrc-init', 'runit', 'runit-init'];

/**
 * Whether the files are a container's. Who sees the kernel's own threads sees the host's processes; its files are
 * then found through process 1, unless we may not look there. The marks are what container runtimes leave behind.
 */
function inContainer(files: HostFiles, proc: ProcView, throughInit: boolean): boolean {
  if (throughInit) return false;
  const marks = ['/.dockerenv', '/run/.containerenv', '/run/systemd/container'];
  const marked =
    marks.some((path) => files.exists(path)) || /(?:^|\0)container=/.test(proc.text('1/environ') ?? '');
  if (!marked) return false;
  return proc.comm(2) !== 'kthreadd' || !proc.hasOurRoot();
}

/** /proc/stat: a line a CPU, and when the machine booted. */
function sinceBoot(stat: string): Pick<SettingsRecord, 'bootedAtMs' | 'cpus'> {
  const seconds = /^btime (\d+)$/m.exec(stat)?.[1];
  const cpus = stat.match(/^cpu\d+ /gm)?.length ?? null;
  return { bootedAtMs: seconds === undefined ? null : Number(seconds) * 1000, cpus };
}

/** k3s and rke2 have the proxy in their own process. */
const KUBE_PROXIES: readonly string[] = ['kube-proxy', 'k3s-server', 'k3s-agent', 'k3s'];

function findKubeProxy(proc: ProcView): KubeProxy | null {
  for (const pid of proc.pids()) {
    const comm = proc.comm(Number(pid));
    if (KUBE_PROXIES.includes(comm)) return { pid: Number(pid), comm };
  }
  return null;
}
