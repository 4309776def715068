import { installCommand } from '../../shell/install.js';
import { isAtLeast, parseVersion } from './system.js';
import type { Capability, ProbeSystem } from './system.js';

/** The oldest bpftrace whose language and output the probes work with. */
const OLDEST_BPFTRACE = [0, 11] as const;

/** Before it, bpftrace runs as user 0 only; since, as any user with the capabilities (bpftrace#4773). */
const ANY_USER_SINCE = [0, 25] as const;

/** Something that keeps probes from running, and what fixes it. */
export interface Obstacle {
  readonly code:
    | 'no-bpftrace'
    | 'unsafe-program'
    | 'bpftrace-too-old'
    | 'bpftrace-silent'
    | 'bpftrace-slow'
    | 'not-root'
    | 'no-capability'
    | 'locked-down'
    | 'no-tracefs'
    | 'no-hooks';
  /** The problem as a clause without a full stop: `bpftrace is not installed`. */
  readonly what: string;
  /** What to do about it, a clause: `apt-get install bpftrace`. */
  readonly remedy: string;
}

/** The first obstacle that keeps every probe from running; `null` without one. */
export function obstacleTo(system: ProbeSystem): Obstacle | null {
  // First what neither root nor a package can fix.
  if (!system.kprobes)
    return {
      code: 'no-hooks',
      what: 'this kernel has no kprobes',
      remedy: 'use a kernel with CONFIG_KPROBES (every stock distribution kernel has it)',
    };
  const rights = missingRights(system);
  if (rights !== null) return rights;
  if (system.bpftraceRefused !== null)
    return {
      code: 'unsafe-program',
      what: system.bpftraceRefused,
      remedy: `make it writable by root only, or use the distribution's own: ${installCommand('bpftrace')}`,
    };
  if (system.bpftracePath === null)
    return {
      code: 'no-bpftrace',
      what: 'bpftrace is not installed',
      remedy: installCommand('bpftrace'),
    };
  const version = parseVersion(system.bpftraceVersion);
  if (version === null && system.bpftraceSlow)
    return {
      code: 'bpftrace-slow',
      what: 'bpftrace --version timed out: the host is short of CPU, or bpftrace hangs',
      remedy: `run it by hand: ${system.bpftracePath} --version`,
    };
  if (version === null)
    return {
      code: 'bpftrace-silent',
      what: `${system.bpftracePath} --version prints no version`,
      remedy: `run it by hand: ${system.bpftracePath} --version`,
    };
  if (!isAtLeast(version, OLDEST_BPFTRACE))
    return {
      code: 'bpftrace-too-old',
      what: `bpftrace ${system.bpftraceVersion ?? '?'} is too old`,
      remedy: `install bpftrace ${OLDEST_BPFTRACE.join('.')} or newer`,
    };
  if (system.lockdown === 'confidentiality')
    return {
      code: 'locked-down',
      what: 'the kernel is locked down (confidentiality)',
      remedy: 'boot without lockdown=confidentiality; until then only the counters work',
    };
  if (!system.tracefs)
    return {
      code: 'no-tracefs',
      what: 'tracefs is not mounted',
      remedy: 'mount -t tracefs tracefs /sys/kernel/tracing',
    };
  return null;
}

/** The missing rights (root or capabilities) without which nothing can be traced; `null` when none are missing. */
export function missingRights(system: ProbeSystem): Obstacle | null {
  const { isRoot, capabilities } = system;
  const version = parseVersion(system.bpftraceVersion);
  const anyUser = capabilities !== null && version !== null && isAtLeast(version, ANY_USER_SINCE);
  if (!isRoot && !anyUser) return { code: 'not-root', what: 'not root', remedy: 'run it with sudo' };
  if (capabilities === null) return null;
  const needed: Capability[] = capabilities.has('CAP_SYS_ADMIN') ? [] : ['CAP_BPF', 'CAP_PERFMON'];
  if (!isRoot) needed.push('CAP_DAC_READ_SEARCH', 'CAP_DAC_OVERRIDE');
  const missing = needed.filter((name) => !capabilities.has(name));
  if (missing.length === 0) return null;
  return isRoot
    ? {
        code: 'no-capability',
        what: `root without ${missing.join(', ')}`,
        remedy: 'start its container or service with these capabilities, or with CAP_SYS_ADMIN',
      }
    : { code: 'not-root', what: `not root, and without ${missing.join(', ')}`, remedy: 'run it with sudo' };
}
