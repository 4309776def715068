import { once } from 'node:events';
import { execa } from 'execa';
import { createParser } from 'bpftrace-output-parser';
import type { BpftraceRecord } from 'bpftrace-output-parser';
import { childEnvironment } from '../../shell/programs.js';
import type { Version } from './hooks.js';
import { printsOnRequest, startOptions } from './versions.js';

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
  /**
   * Asks it to print its maps for the last time and end; kills it when it says nothing within `graceMs`, or is not
   * done with printing within three times that.
   */
  stop(graceMs: number): Promise<BpftraceExit>;
  /** Ends it at once. */
  kill(): void;
}

const MAX_COMPLAINT = 4096;
/** After its end, its last output is in the pipe; another process that still holds the pipe is not waited for. */
const DRAIN_MS = 200;
const KILL_WAIT_MS = 500;
/** How long its last figures are waited for before it is told to end. */
const LAST_PRINT_MS = 400;

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
    encoding: 'buffer',
    cleanup: false,
    stdin: 'ignore',
    // A process group of its own: Ctrl-C in the terminal reaches ctdiag, which then asks for the last figures.
    detached: true,
    env: childEnvironment(how.environment),
    extendEnv: false,
  });
  let heard = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    heard += 1;
    parser.feed(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => complain(chunk.toString('utf8')));

  let leaveBehind: () => void = () => undefined;

  /** The whole group: what it has started ends with it. */
  function signalGroup(signal: NodeJS.Signals): void {
    // A process that hangs in the kernel does not end even so: it is left behind.
    if (signal === 'SIGKILL') setTimeout(() => leaveBehind(), KILL_WAIT_MS).unref();
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended.
    }
  }

  const exited = new Promise<BpftraceExit>((resolve) => {
    let exit: { readonly code: number | null; readonly signal: string | null } = { code: null, signal: null };
    let drain: NodeJS.Timeout | undefined;
    let settled = false;
    const settle = (): void => {
      if (settled) return;
      settled = true;
      clearTimeout(drain);
      child.stdout.destroy();
      child.stderr.destroy();
      parser.end();
      resolve({ ...exit, complaint });
    };
    leaveBehind = (): void => {
      // The kernel has not reported its end yet; there is but one way that it can end.
      if (exit.code === null && exit.signal === null) exit = { code: null, signal: 'SIGKILL' };
      settle();
    };
    void child.then((result) => {
      // Of what has not started there is no exit.
      if (child.pid !== undefined) return;
      complain(result.shortMessage ?? 'did not start');
      settle();
    });
    child.on('exit', (code, signal) => {
      exit = { code, signal };
      drain = setTimeout(() => {
        signalGroup('SIGKILL');
        // What has long been in the pipe is read before this.
        setImmediate(() => setImmediate(() => settle()));
      }, DRAIN_MS);
    });
    child.on('close', () => settle());
  });

  return {
    exited,
    get badLines() {
      return badLines;
    },
    async stop(graceMs) {
      const startedAt = performance.now();
      if (printsOnRequest(options.version)) {
        // At SIGINT it takes its probes away before it prints, which takes seconds on some hosts.
        signalGroup('SIGUSR1');
        await Promise.race([
          once(child.stdout, 'data').catch(() => undefined),
          exited,
          passed(LAST_PRINT_MS),
        ]);
      }
      signalGroup('SIGINT');
      const before = heard;
      const leftMs = Math.max(0, graceMs - (performance.now() - startedAt));
      const timers = [
        setTimeout(() => {
          if (heard === before) signalGroup('SIGKILL');
        }, leftMs),
        setTimeout(() => signalGroup('SIGKILL'), 3 * graceMs),
      ];
      const exit = await exited;
      for (const timer of timers) clearTimeout(timer);
      return exit;
    },
    kill() {
      signalGroup('SIGKILL');
    },
  };
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
