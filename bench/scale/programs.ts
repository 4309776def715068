import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childOf, childrenCpuSecOf, cpuSecOf, handlesOf, residentMbOf } from '../process-cost.js';
import { onTerminal } from '../screen/on-terminal.js';
import { WATCH_PAUSES } from './pauses.js';

/** Prometheus asks this often by default in many set-ups. */
const SCRAPE_MS = 15_000;
/** A program has this long to end. */
const END_MS = 20_000;

export const PROGRAMS = ['record', 'exporter', 'top'] as const;
export type Program = (typeof PROGRAMS)[number];

/** What one of ctdiag's programs costs while it runs, after the time that its start takes. */
export interface ProgramCost {
  /** Milliseconds of processor time a second; 10 are one percent of a core. */
  readonly cpuMsPerSec: number;
  /** The same of the programs that it ran (`ss`). */
  readonly childrenMsPerSec: number;
  readonly residentMb: number;
  readonly handles: number;
  /** Of its event loop; `null` where it did not end in time to say. */
  readonly longestPauseMs: number | null;
  /** Of `record`: bytes of the capture. */
  readonly bytesPerMinute: number | null;
  /** Of `exporter`: what one scrape is. */
  readonly scrape: { readonly series: number; readonly bytes: number } | null;
}

export interface MeasureOptions {
  /** Put before the command. */
  readonly enter: string;
  /** For files. */
  readonly folder: string;
  readonly settleMs: number;
  readonly forMs: number;
}

/** Runs one of them with the kernel's counters, which is what grows with a host, at one sample a second. */
export async function measure(program: Program, options: MeasureOptions): Promise<ProgramCost> {
  const { enter, folder, settleMs, forMs } = options;
  const capture = join(folder, `${program}.ctd.gz`);
  const pauses = join(folder, `${program}.pause`);
  const parts: Readonly<Record<Program, string>> = {
    record: `record ${capture} --force`,
    exporter: 'exporter --listen 127.0.0.1:0',
    top: 'top',
  };
  const node = `env BENCH_PAUSES=${pauses} ${process.execPath} --import '${WATCH_PAUSES}' dist/cli.js`;
  const child = onTerminal(`${enter}${node} ${parts[program]} --source counters`);
  try {
    const url = program === 'exporter' ? await urlOf(child) : null;
    child.stdout?.resume();
    await sleep(settleMs);
    const pid = childOf(child.pid ?? 0);
    process.kill(pid, 'SIGUSR2');
    const now = (): [number, number, number] => [
      cpuSecOf(pid),
      childrenCpuSecOf(pid),
      program === 'record' ? statSync(capture).size : 0,
    ];
    const before = now();
    const begunMs = performance.now();
    let scrape: ProgramCost['scrape'] = null;
    while (performance.now() - begunMs < forMs) {
      if (url !== null) scrape = scrapeOf(enter, url);
      await sleep(Math.min(SCRAPE_MS, begunMs + forMs - performance.now()));
    }
    const after = now();
    const sec = (performance.now() - begunMs) / 1000;
    const [cpuSec = 0, childrenSec = 0, bytes = 0] = after.map((figure, at) => figure - (before[at] ?? 0));
    const [residentMb, handles] = [residentMbOf(pid), handlesOf(pid)];
    await end(child, pid);
    return {
      cpuMsPerSec: (cpuSec * 1000) / sec,
      childrenMsPerSec: (childrenSec * 1000) / sec,
      residentMb,
      handles,
      longestPauseMs: existsSync(pauses) ? Number(readFileSync(pauses, 'utf8')) : null,
      bytesPerMinute: program === 'record' ? (bytes * 60) / sec : null,
      scrape,
    };
  } finally {
    child.kill('SIGTERM');
    rmSync(pauses, { force: true });
  }
}

/** Where the exporter says that it listens. */
async function urlOf(child: ChildProcess): Promise<string> {
  let seen = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      const url = /metrics at (\S+)/.exec(seen)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.on('close', () => reject(new Error(`the exporter ended: ${seen.slice(-500)}`)));
  });
}

function scrapeOf(enter: string, url: string): NonNullable<ProgramCost['scrape']> {
  const ask = `fetch('${url}').then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
  const text = execFileSync('sh', ['-c', `${enter}${process.execPath} -e "${ask}"`], { encoding: 'utf8' });
  return {
    series: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
    bytes: Buffer.byteLength(text),
  };
}

async function end(child: ChildProcess, pid: number): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  process.kill(pid, 'SIGINT');
  await Promise.race([ended, sleep(END_MS)]);
}
