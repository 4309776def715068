import type { ElapsedMs } from './units.js';

/** A place in a file of the host, as people edit it: never a path inside a test's root. */
export interface FilePlace {
  readonly file: string;
  /** From 1; `null` where the file as a whole says it. */
  readonly line: number | null;
}

/** One assignment in a sysctl file. */
export interface SysctlLine {
  /** From 1. */
  readonly line: number;
  /** With slashes between its parts (`net/ipv4/conf/eth0.100/rp_filter`), globs (`*`, `?`, `[…]`) as written. */
  readonly key: string;
  /** `null` takes the key out of what globs set (a line `-key` without a value). */
  readonly value: string | null;
}

/** One file that may set sysctls at boot. */
export interface SysctlFile {
  readonly file: string;
  /** The file that it is a link to (Debian's `99-sysctl.conf` is `/etc/sysctl.conf`); `null` when it is none. */
  readonly linkTo: string | null;
  /** The file of the same name in a directory of higher precedence that hides it; `null` when none does. */
  readonly maskedBy: string | null;
  /** Whether what applies sysctls at boot reads it: not when masked, nor systemd /etc/sysctl.conf without a link. */
  readonly readAtBoot: boolean;
  /** When it was last changed, milliseconds since the epoch; `null` when unknown. */
  readonly changedAtMs: number | null;
  readonly lines: readonly SysctlLine[];
}

/** What loads a kernel module before sysctls are applied at boot. */
export interface ModuleLoad extends FilePlace {
  readonly module: string;
  readonly by: 'modules-load' | 'command-line' | 'built-in';
}

/** What applies sysctls again when a module is loaded. */
export interface SysctlReapplied extends FilePlace {
  readonly module: string;
  readonly by: 'udev' | 'modprobe';
  /** The key (with slashes) and the value that it writes; `null` when it runs the sysctl files again. */
  readonly sets: { readonly key: string; readonly value: string } | null;
  /** Only keys below this are applied again (`net/netfilter`); `null` for all. */
  readonly prefix: string | null;
}

/** An option that a module is loaded with. */
export interface ModuleOption extends FilePlace {
  readonly module: string;
  readonly option: string;
  readonly value: string;
}

/** Where a process's limit of open files comes from. */
export interface ServiceLimit {
  readonly pid: number;
  /** The systemd unit that it runs in, `null` when it is in none. */
  readonly unit: string | null;
  /** The line that sets it, `null` where no file does. */
  readonly nofile: (FilePlace & { readonly value: string }) | null;
  /** Who sets it: the unit, systemd for all units, pam_limits at a login, a container's runtime; `null` unknown. */
  readonly by: 'unit' | 'manager' | 'login' | 'container' | null;
}

/** A Kubernetes proxy, which sets conntrack's limits each time that it starts. */
export interface KubeProxy {
  readonly pid: number;
  readonly comm: string;
}

/**
 * Where the limits of this host are set, read from its files; replaces the record before it.
 * Written when it changes, and about once a minute looked at.
 */
export interface SettingsRecord {
  readonly type: 'settings';
  readonly elapsedMs: ElapsedMs;
  /** What reads the sysctl files at boot; `null` when nothing is known to. */
  readonly reader: 'systemd-sysctl' | 'procps' | null;
  /** ctdiag runs in a container and sees the container's files, not the host's. */
  readonly inContainer: boolean;
  /** ctdiag is in the network namespace of process 1: sysctl files are about that one. `null` when unknown. */
  readonly inInitNetns: boolean | null;
  /** When the machine booted, milliseconds since the epoch; `null` when unknown. */
  readonly bootedAtMs: number | null;
  /** CPUs online, `null` when unknown. */
  readonly cpus: number | null;
  /** In the order in which they are applied; those that are masked are listed too. */
  readonly sysctlFiles: readonly SysctlFile[];
  readonly moduleLoads: readonly ModuleLoad[];
  readonly moduleOptions: readonly ModuleOption[];
  readonly reapplied: readonly SysctlReapplied[];
  readonly kubeProxy: KubeProxy | null;
  /** Of the owners of listeners. */
  readonly services: readonly ServiceLimit[];
  /** Files that could not be read, with the reason. */
  readonly unreadable: readonly { readonly what: string; readonly why: string }[];
}
