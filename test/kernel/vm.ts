import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { initramfsOf } from './initramfs.js';
import type { Kernel } from './kernels.js';
import { qemuCommand, type Share, type TaggedShare } from './qemu.js';
import { serveByVirtiofs } from './virtiofs.js';

export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

interface VmOptions {
  readonly kernel: Kernel;
  /** A root file system on the host; the guest sees it with a throw-away layer above. */
  readonly root: string;
  readonly memoryMiB: number;
  /** In guest/: the guest's process 1. */
  readonly init: string;
  /** For bash, run by root with no terminal, in a session of its own. Its output is in the results. */
  readonly script: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Host folders to show read-only, besides the kernel's modules and the checkout (at its own path). */
  readonly shares?: readonly Share[];
  /** /results of the guest: what it writes is on the host at once. Emptied first. */
  readonly resultsDir: string;
  /** For the whole run, boot included. */
  readonly timeoutMs: number;
  /** Every line of the serial console, free of escape codes. */
  readonly onConsole?: (line: string) => void;
}

export interface VmRun {
  /** Of the script. */
  readonly exitCode: number;
  readonly resultsDir: string;
  /** From QEMU's start until the script began. */
  readonly bootMs: number;
  readonly elapsedMs: number;
  /** Its last lines; the kernel prints little there but what is wrong. */
  readonly consoleTail: string;
}

/** The guest ended, or was ended, without saying how its script ended. */
export class VmFailure extends Error {
  override readonly name = 'VmFailure';
  readonly code: 'timed-out' | 'died';
  readonly consoleTail: string;
  constructor(code: VmFailure['code'], message: string, consoleTail: string) {
    super(message);
    this.code = code;
    this.consoleTail = consoleTail;
  }
}

const consoleTailLines = 40;

/** Boots the kernel, runs the script in it, and resolves after the guest has powered itself off. */
export async function runInVm(options: VmOptions): Promise<VmRun> {
  const shares = [
    { hostPath: join(options.kernel.base, 'lib/modules'), guestPath: '/lib/modules' },
    { hostPath: checkout, guestPath: checkout },
    ...(options.shares ?? []),
  ];
  await writeInstructions(options, shares);
  const initramfs = await initramfsOf(options.kernel);

  const tagged = taggedShares(options, shares);
  const served = options.kernel.transport === 'virtiofs' ? await serveByVirtiofs(tagged) : undefined;
  try {
    return await bootAndWait(options, initramfs, served?.shares ?? tagged);
  } finally {
    await served?.close();
  }
}

/** The instructions name the mount tags by the same rule. */
function taggedShares({ root, resultsDir }: VmOptions, shares: readonly Share[]): readonly TaggedShare[] {
  return [
    { tag: 'share-root', hostPath: root, readOnly: true },
    { tag: 'share-results', hostPath: resultsDir, readOnly: false },
    ...shares.map(({ hostPath }, index) => ({ tag: `share-${index}`, hostPath, readOnly: true })),
  ];
}

async function bootAndWait(
  options: VmOptions,
  initramfs: string,
  shares: readonly TaggedShare[],
): Promise<VmRun> {
  const { resultsDir, timeoutMs } = options;
  const startedAt = performance.now();
  // Should this process be killed with no chance to clean up, the kernel ends QEMU too.
  const command = ['--pdeathsig', 'KILL', ...qemuCommand({ ...options, initramfs, shares })];
  const qemu = execa('setpriv', command, {
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const lines: string[] = [];
  let scriptAt = startedAt;
  for await (const raw of qemu.iterable({ from: 'all' })) {
    const line = stripVTControlCharacters(raw).trimEnd();
    if (line.includes('ctdiag-vm: script starts')) scriptAt = performance.now();
    lines.push(line);
    options.onConsole?.(line);
  }
  const { timedOut } = await qemu;
  const elapsedMs = performance.now() - startedAt;

  const consoleTail = lines.slice(-consoleTailLines).join('\n');
  const exitCode = await readExitCode(resultsDir);
  if (exitCode === undefined) {
    throw timedOut
      ? new VmFailure('timed-out', `the guest did not end within ${timeoutMs / 1000} s`, consoleTail)
      : new VmFailure('died', 'the guest ended before its script did', consoleTail);
  }
  return { exitCode, resultsDir, bootMs: scriptAt - startedAt, elapsedMs, consoleTail };
}

/** What the two inits in guest/ read, at /results/.harness. */
async function writeInstructions(options: VmOptions, shares: readonly Share[]): Promise<void> {
  const directory = join(options.resultsDir, '.harness');
  await rm(options.resultsDir, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const environment = Object.entries({ CTDIAG_CHECKOUT: checkout, ...options.environment });
  await writeFile(join(directory, 'init'), `${join(checkout, 'test/kernel/guest', options.init)}\n`);
  await writeFile(join(directory, 'script'), options.script);
  await writeFile(
    join(directory, 'shares'),
    shares.map(({ guestPath }, index) => `share-${index}\t${guestPath}\n`).join(''),
  );
  await writeFile(
    join(directory, 'environment'),
    environment
      .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
      .join(''),
  );
}

async function readExitCode(resultsDir: string): Promise<number | undefined> {
  const file = join(resultsDir, '.harness/exit-code');
  return existsSync(file) ? Number(await readFile(file, 'utf8')) : undefined;
}
