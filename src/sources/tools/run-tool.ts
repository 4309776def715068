import type { ToolEnd } from './tool-failure.js';

const TIMEOUT_MS = 10_000;

/** Runs a tool to its end and hands its output on line by line, so that a long one is never held whole. */
export async function runTool(
  file: string,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<ToolEnd> {
  // Loaded here: see listListeners.
  const { execa } = await import('execa');
  const child = execa(file, args, {
    reject: false,
    timeout: TIMEOUT_MS,
    stdin: 'ignore',
    stderr: 'ignore',
    buffer: false,
    cleanup: false,
    env: { LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  try {
    for await (const line of child) onLine(line);
  } catch {
    // The result says what happened.
  }
  return child;
}

/** A tool in a namespace that is not ours, through a process in it. */
export function inNamespace(pid: number | null, tool: readonly string[]): readonly [string, string[]] {
  const [file = '', ...args] = tool;
  return pid === null ? [file, args] : ['nsenter', ['-t', String(pid), '-n', file, ...args]];
}
