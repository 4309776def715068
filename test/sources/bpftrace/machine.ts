import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { lookupsOfVariants } from '../../../src/sources/bpftrace/compose.js';
import type { SystemRoots } from '../../../src/sources/bpftrace/system.js';

/** What a made-up machine has; by default all that probes need. */
export interface MachineOptions {
  /** A stand-in out of test/fixtures/bpftrace, or `null` for none. */
  readonly bpftrace?: string | null;
  readonly isRoot?: boolean;
  readonly kprobes?: boolean;
  readonly tracefs?: boolean;
  readonly moduleBtf?: boolean;
  readonly functions?: Iterable<string>;
  readonly lockdown?: string;
}

/** Lays out the files by which a machine is judged in a folder of its own, gone after the test. */
export function machine(options: MachineOptions = {}): SystemRoots {
  const folder = mkdtempSync(join(tmpdir(), 'ctdiag-machine-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const put = (path: string, text = ''): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  mkdirSync(join(folder, 'bin'));
  const program = options.bpftrace === undefined ? 'attaches' : options.bpftrace;
  if (program !== null) {
    const file = join(folder, 'bin/bpftrace');
    copyFileSync(fileURLToPath(new URL(`../../fixtures/bpftrace/${program}`, import.meta.url)), file);
    chmodSync(file, 0o755);
  }
  // The real one, where there is one: a stand-in must die with us as bpftrace does.
  if (existsSync('/usr/bin/setpriv')) symlinkSync('/usr/bin/setpriv', join(folder, 'bin/setpriv'));
  if (options.kprobes !== false) put('sys/bus/event_source/devices/kprobe/type', '8\n');
  if (options.tracefs !== false) {
    put('sys/kernel/tracing/events/enable');
    for (const name of lookupsOfVariants().tracepoints)
      put(
        `sys/kernel/tracing/events/${name}/format`,
        '__print_symbolic(REC->reason, { 7, "NETFILTER_DROP" }, { 50, "TC_EGRESS" }, { 57, "TC_INGRESS" })',
      );
  }
  put('sys/kernel/btf/vmlinux');
  if (options.moduleBtf !== false) put('sys/kernel/btf/nf_conntrack');
  if (options.lockdown !== undefined) put('sys/kernel/security/lockdown', `none [${options.lockdown}]\n`);
  const functions = [...(options.functions ?? lookupsOfVariants().functions)];
  put('proc/kallsyms', functions.map((name) => `ffffffff81000000 t ${name}\t[nf_conntrack]\n`).join(''));
  return {
    proc: join(folder, 'proc'),
    sys: join(folder, 'sys'),
    path: join(folder, 'bin'),
    isRoot: options.isRoot ?? true,
  };
}
