import { access, constants, readFile } from 'node:fs/promises';
import { findProgram } from '../../shell/programs.js';
import { createToolRunner } from '../tools/run-tool.js';
import type { ToolRunner } from '../tools/run-tool.js';
import type { Version } from './hooks.js';

/** Capabilities by their bit (capability.h): what bpftrace and the kernel ask for. */
const CAPABILITIES = {
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_SYS_ADMIN: 21,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const;

/** A capability that decides whether we may trace. */
export type Capability = keyof typeof CAPABILITIES;

/** What of this machine decides which probes can run. Gathered once, before anything is started. */
export interface ProbeSystem {
  readonly isRoot: boolean;
  /** The capabilities that decide whether we may trace, those that we have; `null` when it cannot be known. */
  readonly capabilities: ReadonlySet<Capability> | null;
  /** Full path of bpftrace, `null` when it is not installed. */
  readonly bpftracePath: string | null;
  /** Why it is not run though it is installed, a sentence without its end; `null` when it is run or not installed. */
  readonly bpftraceRefused: string | null;
  /** As `bpftrace --version` prints it (`0.17.0`), `null` when it did not say. */
  readonly bpftraceVersion: string | null;
  /** It did not say in time: the host is starved, or it hangs. */
  readonly bpftraceSlow: boolean;
  readonly kprobes: boolean;
  readonly tracefs: boolean;
  readonly vmlinuxBtf: boolean;
  /** Modules whose BTF can be read. */
  readonly moduleBtf: ReadonlySet<string>;
  /** Functions of the kernel and its modules, those that the hooks ask for. */
  readonly functions: ReadonlySet<string>;
  /** Tracepoints, as `group/event`, those that the hooks ask for. */
  readonly tracepoints: ReadonlySet<string>;
  /** Why a packet was dropped, by name: the number that skb:kfree_skb of this kernel gives it. */
  readonly dropReasons: ReadonlyMap<string, number>;
  /** `integrity` or `confidentiality` when the kernel is locked down, else `null`. */
  readonly lockdown: string | null;
}

/** Where to look; tests point elsewhere. */
export interface SystemRoots {
  readonly proc: string;
  readonly sys: string;
  readonly path: string;
  /** Whether we have root's rights. */
  readonly isRoot: boolean;
}

/** What to look up on a machine. */
export interface Wanted {
  readonly functions: ReadonlySet<string>;
  readonly tracepoints: ReadonlySet<string>;
  readonly modules: ReadonlySet<string>;
}

/**
 * A program that does not answer `--version` within this time is not going to trace now. On a host starved of
 * CPU, cold, bpftrace was seen to need more than 15 s: loading LLVM is most of its start.
 */
const VERSION_TIMEOUT_MS = 60_000;

/** Looks at the machine. Reads files and runs `bpftrace --version`, nothing else. */
export async function inspectSystem(
  roots: SystemRoots,
  wanted: Wanted,
  versionTimeoutMs = VERSION_TIMEOUT_MS,
  tools: ToolRunner = createToolRunner(),
): Promise<ProbeSystem> {
  const bpftrace = findProgram('bpftrace', roots);
  const bpftracePath = bpftrace.file;
  const [status, version, kprobes, tracefs, vmlinuxBtf, lockdown, functions, formats, ...modulesWithBtf] =
    await Promise.all([
      readFile(`${roots.proc}/self/status`, 'utf8').catch(() => ''),
      bpftracePath === null ? UNKNOWN_VERSION : versionOf(bpftracePath, versionTimeoutMs, tools),
      isReadable(`${roots.sys}/bus/event_source/devices/kprobe/type`),
      anyReadable([`${roots.sys}/kernel/tracing/events`, `${roots.sys}/kernel/debug/tracing/events`]),
      isReadable(`${roots.sys}/kernel/btf/vmlinux`),
      lockdownOf(`${roots.sys}/kernel/security/lockdown`),
      functionsOf(`${roots.proc}/kallsyms`, wanted.functions),
      formatsOf(roots.sys, wanted.tracepoints),
      ...[...wanted.modules].map(async (module) => ({
        module,
        btf: await isReadable(`${roots.sys}/kernel/btf/${module}`),
      })),
    ]);
  const moduleBtf = new Set(modulesWithBtf.filter((item) => item.btf).map((item) => item.module));
  return {
    isRoot: roots.isRoot,
    capabilities: capabilitiesIn(status),
    bpftracePath,
    bpftraceRefused: bpftrace.refused,
    bpftraceVersion: version.version,
    bpftraceSlow: version.slow,
    kprobes,
    tracefs,
    vmlinuxBtf,
    moduleBtf,
    functions,
    tracepoints: new Set(formats.keys()),
    dropReasons: dropReasonsOf(formats.get('skb/kfree_skb') ?? ''),
    lockdown,
  };
}

/** `0.17.0` as [0, 17]; `null` when it is no version. */
export function parseVersion(text: string | null): Version | null {
  const match = /^(\d+)\.(\d+)/.exec(text ?? '');
  return match === null ? null : [Number(match[1]), Number(match[2])];
}

/** Whether version `a` is `b` or newer. */
export function isAtLeast(a: Version, b: Version): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] >= b[1]);
}

