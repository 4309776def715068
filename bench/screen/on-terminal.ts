import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { childOf, cpuSecOf, residentMbOf } from '../process-cost.js';

const STANDARD_SIZE = { columns: 80, rows: 24 } as const;

/** Starts a command on a terminal of its own, 80x24 unless told otherwise, by script(1). */
export function onTerminal(
  command: string,
  { columns, rows }: { readonly columns: number; readonly rows: number } = STANDARD_SIZE,
): ChildProcess {
  const sized = `stty rows ${rows} cols ${columns}; exec ${command}`;
  const size = { LINES: String(rows), COLUMNS: String(columns) };
  const env = { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...size };
  return spawn('script', ['-qefc', sized, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
}

/** Milliseconds until the output of a command contains `mark`, or until it ends when `mark` is `null`. */
export async function timeUntil(command: string, mark: string | null): Promise<number> {
  const begun = performance.now();
  const child = onTerminal(command);
  let seen = '';
  try {
    return await new Promise<number>((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
        if (mark !== null && seen.includes(mark)) resolve(performance.now() - begun);
      });
      child.on('error', reject);
      child.on('close', () => {
        if (mark === null) resolve(performance.now() - begun);
        else reject(new Error(`${command} ended without ${mark}: ${seen.slice(-500)}`));
      });
    });
  } finally {
    child.kill('SIGTERM');
  }
}

/** What a command costs while it runs, after the time that its start takes. */
export interface Cost {
  /** Share of one core. */
  readonly cpu: number;
  readonly residentMb: number;
  /** What came to it while it was measured. */
  readonly grownMb: number;
}

/** Measures what runs on a terminal, not script(1) above it. */
export async function costOf(terminal: ChildProcess, forMs: number): Promise<Cost> {
  const pid = childOf(terminal.pid ?? 0);
  const before = cpuSecOf(pid);
  const first = residentMbOf(pid);
  const begun = performance.now();
  await sleep(forMs);
  const cpu = (cpuSecOf(pid) - before) / ((performance.now() - begun) / 1000);
  const residentMb = residentMbOf(pid);
  return { cpu, residentMb, grownMb: residentMb - first };
}

/** Starts a command and measures it once it has settled. */
export async function costOfCommand(command: string, settleMs: number, forMs: number): Promise<Cost> {
  const child = onTerminal(command);
  child.stdout?.resume();
  try {
    await sleep(settleMs);
    return await costOf(child, forMs);
  } finally {
    child.kill('SIGTERM');
  }
}
