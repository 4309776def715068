import { execa } from 'execa';
import { createParser } from 'bpftrace-output-parser';
import type { BpftraceRecord } from 'bpftrace-output-parser';
import type { Version } from './hooks.js';
import { startOptions } from './versions.js';

/** How a run of bpftrace ended. */
export interface BpftraceExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines it wrote to stderr, and lines on stdout that are no records; at most 4 KiB. */
  readonly complaint: string;
}

/** One running bpftrace. */
export interface BpftraceProcess {
  /** Resolves when it has gone, however that came about. Never rejects. */
  readonly exited: Promise<BpftraceExit>;
  readonly badLines: number;
  /** Asks it to print its maps for the last time and end; kills it when it does not within `graceMs`. */
  stop(graceMs: number): Promise<BpftraceExit>;
  /** Ends it at once. */
  kill(): void;
}

const MAX_COMPLAINT = 4096;

/**
 * Runs a program. bpftrace is started through setpriv(1) where there is one, so that the kernel kills it in the
 * moment ctdiag dies, whatever kills ctdiag; without setpriv it dies of the closed pipe at its next tick.
 */
export function runBpftrace(options: {
  readonly bpftracePath: string;
  readonly setprivPath: string | null;
  readonly version: Version;
  readonly program: string;
  /** Bounds the keys of its maps; `null` leaves bpftrace's own bound. */
  readonly maxMapKeys: number | null;
  readonly onRecord: (record: BpftraceRecord) => void;
}): BpftraceProcess {
  const { bpftracePath, setprivPath, program, onRecord } = options;
  const how = startOptions(options.version, options.maxMapKeys);
  const args = [...how.options, '-e', program];
  const [file, argv] =
    setprivPath === null
      ? [bpftracePath, args]
      : [setprivPath, ['--pdeathsig', 'KILL', '--', bpftracePath, ...args]];
  let badLines = 0;
  let complaint = '';
  const complain = (text: string): void => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT);
  };
  const parser = createParser({
    format: 'json',
    onRecord: (record) => {
      if (record.type === 'noise') complain(`${record.text}\n`);
      else onRecord(record);
    },
    onError: (error) => {
      badLines += 1;
      complain(`${error.message}\n`);
    },
  });

  const child = execa(file, argv, {
    reject: false,
    buffer: false,
    stdin: 'ignore',
    // A process group of its own: Ctrl-C in the terminal reaches ctdiag, which then asks for the last figures.
    detached: true,
    env: how.environment,
    encoding: 'buffer',
  });
  child.stdout.on('data', (chunk: Buffer) => parser.feed(chunk));
  child.stderr.on('data', (chunk: Buffer) => complain(chunk.toString('utf8')));

  const exited = child.then((result): BpftraceExit => {
    parser.end();
    if (result.exitCode === undefined && result.signal === undefined)
      complain(result.shortMessage ?? 'did not start');
    return { code: result.exitCode ?? null, signal: result.signal ?? null, complaint };
  });

  return {
    exited,
    get badLines() {
      return badLines;
    },
    async stop(graceMs) {
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}
