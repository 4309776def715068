import { childEnvironment, findProgram } from '../../shell/programs.js';
import { createLineSplitter } from './lines.js';
import type { ToolEnd } from './tool-failure.js';

const TIMEOUT_MS = 10_000;
/** Output beyond this is not read: 45,000 listeners are 12 MB, a ruleset of a large Kubernetes node tens of MB. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Errors are shown by their first line. */
const MAX_ERROR_BYTES = 4096;
/** When a tool has ended, its output is in the pipe; a process that still holds the pipe is a child it left behind. */
const DRAIN_MS = 200;
/** A process that does not end by SIGKILL hangs in the kernel: it is left behind. */
const KILL_WAIT_MS = 500;

/** A tool and its arguments; what comes from outside stands behind `--`, or is a number. */
export type Command = readonly [name: string, ...args: string[]];

/** Runs tools, each in a process group of its own. */
export interface ToolRunner {
  /** Resolves when the tool has ended, or has been ended; never rejects. */
  run(command: Command, onLine: (line: string) => void, limits?: ToolLimits): Promise<ToolEnd>;
  /** Ends whatever runs, at once; nothing is started afterwards. */
  kill(): void;
}

/** Default: 10 s and 64 MB. */
export interface ToolLimits {
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

/** A runner with nothing running. */
export function createToolRunner(): ToolRunner {
  const running = new Set<() => void>();
  let killed = false;
  return {
    async run(command, onLine, limits = {}) {
      return killed ? KILLED : await runOne(command, onLine, limits, running, () => killed);
    },
    kill() {
      killed = true;
      for (const end of running) end();
    },
  };
}

/** The same tool in the network namespace of a process; `null` is our own. */
export function inNamespace(path: string | null, [name, ...args]: Command): Command {
  if (path === null) return [name, ...args];
  // nsenter looks the program up by its own PATH, which is that of the system.
  return ['nsenter', `--net=${path}`, '--', name, ...args];
}

const ENDED: ToolEnd = {
  failed: false,
  timedOut: false,
  isCut: false,
  refused: null,
  isMissing: false,
  exitCode: null,
  signal: null,
  error: '',
};
const KILLED: ToolEnd = { ...ENDED, failed: true, signal: 'SIGKILL' };

async function runOne(
  [name, ...args]: Command,
  onLine: (line: string) => void,
  { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES }: ToolLimits,
  running: Set<() => void>,
  isKilled: () => boolean,
): Promise<ToolEnd> {
  const found = findProgram(name);
  if (found.file === null)
    return { ...ENDED, failed: true, isMissing: found.refused === null, refused: found.refused };
  const { file } = found;
  // Loaded when the first tool runs: the first frame needs no tool.
  const { execa } = await import('execa');
  if (isKilled()) return KILLED;
  return new Promise((resolve) => {
    const child = execa(file, args, {
      reject: false,
      buffer: false,
      cleanup: false,
      detached: true,
      stdin: 'ignore',
      env: childEnvironment(),
      extendEnv: false,
    });
    let end = ENDED;
    let received = 0;
    let settled = false;
    const timers: NodeJS.Timeout[] = [];
    const lines = createLineSplitter(onLine);
    const kill = (): void => {
      killGroup(child);
      timers.push(setTimeout(settle, KILL_WAIT_MS));
    };
    running.add(kill);
    timers.push(
      setTimeout(() => {
        end = { ...end, failed: true, timedOut: true };
        kill();
      }, timeoutMs),
    );

    /** Ends with the pipe, or when nothing has come out of it for a moment. */
    function drain(before: number): void {
      timers.push(
        setTimeout(() => {
          // A late timer may run before data that has long been there.
          setImmediate(() => {
            if (settled) return;
            if (received > before && !end.isCut) {
              drain(received);
              return;
            }
            killGroup(child);
            settle();
          });
        }, DRAIN_MS),
      );
    }

    function settle(): void {
      if (settled) return;
      settled = true;
      running.delete(kill);
      for (const timer of timers) clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      lines.end();
      resolve({ ...end, failed: end.failed || end.exitCode !== 0 });
    }

    child.stdout.on('data', (chunk: Buffer) => {
      if (settled || end.isCut) return;
      const room = maxBytes - received;
      received += chunk.length;
      lines.feed(chunk.length <= room ? chunk : chunk.subarray(0, room));
      if (received <= maxBytes) return;
      end = { ...end, failed: true, isCut: true };
      kill();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (end.error.length < MAX_ERROR_BYTES)
        end = { ...end, error: (end.error + chunk.toString('utf8')).slice(0, MAX_ERROR_BYTES) };
    });
    void child.then((result) => {
      // Of what has not started there is no exit.
      if (child.pid !== undefined) return;
      end = { ...end, failed: true, error: result.code ?? result.shortMessage ?? 'did not start' };
      settle();
    });
    child.on('exit', (exitCode, signal) => {
      end = { ...end, exitCode, signal };
      drain(received);
    });
    child.on('close', settle);
  });
}

/** The tool and what it started. A process that has left the group is not reached, but no longer waited for. */
function killGroup(child: { readonly pid?: number | undefined }): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
