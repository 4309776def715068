import type { ElapsedMs, Listener, Netns, Owner, ProcessUse, StreamRecord } from '../../records/index.js';
import type { ListenerTotals } from '../bpftrace/totals.js';
import type { OtherNetns } from '../kernel/namespaces.js';
import { ownCgroupOf, taskUseOf } from './cgroup.js';
import { createMapCounter } from './maps.js';
import { findOwners } from './owners.js';
import { processUse } from './processes.js';
import { listListeners } from './ss.js';
import type { SsListener } from './ss.js';

/** How often ss runs and descriptors are walked. */
const REFRESH_MS = 5000;
/** The same when something overflows: who it is must be found while it lives. */
const REFRESH_OVERFLOWED_MS = 1000;
/** With more descriptors than this, a process is counted only with each look at the sockets. */
const MANY_FDS = 2000;
/** Listeners shown and recorded; the fullest and those that overflowed come first. */
const MAX_LISTENERS = 200;

/** Listeners of our namespace, those that overflow in any, and their owners. */
export interface ListenerSource {
  /** Starts a look at the sockets when it is time for one; sooner when something has `overflowed` since the last. */
  refresh(elapsedMs: ElapsedMs, overflowed: boolean): void;
  /** Resolves when everything that overflowed has been looked for; no look starts after it. */
  finish(): Promise<void>;
  /** The listeners and their processes now. */
  records(elapsedMs: ElapsedMs): StreamRecord[];
  /** Why ss gave nothing, `null` when it did. */
  readonly unreadable: string | null;
}

/** `probed` gives what the probes know; `others` the namespaces that are not ours. */
export function openListenerSource(options: {
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly netns: Netns | null;
  readonly probed: () => readonly ListenerTotals[];
  readonly probesAttached: () => boolean;
  readonly others: () => readonly OtherNetns[];
}): ListenerSource {
  const { procRoot, netns } = options;
  const own = netns ?? 1;
  let seen: { netns: Netns; one: SsListener }[] = [];
  /** Inodes of all listeners that ss has shown: one that it shows no longer is gone. */
  const everSeen = new Set<number>();
  let owners = new Map<number, Owner>();
  const uses = new Map<number, ProcessUse>();
  /** What is only looked for with the sockets: it costs more than a count of descriptors. */
  const seldom = new Map<number, Pick<ProcessUse, 'maps' | 'tasks' | 'cgroup'>>();
  const maps = createMapCounter(procRoot, () => performance.now());
  let lookedMs: ElapsedMs | null = null;
  let looking: Promise<void> | null = null;
  /** Something overflowed, and no look has started since. */
  let overflowedSince = false;
  let finished = false;
  let unreadable: string | null = null;

  function startLook(): Promise<void> {
    overflowedSince = false;
    looking = look().finally(() => {
      looking = null;
    });
    return looking;
  }

  async function look(): Promise<void> {
    const found: { netns: Netns; one: SsListener }[] = [];
    const ours = await listListeners(null);
    unreadable = ours.failure;
    for (const listener of ours.listeners) found.push({ netns: own, one: listener });
    // Other namespaces cost a fork each: only those where something overflowed.
    const overflowing = new Set(options.probed().map((listenerTotals) => listenerTotals.netns));
    for (const other of options.others()) {
      if (!overflowing.has(other.netns)) continue;
      for (const listener of (await listListeners(other.pid)).listeners)
        found.push({ netns: other.netns, one: listener });
    }
    seen = found;
    for (const { one } of found) if (one.inode !== null) everSeen.add(one.inode);
    const inodes = new Set([
      ...found.flatMap(({ one }) => (one.inode === null ? [] : [one.inode])),
      ...options.probed().map((listenerTotals) => listenerTotals.inode),
    ]);
    owners = findOwners(procRoot, inodes);
    uses.clear();
    lookCloser();
  }

  function lookCloser(): void {
    const pids = new Set([...owners.values()].map((owner) => owner.pid));
    maps.keep(pids);
    seldom.clear();
    for (const pid of pids) {
      const tasks = taskUseOf(procRoot, options.sysRoot, pid);
      const cgroup = ownCgroupOf(procRoot, pid);
      seldom.set(pid, {
        maps: maps.count(pid),
        ...(cgroup === null ? {} : { cgroup }),
        ...(tasks === null ? {} : { tasks }),
      });
    }
  }

  function current(): Listener[] {
    const probed = new Map(options.probed().map((listenerTotals) => [listenerTotals.inode, listenerTotals]));
    const attached = options.probesAttached();
    const listeners = seen.map(({ netns: namespace, one }): Listener => {
      const probe = one.inode === null ? undefined : probed.get(one.inode);
      if (one.inode !== null) probed.delete(one.inode);
      return {
        ...one,
        netns: namespace,
        overflows: probe?.overflows ?? (attached ? 0 : null),
        owner: one.inode === null ? null : (owners.get(one.inode) ?? null),
      };
    });
    for (const probe of probed.values()) {
      // The probes go on counting it; the socket itself has been closed since.
      if (everSeen.has(probe.inode)) continue;
      listeners.push({
        netns: probe.netns,
        address: probe.address,
        port: probe.port,
        inode: probe.inode,
        acceptQueue: probe.queue,
        backlog: probe.backlog,
        drops: null,
        overflows: probe.overflows,
        owner: owners.get(probe.inode) ?? null,
      });
    }
    return listeners.sort(fullestFirst).slice(0, MAX_LISTENERS);
  }

  /** Counting descriptors before Linux 6.2 reads a directory entry each, so large processes are counted rarely. */
  function use(owner: Owner): ProcessUse {
    const known = uses.get(owner.pid);
    if (known?.comm === owner.comm && (known.fds ?? 0) > MANY_FDS) return known;
    const fresh = { ...processUse(procRoot, owner), ...seldom.get(owner.pid) };
    uses.set(owner.pid, fresh);
    return fresh;
  }

  return {
    get unreadable() {
      return unreadable;
    },
    refresh(elapsedMs, overflowed) {
      if (finished) return;
      overflowedSince ||= overflowed;
      if (looking !== null) return;
      const everyMs = overflowedSince ? REFRESH_OVERFLOWED_MS : REFRESH_MS;
      if (lookedMs !== null && elapsedMs - lookedMs < everyMs) return;
      lookedMs = elapsedMs;
      void startLook();
    },
    async finish() {
      finished = true;
      await looking;
      const nameless = options
        .probed()
        .some((listenerTotals) => !owners.has(listenerTotals.inode) && !everSeen.has(listenerTotals.inode));
      if (overflowedSince || nameless) await startLook();
    },
    records(elapsedMs) {
      const listeners = current();
      const watched = new Map(listeners.flatMap(({ owner }) => (owner === null ? [] : [[owner.pid, owner]])));
      return [
        { type: 'listeners', elapsedMs, listeners },
        {
          type: 'processes',
          elapsedMs,
          processes: [...watched.values()].map(use),
        },
      ];
    },
  };
}

function fullestFirst(a: Listener, b: Listener): number {
  const share = (listener: Listener): number =>
    listener.acceptQueue === null || listener.backlog === null
      ? 0
      : listener.acceptQueue / Math.max(1, listener.backlog);
  return (b.overflows ?? 0) - (a.overflows ?? 0) || share(b) - share(a) || a.port - b.port;
}
