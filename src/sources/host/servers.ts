import type { ServerReading } from '../../records/index.js';
import { answeringHolder, holdersToWatch } from '../listeners/fullest.js';
import { findHolders } from '../listeners/owners.js';
import { processUse } from '../listeners/processes.js';
import { listListeners } from '../listeners/ss.js';
import { erlangLimitsOf } from '../listeners/erlang.js';

const PROC = '/proc';

/** Who listens at the ports, with the limit of open files that binds it. */
export async function readServers(ports: readonly number[]): Promise<ServerReading[]> {
  if (ports.length === 0) return [];
  const listeners = (await listListeners(null)).listeners.filter(({ port }) => ports.includes(port));
  const inodes = new Set(listeners.flatMap(({ inode }) => (inode === null ? [] : [inode])));
  const { byInode } = await findHolders(PROC, inodes);
  return listeners.flatMap(({ port, inode, backlog }) => {
    const holders = holdersToWatch(inode === null ? [] : (byInode.get(inode) ?? []), (holder) =>
      processUse(PROC, holder),
    );
    const owner = answeringHolder(holders, (holder) => processUse(PROC, holder), null);
    if (owner === null) return [];
    const { pid, comm, fds, fdLimit, fdHardLimit = null } = processUse(PROC, owner);
    const erlang = erlangLimitsOf(PROC, { pid, comm, fdLimit });
    return [{ port, pid, comm, fds, fdLimit, fdHardLimit, erlang, backlog }];
  });
}