/** Those of a `/proc/PID/status` that are effective. */
export function capabilitiesIn(status: string): ReadonlySet<Capability> | null {
  const effective = /^CapEff:\s*([0-9a-f]{16})$/m.exec(status)?.[1];
  if (effective === undefined) return null;
  const bits = BigInt(`0x${effective}`);
  const names = Object.entries(CAPABILITIES) as [Capability, number][];
  return new Set(names.filter(([, bit]) => ((bits >> BigInt(bit)) & 1n) === 1n).map(([name]) => name));
}

const UNKNOWN_VERSION = { version: null, slow: false } as const;

async function versionOf(
  bpftracePath: string,
  timeoutMs: number,
  tools: ToolRunner,
): Promise<{ readonly version: string | null; readonly slow: boolean }> {
  const printed: string[] = [];
  const end = await tools.run([bpftracePath, '--version'], (line) => printed.push(line), {
    timeoutMs,
    maxBytes: 64 * 1024,
  });
  const version = /v?(\d+\.\d+[\w.-]*)/.exec(printed.join('\n'))?.[1] ?? null;
  return { version, slow: version === null && end.timedOut };
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

async function anyReadable(paths: readonly string[]): Promise<boolean> {
  const each = await Promise.all(paths.map(isReadable));
  return each.includes(true);
}

async function lockdownOf(path: string): Promise<string | null> {
  try {
    const mode = /\[(\w+)\]/.exec(await readFile(path, 'utf8'))?.[1] ?? 'none';
    return mode === 'none' ? null : mode;
  } catch {
    return null;
  }
}

/** Those of the functions that the kernel or a loaded module has. */
export async function functionsOf(kallsyms: string, wanted: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  try {
    const text = await readFile(kallsyms, 'latin1');
    for (const name of wanted) {
      const match = new RegExp(`^\\S+ [tT] ${name}(?:\\t|$)`, 'm').exec(text);
      if (match !== null) found.add(name);
    }
  } catch {
    // Without kallsyms nothing is known to be there; the reason is shown for each hook.
  }
  return found;
}

/** The format files of the tracepoints that are there. */
async function formatsOf(sys: string, wanted: ReadonlySet<string>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of wanted) {
    for (const folder of ['tracing', 'debug/tracing']) {
      try {
        found.set(name, await readFile(`${sys}/kernel/${folder}/events/${name}/format`, 'utf8'));
        break;
      } catch {
        // Not there, or not for us to read.
      }
    }
  }
  return found;
}

/** The reasons that a format's `__print_symbolic(REC->reason, { 7, "NETFILTER_DROP" }, ...)` names. */
export function dropReasonsOf(format: string): Map<string, number> {
  const pairs = format.slice(Math.max(0, format.indexOf('REC->reason'))).matchAll(/\{ *(\d+), *"(\w+)" *\}/g);
  // They become part of a program: whole numbers and nothing else.
  return new Map(
    [...pairs]
      .map(([, number, name]) => [name ?? '', Number(number)] as const)
      .filter(([, number]) => Number.isSafeInteger(number)),
  );
}
