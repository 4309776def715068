import type {
  FilePlace,
  KubeProxy,
  SettingsRecord,
  StreamHeader,
  SysctlReapplied,
} from '../records/index.js';
import { kernelDefault } from './kernel-defaults.js';
import type { KernelDefault, KernelFacts } from './kernel-defaults.js';
import { fileValueOf } from './sysctl-order.js';
import type { LosingPlace, SysctlPlace } from './sysctl-order.js';

/** How a running value and the files relate. */
export type DriftVerdict =
  /** Files and running value agree. */
  | 'same'
  /** They agree, but the file was changed since boot and nothing applies it when the module is loaded. */
  | 'lost-at-next-boot'
  /** The file was read before the module was loaded, so the kernel's default is in effect. */
  | 'lost-at-module-load'
  /** kube-proxy wrote another value than the file's. */
  | 'overwritten-by-kube-proxy'
  /** They differ; the files do not explain why. */
  | 'drift'
  /** No file sets it; kube-proxy sets it at each start. */
  | 'set-by-kube-proxy'
  /** No file sets it and it is not the kernel's default: lost at the next boot. */
  | 'run-time-only'
  /** It is the kernel's default, and no file of the administrator sets it. */
  | 'default'
  /** No file sets it; the kernel's default is not known. */
  | 'unset'
  /** The running value is not known. */
  | 'unknown';

/** Where a sysctl is set, and whether the value persists. */
export interface SettingDrift {
  /** Name with dots. */
  readonly name: string;
  /** As the kernel shows it; `null` is unknown. */
  readonly running: string | null;
  readonly file: SysctlPlace | null;
  readonly loses: readonly LosingPlace[];
  readonly kernelDefault: KernelDefault | null;
  readonly verdict: DriftVerdict;
  /** What applies a file's value when the module is loaded later; `null` if nothing does, or no module is involved. */
  readonly heldBy:
    (FilePlace & { readonly by: 'udev' | 'modprobe' | 'modules-load' | 'command-line' | 'built-in' }) | null;
  readonly kubeProxy: KubeProxy | null;
}

/** Tolerance of computed defaults that depend on memory. */
const NEAR = 0.03;

/** Compares the running value (`null`: unknown) with the files and with the kernel's default. */
export function driftOf(
  settings: SettingsRecord,
  name: string,
  running: string | null,
  header: Pick<StreamHeader, 'kernel' | 'memTotalBytes' | 'pageBytes'>,
): SettingDrift {
  const { wins, loses } = fileValueOf(settings, name);
  const facts = kernelFacts(settings, header);
  const byDefault = kernelDefault(name, facts);
  const heldBy = wins === null ? null : persistedBy(settings, name, wins.value);
  const kubeProxy = KUBE_PROXY_SETS.includes(name) ? settings.kubeProxy : null;
  const base = { name, running, file: wins, loses, kernelDefault: byDefault, heldBy, kubeProxy };
  return { ...base, verdict: verdictOf(base, settings) };
}

/** The inputs of the kernel's defaults. */
function kernelFacts(
  settings: SettingsRecord,
  header: Pick<StreamHeader, 'kernel' | 'memTotalBytes' | 'pageBytes'>,
): KernelFacts {
  const given = settings.moduleOptions.findLast(
    (moduleOption) => moduleOption.module === 'nf_conntrack' && moduleOption.option === 'hashsize',
  );
  const hashsize = given === undefined || !/^\d+$/.test(given.value) ? null : Number(given.value);
  return {
    kernel: header.kernel,
    memTotalBytes: header.memTotalBytes,
    cpus: settings.cpus,
    ...(header.pageBytes === undefined ? {} : { pageBytes: header.pageBytes }),
    hashsize: hashsize === null || hashsize === 0 || !Number.isSafeInteger(hashsize) ? null : hashsize,
  };
}

/** The module that creates this sysctl; `null` if it always exists. */
function moduleOf(name: string): string | null {
  if (name.startsWith('net.netfilter.nf_conntrack_') || name === 'net.nf_conntrack_max')
    return 'nf_conntrack';
  return name.startsWith('net.ipv4.vs.') ? 'ip_vs' : null;
}

const KUBE_PROXY_SETS: readonly string[] = [
  'net.netfilter.nf_conntrack_max',
  'net.nf_conntrack_max',
  'net.netfilter.nf_conntrack_buckets',
  'net.netfilter.nf_conntrack_tcp_timeout_established',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
];

function verdictOf(drift: Omit<SettingDrift, 'verdict'>, settings: SettingsRecord): DriftVerdict {
  const { name, running, file, kernelDefault: byDefault, heldBy, kubeProxy } = drift;
  if (running === null) return 'unknown';
  const isDefault = byDefault !== null && isSameValue(running, byDefault.value, byDefault.exact);
  if (file === null) {
    if (isDefault) return 'default';
    if (kubeProxy !== null) return 'set-by-kube-proxy';
    return byDefault?.exact === true ? 'run-time-only' : 'unset';
  }
  // Distributions ship a file for it; without systemd-sysctl nothing applies that file, and the kernel default is no drift.
  if (name === 'kernel.pid_max' && isDefault && file.file.startsWith('/usr/lib/')) return 'default';
  const late = moduleOf(name) !== null && heldBy === null;
  if (isSameValue(running, file.value, true))
    return late && changedSinceBoot(settings, file) ? 'lost-at-next-boot' : 'same';
  if (kubeProxy !== null && !isDefault) return 'overwritten-by-kube-proxy';
  return late && isDefault ? 'lost-at-module-load' : 'drift';
}

/** Whether the file was changed since the last boot. */
function changedSinceBoot(settings: SettingsRecord, { file }: SysctlPlace): boolean {
  const found = settings.sysctlFiles.find((sysctlFile) => (sysctlFile.linkTo ?? sysctlFile.file) === file);
  return (
    found?.changedAtMs != null && settings.bootedAtMs !== null && found.changedAtMs > settings.bootedAtMs
  );
}

function persistedBy(settings: SettingsRecord, name: string, value: string): SettingDrift['heldBy'] {
  const module = moduleOf(name);
  if (module === null) return null;
  const loaded = settings.moduleLoads.find((moduleLoad) => moduleLoad.module === module);
  if (loaded !== undefined) return { by: loaded.by, file: loaded.file, line: loaded.line };
  const key = name.replaceAll('.', '/');
  const again = settings.reapplied.find(
    (sysctlReapplied) => sysctlReapplied.module === module && reappliesSetting(sysctlReapplied, key, value),
  );
  return again === undefined ? null : { by: again.by, file: again.file, line: again.line };
}

function reappliesSetting({ sets, prefix }: SysctlReapplied, key: string, value: string): boolean {
  if (sets !== null) return sets.key === key && isSameValue(sets.value, value, true);
  return prefix === null || key === prefix || key.startsWith(`${prefix}/`);
}

/** Compares word by word: several numbers are written with blanks and shown with tabs. */
function isSameValue(a: string, b: string, exact: boolean): boolean {
  const words = (text: string): string[] => text.trim().split(/\s+/);
  const left = words(a);
  const right = words(b);
  return (
    left.length === right.length &&
    left.every((word, index) => {
      const other = right[index] ?? '';
      if (word === other) return true;
      if (word === '' || other === '') return false;
      const [mine, its] = [Number(word), Number(other)];
      if (Number.isNaN(mine) || Number.isNaN(its)) return false;
      return exact ? mine === its : Math.abs(mine - its) <= NEAR * Math.max(Math.abs(mine), Math.abs(its));
    })
  );
}
