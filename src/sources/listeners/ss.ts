import { toolFailure } from '../tools/tool-failure.js';

/** One listening TCP socket as ss(8) tells it. */
export interface SsListener {
  readonly address: string;
  readonly port: number;
  readonly inode: number | null;
  readonly acceptQueue: number;
  readonly backlog: number;
  readonly drops: number | null;
}

/** What ss said, and why it said nothing. */
export interface Listed {
  readonly listeners: readonly SsListener[];
  readonly failure: string | null;
}

const TIMEOUT_MS = 5000;

/**
 * Lists the listeners of a namespace: our own, or that of a process. The state filter is the kernel's, so the
 * cost does not grow with the established connections.
 */
export async function listListeners(pid: number | null): Promise<Listed> {
  const ss = ['-H', '-l', '-t', '-n', '-e', '-m', '-O'];
  const [file, args] = pid === null ? ['ss', ss] : ['nsenter', ['-t', String(pid), '-n', 'ss', ...ss]];
  // Loaded here: it takes as long as Node itself to start, and the first figures must not wait for it.
  const { execa } = await import('execa');
  const result = await execa(file, args, {
    reject: false,
    timeout: TIMEOUT_MS,
    stdin: 'ignore',
    // It ends by itself; a handler of the library's for our signals would end us before our last figures.
    cleanup: false,
    env: { LC_ALL: 'C' },
    maxBuffer: 8 * 1024 * 1024,
  });
  const failure = toolFailure('ss', result);
  return { listeners: failure === null ? parseListeners(result.stdout) : [], failure };
}

/** Reads `ss -Hltnem`: state, Recv-Q, Send-Q, local address and port, peer, then details. */
export function parseListeners(text: string): SsListener[] {
  return text.split('\n').flatMap((line): SsListener[] => {
    const [state, queue = '', backlog = '', local = '', , ...details] = line.trim().split(/\s+/);
    const at = local.lastIndexOf(':');
    const port = Number(local.slice(at + 1));
    if (state !== 'LISTEN' || at < 0 || !Number.isInteger(port)) return [];
    const rest = details.join(' ');
    const inode = /(?:^| )ino:(\d+)/.exec(rest)?.[1];
    const drops = /skmem:\([^)]*,d(\d+)\)/.exec(rest)?.[1];
    return [
      {
        address: addressOf(local.slice(0, at)),
        port,
        inode: inode === undefined ? null : Number(inode),
        acceptQueue: Number(queue),
        backlog: Number(backlog),
        drops: drops === undefined ? null : Number(drops),
      },
    ];
  });
}

/** `*` is an IPv6 socket that takes both families; brackets and the interface of a scope are left out. */
function addressOf(text: string): string {
  if (text === '*') return '::';
  return text.replace(/%.*$/, '').replace(/^\[|\]$/g, '');
}
