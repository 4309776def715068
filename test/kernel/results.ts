import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a guest script left in its results folder. */
export class Results {
  readonly directory: string;
  constructor(directory: string) {
    this.directory = directory;
  }

  has(name: string): boolean {
    return existsSync(join(this.directory, name));
  }

  text(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8');
  }

  json(name: string): unknown {
    return JSON.parse(this.text(name));
  }

  /** The line of JSON that the client NAME of `start_client` prints. */
  load(name: string): LoadResult {
    const result = asRecord(this.json(`${name}.out`));
    return {
      attempted: asNumber(result['attempted']),
      succeeded: asNumber(result['succeeded']),
      timedOut: asNumber(result['timedOut']),
      failed: asCounts(result['failed']),
      elapsedMs: asNumber(result['elapsedMs']),
    };
  }

  /** What `oracles NAME` wrote. */
  oracles(name: string): Oracles {
    const result = asRecord(this.json(`${name}.json`));
    return {
      conntrackCount: asNumber(result['conntrackCount'] ?? NaN),
      conntrackMax: asNumber(result['conntrackMax'] ?? NaN),
      conntrack: counter(asCounts(result['conntrack'] ?? {})),
      nstat: counter(asCounts(result['nstat'])),
    };
  }
}

interface LoadResult {
  readonly attempted: number;
  readonly succeeded: number;
  readonly timedOut: number;
  /** By errno name, such as EADDRNOTAVAIL. */
  readonly failed: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

/** The kernel's own counters in the server's namespace. */
interface Oracles {
  /** NaN, as the maximum, where conntrack is not loaded. */
  readonly conntrackCount: number;
  readonly conntrackMax: number;
  /** A field of `conntrack -S`, summed over the processors. */
  readonly conntrack: (field: string) => number;
  /** A counter by nstat's name, such as TcpExtListenOverflows. */
  readonly nstat: (name: string) => number;
}

/** A misspelt name must fail instead of reading as 0. */
function counter(counts: Readonly<Record<string, number>>): (name: string) => number {
  return (name) => {
    const count = counts[name];
    if (count === undefined) throw new Error(`no counter named ${name}`);
    return count;
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
  return Object.fromEntries(Object.entries(value));
}

function asCounts(value: unknown): Record<string, number> {
  return Object.fromEntries(Object.entries(asRecord(value)).map(([name, count]) => [name, asNumber(count)]));
}

function asNumber(value: unknown): number {
  if (typeof value !== 'number') throw new Error(`not a number: ${String(value)}`);
  return value;
}
