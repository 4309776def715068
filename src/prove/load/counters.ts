import { readFileSync } from 'node:fs';

/** A figure of /proc/net/netstat or snmp of this namespace; `null` where the kernel has none of that name. */
export function readCounter(file: 'netstat' | 'snmp', group: string, name: string): number | null {
  const lines = readFileSync(`/proc/net/${file}`, 'utf8').split('\n');
  const [titles, values] = lines.filter((line) => line.startsWith(`${group}: `));
  const at = titles?.split(' ').indexOf(name) ?? -1;
  const value = at < 0 ? undefined : values?.split(' ')[at];
  return value === undefined || !/^\d+$/.test(value) ? null : Number(value);
}

/** What a counter of TcpExt gains while `work` is done. */
export async function growthOf(name: string, work: () => Promise<void> | void): Promise<number | null> {
  const before = readCounter('netstat', 'TcpExt', name);
  await work();
  const after = readCounter('netstat', 'TcpExt', name);
  return before === null || after === null ? null : after - before;
}

/** Sockets of this namespace that still wait for the answer to their SYN to a port. */
export function countSynSent(family: 4 | 6, port: number): number {
  const remote = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync(family === 4 ? '/proc/net/tcp' : '/proc/net/tcp6', 'utf8')
    .split('\n')
    .filter((line) => new RegExp(`^ *\\d+: \\S+ \\S+:${remote} 02 `).test(line)).length;
}
