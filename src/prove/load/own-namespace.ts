import { readFileSync, readlinkSync } from 'node:fs';
import { readCounter } from './counters.js';

/** Why the load would touch a namespace that others use, a clause; `null` where it is alone. */
export function whyNotAlone(parentNetns: number): string | null {
  const own = inodeOf('self');
  const first = inodeOf('1');
  if (own === null || first === null) return 'the network namespaces under /proc cannot be read';
  if (own === first) return 'this is the network namespace of process 1';
  if (own === parentNetns) return 'this is the network namespace that ctdiag was started in';
  // A namespace that was just made has no addresses, and nothing has ever been sent in it.
  try {
    const packets = readCounter('snmp', 'Ip', 'OutRequests');
    const addresses = /\b(?!0\.0\.0\.0)\d+\.\d+\.\d+\.\d+\b/.test(readFileSync('/proc/net/fib_trie', 'utf8'));
    return packets !== 0 || addresses ? 'this network namespace is in use' : null;
  } catch {
    return 'the counters of this network namespace cannot be read';
  }
}

/** The inode of a process's network namespace, which is its name. */
export function inodeOf(pid: 'self' | '1'): number | null {
  try {
    const text = /^net:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1];
    return text === undefined ? null : Number(text);
  } catch {
    return null;
  }
}
