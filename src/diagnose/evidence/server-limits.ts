import type { Listener, ProcessUse } from '../../records/index.js';

/** The connection limit of a server program as it comes, and what its documentation calls it. */
export interface ServerLimit {
  readonly setting: string;
  readonly limit: number;
}

/** Stock figures by the name of the process; nginx's count per worker, so that a few workers' sums are listed. */
const STOCK: readonly (readonly [comm: RegExp, setting: string, limits: readonly number[]])[] = [
  [/^(?:redis|valkey|keydb)-server$/, 'maxclients', [10_000]],
  [/^(?:mysqld|mariadbd)$/, 'max_connections', [151]],
  [/^postgres$/, 'max_connections', [100]],
  [/^memcached$/, '-c', [1024]],
  [/^nginx$/, 'worker_connections', [512, 768, 1024, 1536, 2048, 3072, 4096]],
  [/^sshd$/, 'MaxStartups', [10, 100]],
];

/** Redis keeps this many descriptors of its RLIMIT_NOFILE for itself, and lowers maxclients to the rest. */
const REDIS_RESERVED_FDS = 32;
/** Connections of others in the same namespace, and a few that the server keeps for its administrator. */
const TOLERANCE = 5;
const TOLERANCE_SHARE = 0.02;

/** The stock limit of the listener's owner that so many connections stand at; `null` where it is none that is known. */
export function serverLimitAt(
  { owner }: Listener,
  connections: number,
  processes: readonly ProcessUse[],
): ServerLimit | null {
  if (owner === null) return null;
  const fdLimit = processes.find(({ pid }) => pid === owner.pid)?.fdLimit ?? null;
  for (const [comm, setting, limits] of STOCK) {
    if (!comm.test(owner.comm)) continue;
    const candidates =
      setting === 'maxclients' && fdLimit !== null ? [...limits, fdLimit - REDIS_RESERVED_FDS] : limits;
    const limit = candidates.find(
      (candidate) => Math.abs(connections - candidate) <= Math.max(TOLERANCE, candidate * TOLERANCE_SHARE),
    );
    if (limit !== undefined) return { setting, limit };
  }
  return null;
}
