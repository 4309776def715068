import { isAbsolute } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { childEnvironment, findProgram, ownSearch } from '../../shell/programs.js';
import { createLineSplitter } from '../tools/lines.js';
import { sshArguments, sshEndWords } from './ssh-options.js';
import type { SshOptions } from './ssh-options.js';

/** A longer line of standard error says nothing more. */
const MAX_LINE_CHARS = 300;
/** A child of ssh may hold its pipes: when ssh has ended, they are read no longer than this. */
const DRAIN_MS = 1000;

/** Whatever way ctdiag ends, no ssh outlives it. */
const killAtExit = new Set<() => void>();
process.once('exit', () => {
  for (const kill of killAtExit) kill();
});

/** What ssh(1) needs of the user's environment: the agent, the ticket, and the files of the user. */
const KEPT_VARIABLES = ['HOME', 'USER', 'LOGNAME', 'SSH_AUTH_SOCK', 'KRB5CCNAME', 'XDG_RUNTIME_DIR'];

/** The output of ctdiag on another host. */
export interface SshStream {
  /** Ends when the stream does, for whatever reason. */
  readonly chunks: AsyncGenerator<Buffer>;
  /** Why it ended, a sentence without its end; what the other side said is in it as it was said. */
  readonly whyEnded: Promise<string>;
  /** Ends ssh; ctdiag on the other side ends when it next writes. */
  kill(): void;
}

/** Runs ctdiag with `remoteArgs` on a host, over the system's ssh(1). Never rejects: what went wrong is why it ended. */
export function openSshStream(host: string, remoteArgs: readonly string[], options: SshOptions): SshStream {
  const found = findProgram('ssh');
  if (found.file === null)
    return endedStream(found.refused ?? 'ssh is not installed here (package openssh-client)');
  const { file } = found;
  let kill: () => void = () => undefined;
  let isKilled = false;
  let explain: (why: string) => void = () => undefined;
  const whyEnded = new Promise<string>((resolve) => (explain = resolve));

  async function* chunks(): AsyncGenerator<Buffer> {
    const { execa } = await import('execa');
    if (isKilled) {
      explain('it was ended');
      return;
    }
    const child = execa(file, sshArguments(host, remoteArgs, options), {
      reject: false,
      buffer: false,
      cleanup: false,
      // A group of its own: Ctrl-C is for ctdiag, and ProxyCommand and the like end with ssh.
      detached: true,
      ...(options.push === null ? { stdin: 'ignore' as const } : { inputFile: options.push }),
      env: sshEnvironment(),
      extendEnv: false,
    });
    kill = () => killGroup(child.pid);
    killAtExit.add(kill);
    let said = '';
    const lines = createLineSplitter((line) => {
      if (line.trim() !== '') said = line.trim();
    }, MAX_LINE_CHARS);
    child.stderr.on('data', (chunk: Buffer) => lines.feed(chunk));
    let drain: NodeJS.Timeout | undefined;
    const exited = new Promise<void>((resolve) =>
      child.once('exit', () => {
        drain = setTimeout(() => child.stdout.destroy(), DRAIN_MS);
        resolve();
      }),
    );
    try {
      for await (const chunk of child.stdout) yield chunk as Buffer;
      // Its output has ended, and it ends with an exit code that says why.
      await Promise.race([exited, wait(DRAIN_MS, undefined, { ref: false })]);
    } catch {
      // Destroyed, because a child of ssh held the pipe: the stream has ended all the same.
    } finally {
      killAtExit.delete(kill);
      kill();
      const { exitCode, code } = await child;
      clearTimeout(drain);
      lines.end();
      explain(
        child.pid === undefined
          ? `ssh did not start (${code ?? 'no reason given'})`
          : sshEndWords(exitCode ?? null, said, options),
      );
    }
  }

  return {
    chunks: chunks(),
    whyEnded,
    kill() {
      isKilled = true;
      kill();
    },
  };
}

function endedStream(why: string): SshStream {
  async function* nothing(): AsyncGenerator<Buffer> {
    await Promise.resolve();
  }
  return { chunks: nothing(), whyEnded: Promise.resolve(why), kill: () => undefined };
}

/** The user's PATH as well, for a ProxyCommand; of LD_PRELOAD and the like nothing. */
function sshEnvironment(): Record<string, string> {
  const variables = KEPT_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const path = ownSearch()
    .path.split(':')
    .filter((folder) => isAbsolute(folder));
  return childEnvironment({ ...Object.fromEntries(variables), PATH: [...new Set(path)].join(':') });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended.
  }
}
