import { atLeast, parseVersion } from './system.js';
import type { ProbeSystem } from './system.js';

/** Oldest bpftrace whose output and language our probes can rely on. */
const OLDEST_BPFTRACE = [0, 11] as const;

/** Something that keeps probes from running, and the one command or act that mends it. */
export interface Obstacle {
  readonly code:
    | 'no-bpftrace'
    | 'bpftrace-too-old'
    | 'bpftrace-silent'
    | 'not-root'
    | 'locked-down'
    | 'no-tracefs'
    | 'no-hooks';
  /** What is the matter, a clause without its end: `bpftrace is not installed`. */
  readonly what: string;
  /** What to do about it, a clause: `apt-get install bpftrace`. */
  readonly mend: string;
}

/** The first thing that keeps every probe from running; `null` when nothing does. */
export function obstacleTo(system: ProbeSystem): Obstacle | null {
  if (!system.isRoot) return { code: 'not-root', what: 'not root', mend: 'run it with sudo' };
  if (system.bpftracePath === null)
    return {
      code: 'no-bpftrace',
      what: 'bpftrace is not installed',
      mend: 'apt-get install bpftrace (dnf install bpftrace on RHEL and Fedora)',
    };
  const version = parseVersion(system.bpftraceVersion);
  if (version === null)
    return {
      code: 'bpftrace-silent',
      what: `${system.bpftracePath} --version does not name its version`,
      mend: `try it by hand: ${system.bpftracePath} --version`,
    };
  if (!atLeast(version, OLDEST_BPFTRACE))
    return {
      code: 'bpftrace-too-old',
      what: `bpftrace ${system.bpftraceVersion ?? '?'} is too old`,
      mend: `install bpftrace ${OLDEST_BPFTRACE.join('.')} or newer`,
    };
  if (system.lockdown === 'confidentiality')
    return {
      code: 'locked-down',
      what: 'the kernel is locked down (confidentiality)',
      mend: 'boot without lockdown=confidentiality; until then only the counters work',
    };
  if (!system.kprobes)
    return {
      code: 'no-hooks',
      what: 'this kernel has no kprobes',
      mend: 'use a kernel with CONFIG_KPROBES (every stock distribution kernel has it)',
    };
  if (!system.tracefs)
    return {
      code: 'no-tracefs',
      what: 'tracefs is not mounted',
      mend: 'mount -t tracefs tracefs /sys/kernel/tracing',
    };
  return null;
}
