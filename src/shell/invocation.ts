import { join } from 'node:path';
import { quoted } from './quote.js';
import { accessSync, constants, realpathSync } from 'node:fs';

/** Where sudo looks for programs whatever PATH says: the `secure_path` of the stock sudoers files. */
const SUDO_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** This very ctdiag. */
export interface Invocation {
  /** The running Node. */
  readonly node: string;
  /** The script it runs. */
  readonly script: string;
}

/**
 * The command that runs this ctdiag as root: `sudo ctdiag doctor` where sudo finds it, else by full paths, for
 * from a checkout, or with a Node of one's own, sudo finds neither.
 */
export function asRoot(
  command: string,
  { node, script }: Invocation = { node: process.execPath, script: process.argv[1] ?? 'ctdiag' },
  sudoPath: readonly string[] = SUDO_PATH,
): string {
  const found = sudoPath.map((folder) => join(folder, 'ctdiag')).find(isProgram);
  const known =
    found !== undefined && sameFile(found, script) && sudoPath.some((text) => isProgram(join(text, 'node')));
  return known ? `sudo ctdiag ${command}` : `sudo ${quoted(node)} ${quoted(script)} ${command}`;
}

/** The command that runs this ctdiag as who we are: `ctdiag plan` where the shell finds it, else by full paths. */
export function asUser(
  command: string,
  { node, script }: Invocation = { node: process.execPath, script: process.argv[1] ?? 'ctdiag' },
  path: readonly string[] = (process.env['PATH'] ?? '').split(':'),
): string {
  const found = path.map((folder) => join(folder, 'ctdiag')).find(isProgram);
  return found !== undefined && sameFile(found, script)
    ? `ctdiag ${command}`
    : `${quoted(node)} ${quoted(script)} ${command}`;
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
