import type { Netns, PeerUse } from '../../records/index.js';
import { findNamespaces, netnsOf } from '../kernel/namespaces.js';
import { createToolRunner, inNamespace } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';
import { createSocketGroups, plainAddress } from './socket-groups.js';

/** Peers reported per namespace: those with the most connections to one port. */
const MOST_REPORTED = 5;
/** A line is some 100 bytes, and none is held. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Who has the most connections to one port, or why it is not known. */
export interface CountedPeers {
  readonly peers: readonly PeerUse[];
  /** `null` where everything was read. */
  readonly unreadable: string | null;
}

/**
 * Lists the established connections of these namespaces once and counts them by port here and address there. Of
 * connections that were opened from here each has a port of its own, so that they make no large group.
 */
export async function countPeers(procRoot: string, wanted: ReadonlySet<Netns>): Promise<CountedPeers> {
  const own = netnsOf(procRoot, 'self') ?? 1;
  const places = [{ netns: own, file: null }, ...findNamespaces(procRoot, own).namespaces];
  const peers: PeerUse[] = [];
  let unreadable: string | null = null;
  for (const { netns, file } of places) {
    if (!wanted.has(netns)) continue;
    const groups = createSocketGroups();
    const end = await createToolRunner().run(
      inNamespace(file, ['ss', '-H', '-t', '-n', 'state', 'established']),
      (line) => {
        const key = peerKey(line);
        if (key !== null) groups.add(key, false);
      },
      { maxBytes: MAX_BYTES },
    );
    unreadable ??= toolFailure('ss', end);
    for (const [key, { used }] of groups.largest(MOST_REPORTED)) {
      const [port = '', peer = ''] = key.split(' ');
      peers.push({ netns, port: Number(port), peer: plainAddress(peer), connections: used });
    }
  }
  return { peers: peers.sort((a, b) => b.connections - a.connections), unreadable };
}

/** Port here and address there of a line of `ss -Htn state established`: two queues, local and peer address. */
function peerKey(line: string): string | null {
  const [, , local = '', peer = ''] = line.trim().split(/\s+/);
  const port = /:(\d+)$/.exec(local)?.[1];
  const at = peer.lastIndexOf(':');
  return port === undefined || at < 0 ? null : `${port} ${peer.slice(0, at)}`;
}
