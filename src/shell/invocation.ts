import { join } from 'node:path';
import { quoted } from './quote.js';
import { accessSync, constants, realpathSync } from 'node:fs';

/** Where sudo looks for programs whatever PATH says: the `secure_path` of the stock sudoers files. */
const SUDO_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** How this ctdiag was started. */
export interface Invocation {
  /** The running Node; a single executable is its own. */
  readonly node: string;
  /** The script that Node runs; `null` in a single executable. */
  readonly script: string | null;
}

/** A single executable finds its own path where Node finds its script (node:sea came only with Node 20.12). */
export function thisInvocation(): Invocation {
  const { execPath: node, argv } = process;
  const script = argv[1] ?? 'ctdiag';
  return { node, script: script === node ? null : script };
}

/**
 * The command that runs this ctdiag as root: `sudo ctdiag doctor` where sudo finds it, else by full paths, because
 * sudo finds neither a checkout nor a Node in a home directory.
 */
export function asRoot(
  command: string,
  { node, script }: Invocation = thisInvocation(),
  sudoPath: readonly string[] = SUDO_PATH,
): string {
  const found = sudoPath.map((folder) => join(folder, 'ctdiag')).find(isProgram);
  const hasNode = script === null || sudoPath.some((folder) => isProgram(join(folder, 'node')));
  return found !== undefined && sameFile(found, script ?? node) && hasNode
    ? `sudo ctdiag ${command}`
    : `sudo ${byFullPath({ node, script })} ${command}`;
}

/** The command that runs this ctdiag as the same user: `ctdiag plan` where the shell finds it, else by full paths. */
export function asUser(
  command: string,
  { node, script }: Invocation = thisInvocation(),
  path: readonly string[] = (process.env['PATH'] ?? '').split(':'),
): string {
  const found = path.map((folder) => join(folder, 'ctdiag')).find(isProgram);
  return found !== undefined && sameFile(found, script ?? node)
    ? `ctdiag ${command}`
    : `${byFullPath({ node, script })} ${command}`;
}

function byFullPath({ node, script }: Invocation): string {
  return script === null ? quoted(node) : `${quoted(node)} ${quoted(script)}`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function sameFile(text: string, other: string): boolean {
  try {
    return realpathSync(text) === realpathSync(other);
  } catch {
    return false;
  }
}
