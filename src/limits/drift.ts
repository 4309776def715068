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

/** How a running value and the files stand to each other. */
export type DriftVerdict =
  /** The files say what is. */
  | 'same'
  /** They agree, but the file was changed since the boot and nothing will apply it once the module has loaded. */
  | 'lost-at-next-boot'
  /** The file was read before the module loaded, so that the kernel's default is in force. */
  | 'lost-at-module-load'
  /** A Kubernetes proxy has written over what the file says: newer ones only raise it. */
  | 'overwritten-by-kube-proxy'
  /** They differ, for a reason that the files do not tell. */
  | 'drift'
  /** No file sets it, a Kubernetes proxy does at each start. */
  | 'set-by-kube-proxy'
  /** No file sets it, and it is not the kernel's default: the next boot takes it away. */
  | 'run-time-only'
  /** No file sets it, and it is the kernel's default. */
  | 'default'
  /** No file sets it; the kernel's default is not known. */
  | 'unset'
  /** The running value is not known. */
  | 'unknown';

/** Where one sysctl is set, and whether it will stay. */
export interface SettingDrift {
  /** Name with dots. */
  readonly name: string;
  /** As the kernel shows it; `null` is unknown. */
  readonly running: string | null;
  readonly file: SysctlPlace | null;
  readonly loses: readonly LosingPlace[];
  readonly kernelDefault: KernelDefault | null;
  readonly verdict: DriftVerdict;
  /** What makes a file's value hold though its module may load later; `null` when nothing does, or nothing need. */
  readonly heldBy:
    (FilePlace & { readonly by: 'udev' | 'modprobe' | 'modules-load' | 'command-line' | 'built-in' }) | null;
  readonly kubeProxy: KubeProxy | null;
}

/** Computed defaults that follow memory are right to this share. */
const NEAR = 0.03;

/** Compares what runs (`null` unknown) with what the files say and what the kernel would take by itself. */
export function driftOf(
  settings: SettingsRecord,
  name: string,
  running: string | null,
  header: Pick<StreamHeader, 'kernel' | 'memTotalBytes'>,
): SettingDrift {
  const { wins, loses } = fileValueOf(settings, name);
  const facts = kernelFacts(settings, header);
  const byDefault = kernelDefault(name, facts);
  const heldBy = wins === null ? null : holderOf(settings, name, wins.value);
  const kubeProxy = KUBE_PROXY_SETS.includes(name) ? settings.kubeProxy : null;
  const base = { name, running, file: wins, loses, kernelDefault: byDefault, heldBy, kubeProxy };
  return { ...base, verdict: verdictOf(base, settings) };
}

/** What this kernel computes its defaults from. */
function kernelFacts(
  settings: SettingsRecord,
  header: Pick<StreamHeader, 'kernel' | 'memTotalBytes'>,
): KernelFacts {
  const given = settings.moduleOptions.findLast(
    (moduleOption) => moduleOption.module === 'nf_conntrack' && moduleOption.option === 'hashsize',
  );
  const hashsize = given === undefined || !/^\d+$/.test(given.value) ? null : Number(given.value);
  return {
    kernel: header.kernel,
    memTotalBytes: header.memTotalBytes,
    cpus: settings.cpus,
    hashsize: hashsize === null || hashsize === 0 || !Number.isSafeInteger(hashsize) ? null : hashsize,
  };
}

/** The module whose sysctl this is: it is not there before the module has loaded. */
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
  const isDefault = byDefault !== null && sameValue(running, byDefault.value, byDefault.exact);
  if (file === null) {
    if (isDefault) return 'default';
    if (kubeProxy !== null) return 'set-by-kube-proxy';
    return byDefault?.exact === true ? 'run-time-only' : 'unset';
  }
  const late = moduleOf(name) !== null && heldBy === null;
  if (sameValue(running, file.value, true))
    return late && changedSinceBoot(settings, file) ? 'lost-at-next-boot' : 'same';
  if (kubeProxy !== null && !isDefault) return 'overwritten-by-kube-proxy';
  return late && isDefault ? 'lost-at-module-load' : 'drift';
}

/** A file that no boot has tried yet. */
function changedSinceBoot(settings: SettingsRecord, { file }: SysctlPlace): boolean {
  const found = settings.sysctlFiles.find((sysctlFile) => (sysctlFile.linkTo ?? sysctlFile.file) === file);
  return (
    found?.changedAtMs != null && settings.bootedAtMs !== null && found.changedAtMs > settings.bootedAtMs
  );
}

function holderOf(settings: SettingsRecord, name: string, value: string): SettingDrift['heldBy'] {
  const module = moduleOf(name);
  if (module === null) return null;
  const loaded = settings.moduleLoads.find((moduleLoad) => moduleLoad.module === module);
  if (loaded !== undefined) return { by: loaded.by, file: loaded.file, line: loaded.line };
  const key = name.replaceAll('.', '/');
  const again = settings.reapplied.find(
    (sysctlReapplied) => sysctlReapplied.module === module && covers(sysctlReapplied, key, value),
  );
  return again === undefined ? null : { by: again.by, file: again.file, line: again.line };
}

function covers({ sets, prefix }: SysctlReapplied, key: string, value: string): boolean {
  if (sets !== null) return sets.key === key && sameValue(sets.value, value, true);
  return prefix === null || key === prefix || key.startsWith(`${prefix}/`);
}

/** Sysctls of several numbers are written with blanks and shown with tabs. */
function sameValue(a: string, b: string, exact: boolean): boolean {
  const words = (text: string): string[] => text.trim().split(/\s+/);
  const left = words(a);
  const right = words(b);
  return (
    left.length === right.length &&
    left.every((word, index) => {
      const other = right[index] ?? '';
      if (word === other) return true;
      if (word === '' || other === '') return false;
      const [one, two] = [Number(word), Number(other)];
      if (Number.isNaN(one) || Number.isNaN(two)) return false;
      return exact ? one === two : Math.abs(one - two) <= NEAR * Math.max(Math.abs(one), Math.abs(two));
    })
  );
}
