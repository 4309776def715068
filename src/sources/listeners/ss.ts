import { exactDecimal } from '../kernel/parse.js';
import { createToolRunner, inNamespace } from '../tools/run-tool.js';
import type { ToolRunner } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';

/** A listening TCP socket, as ss(8) prints it. */
export interface SsListener {
  readonly address: string;
  readonly port: number;
  readonly inode: number | null;
  readonly acceptQueue: number;
  readonly backlog: number;
  readonly drops: number | null;
}

/** What ss listed, and why that is not everything; `null` when it is. */
export interface Listed {
  readonly listeners: readonly SsListener[];
  readonly failure: string | null;
}

const TIMEOUT_MS = 5000;

/**
 * Lists the listeners of a namespace: our own (`null`), or the one behind a file such as /proc/PID/ns/net. What was
 * read before a failure is given with it. With `-l` ss also asks for closed sockets, for which the kernel goes through
 * the table of all connections; asked for listeners alone it does not.
 */
export async function listListeners(
  namespaceFile: string | null,
  tools: ToolRunner = createToolRunner(),
): Promise<Listed> {
  const listeners: SsListener[] = [];
  const command = inNamespace(namespaceFile, [
    'ss',
    '-H',
    '-t',
    '-n',
    '-e',
    '-m',
    '-O',
    'state',
    'listening',
  ]);
  const end = await tools.run(
    command,
    (line) => {
      const listener = parseListener(line);
      if (listener !== null) listeners.push(listener);
    },
    { timeoutMs: TIMEOUT_MS },
  );
  return { listeners, failure: toolFailure('ss', end) };
}

/**
 * Reads a line of `ss -Htnem state listening`: Recv-Q, Send-Q, local address and port, peer, then details. The state
 * stands before them where ss does not leave it out.
 */
export function parseListener(line: string): SsListener | null {
  const words = line.trim().split(/\s+/);
  const [queue = '', backlog = '', local = '', , ...details] = words[0] === 'LISTEN' ? words.slice(1) : words;
  const at = local.lastIndexOf(':');
  const port = exactDecimal(local.slice(at + 1));
  const acceptQueue = exactDecimal(queue);
  const limit = exactDecimal(backlog);
  if (at < 0 || port === null || acceptQueue === null || limit === null) return null;
  const rest = details.join(' ');
  return {
    address: addressOf(local.slice(0, at)),
    port,
    inode: exactDecimal(/(?:^| )ino:(\d+)/.exec(rest)?.[1]),
    acceptQueue,
    backlog: limit,
    drops: exactDecimal(/skmem:\([^)]*,d(\d+)\)/.exec(rest)?.[1]),
  };
}

/** `*` is an IPv6 socket that takes both families; brackets and the interface of a scope are left out. */
function addressOf(text: string): string {
  if (text === '*') return '::';
  return text.replace(/%.*$/, '').replace(/^\[|\]$/g, '');
}
