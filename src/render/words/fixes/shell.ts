import type { NetnsEntry } from '../../../diagnose/index.js';
import type { Assignment } from './kept-sysctls.js';

/** A text as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What comes before a command so that it runs in a network namespace; empty for the host's own. */
export function enterNetns({ netns, by }: NetnsEntry): string {
  switch (by.kind) {
    case 'host':
      return '';
    case 'name':
      return `ip netns exec ${shellQuote(by.name)} `;
    case 'pid':
      return `nsenter -t ${by.pid} -n `;
    case 'inode':
      return `nsenter -t $(lsns -no PID ${netns} | head -n 1) -n `;
  }
}

/** The same for a line of shell: pipes and substitutions then happen in the namespace too. */
export function scriptInNetns(entry: NetnsEntry, script: string): string {
  const enter = enterNetns(entry);
  return enter === '' ? script : `${enter}sh -c ${shellQuote(script)}`;
}

/** Sysctls set in a namespace, and what takes them back to what they were when the command was run. */
export interface SavedSysctls {
  readonly command: string;
  readonly undo: string;
}

/** What is more than plain values. */
interface SavedOptions {
  /** Sysctls that `set` changes beside the others. */
  readonly alsoSaved?: readonly string[];
  readonly set?: string;
  /** Takes back what the file says. */
  readonly restore?: (file: string) => string;
}

/**
 * Sets sysctls whose present values are not known here: the command writes them down first, once, and the undo reads
 * them from there.
 */
export function setSaved(
  topic: string,
  entry: NetnsEntry,
  sysctls: readonly Assignment[],
  { alsoSaved = [], set, restore }: SavedOptions = {},
): SavedSysctls {
  const file = `/run/ctdiag-${topic}${entry.by.kind === 'host' ? '' : `-${entry.netns}`}.undo`;
  const names = [...sysctls.map(([name]) => name), ...alsoSaved].join(' ');
  const enter = enterNetns(entry);
  const restoring = restore === undefined ? `${enter}sysctl -p ${file}` : scriptInNetns(entry, restore(file));
  return {
    command: `[ -e ${file} ] || ${enter}sysctl ${names} > ${file}; ${scriptInNetns(entry, set ?? `sysctl -w ${assignments(sysctls)}`)}`,
    undo: `${restoring} && rm -f ${file}`,
  };
}

/** `a=1 'b=2 3'`. */
export function assignments(sysctls: readonly Assignment[]): string {
  return sysctls.map(([name, value]) => shellQuote(`${name}=${value}`)).join(' ');
}
