import type {
  ElapsedMs,
  Listener,
  Netns,
  Owner,
  ProcessUse,
  StreamRecord,
  UnreadGroup,
} from '../../records/index.js';
import type { HostView } from '../host-view.js';
import { unreadGroups } from '../source.js';
import type { Source, Unread } from '../source.js';
import { createToolRunner } from '../tools/run-tool.js';
import { ownCgroupOf, taskUseOf } from './cgroup.js';
import { erlangLimitsOf } from './erlang.js';
import { answeringHolder, holdersToWatch } from './fullest.js';
import { createMapCounter } from './maps.js';
import { createHolderFinder } from './owners.js';
import { processUse } from './processes.js';
import { listListeners } from './ss.js';
import type { SsListener } from './ss.js';

/** How often ss runs and descriptors are walked. */
const REFRESH_MS = 5000;
/** The same while a queue overflows: who it is must be found while it lives. */
const REFRESH_OVERFLOWED_MS = 1000;
/** With more descriptors than this, a process is counted only with each look at the sockets. */
const MANY_FDS = 2000;
/** Listeners shown and recorded; the fullest and those that overflowed come first. */
const MAX_LISTENERS = 200;

interface FoundListener {
  readonly netns: Netns;
  readonly socket: SsListener;
}

/** Listeners of our namespace, those of namespaces where a queue overflowed, and the processes that hold them. */
// eslint-disable-next-line max-lines-per-function -- one closure over what the last looks found
export function openListenerSource(options: {
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly view: HostView;
}): Source {
  const { procRoot, view } = options;
  const tools = createToolRunner();
  const holderFinder = createHolderFinder(procRoot);
  let found: readonly FoundListener[] = [];
  /** Inodes that ss has shown: of those that probes report, one that it no longer shows is closed. */
  let everSeen = new Set<number>();
  let watched = new Map<number, readonly Owner[]>();
  /** Who answered for a listener last, by inode. */
  const answering = new Map<number, number>();
  const uses = new Map<number, ProcessUse>();
  /** What is only counted with each look: it costs more than a count of descriptors. */
  const costly = new Map<number, Pick<ProcessUse, 'maps' | 'tasks' | 'cgroup' | 'erlang'>>();
  const maps = createMapCounter(procRoot, () => performance.now());
  let lookedMs: ElapsedMs | null = null;
  let looking: Promise<void> | null = null;
  let overflowsAtPoll = 0;
  /** A queue overflowed, and no look has started since. */
  let overflowedSince = false;
  let finished = false;
  let unreadable: readonly Unread[] = [];
  let unread: readonly UnreadGroup[] = [];

  function startLook(): Promise<void> {
    const isUrgent = overflowedSince || finished;
    overflowedSince = false;
    looking = look(isUrgent).finally(() => {
      looking = null;
    });
    return looking;
  }

  async function look(isUrgent: boolean): Promise<void> {
    const all: FoundListener[] = [];
    const failures: Unread[] = [];
    const groups: UnreadGroup[] = [];
    const list = async (netns: Netns, file: string | null, what: string): Promise<void> => {
      const { listeners, failure } = await listListeners(file, tools);
      for (const socket of listeners) all.push({ netns, socket });
      if (failure === null) return;
      failures.push({ what, why: failure });
      groups.push(
        ...unreadGroups('listeners', [what.replace(/^listening sockets(?: of )?/, '') || 'host'], failure),
      );
    };
    await list(view.own, null, 'listening sockets');
    // Other namespaces cost a fork each: only those where a queue overflowed.
    for (const { netns, file, label } of view.namespaces)
      if (view.hasOverflowed(netns)) await list(netns, file, `listening sockets of ${label}`);
    const probed = new Set(view.probes.listeners.map((listener) => listener.inode));
    found = all.sort((a, b) => queueShare(b.socket) - queueShare(a.socket)).slice(0, 2 * MAX_LISTENERS);
    const shown = all.flatMap(({ socket }) => (socket.inode === null ? [] : [socket.inode]));
    everSeen = new Set([...[...everSeen].filter((inode) => probed.has(inode)), ...shown]);
    groups.push(...(await findProcesses(new Set([...inodesOf(found), ...probed]), isUrgent)));
    unreadable = failures;
    unread = groups;
  }

  /** Finds who holds the sockets; returns the processes that may not be read, if some sockets have no known owner. */
  async function findProcesses(inodes: ReadonlySet<number>, isUrgent: boolean): Promise<UnreadGroup[]> {
    const { byInode, unreadableProcesses } = await holderFinder.find(inodes, isUrgent);
    const ownerless = inodesOf(found).filter((inode) => !byInode.has(inode)).length;
    uses.clear();
    watched = new Map([...byInode].map(([inode, holders]) => [inode, holdersToWatch(holders, countUse)]));
    for (const inode of answering.keys()) if (!watched.has(inode)) answering.delete(inode);
    const owners = new Map([...watched.values()].flat().map((owner) => [owner.pid, owner]));
    const pids = new Set(owners.keys());
    maps.keep(pids);
    costly.clear();
    for (const [pid, owner] of owners) {
      const tasks = taskUseOf(procRoot, options.sysRoot, pid);
      const cgroup = ownCgroupOf(procRoot, pid);
      const erlang = owner.comm.startsWith('beam') ? erlangLimitsOf(procRoot, countUse(owner)) : null;
      costly.set(pid, {
        maps: maps.count(pid),
        ...(cgroup === null ? {} : { cgroup }),
        ...(erlang === null ? {} : { erlang }),
        ...(tasks === null ? {} : { tasks }),
      });
    }
    if (ownerless === 0 || unreadableProcesses === 0) return [];
    const why = `only root can read their descriptors, and ${ownerless} listening ${ownerless === 1 ? 'socket has' : 'sockets have'} no other owner`;
    return [{ kind: 'processes', count: unreadableProcesses, names: [], why }];
  }

  /** Counting descriptors before Linux 6.2 reads a directory entry each, so large processes are counted rarely. */
  function countUse(owner: Owner): ProcessUse {
    const known = uses.get(owner.pid);
    if (known?.comm === owner.comm && (known.fds ?? 0) > MANY_FDS) return known;
    const fresh = processUse(procRoot, owner);
    uses.set(owner.pid, fresh);
    return fresh;
  }

  function ownerOf(inode: number | null, use: (owner: Owner) => ProcessUse): Owner | null {
    const holders = inode === null ? undefined : watched.get(inode);
    if (inode === null || holders === undefined) return null;
    const owner = answeringHolder(holders, use, answering.get(inode) ?? null);
    if (owner !== null) answering.set(inode, owner.pid);
    return owner;
  }

  function currentListeners(use: (owner: Owner) => ProcessUse): Listener[] {
    const probed = new Map(view.probes.listeners.map((listener) => [listener.inode, listener]));
    const unseenOverflows = view.probes.isAttached ? 0 : null;
    const listeners = found.map(({ netns, socket }): Listener => {
      const probe = socket.inode === null ? undefined : probed.get(socket.inode);
      if (socket.inode !== null) probed.delete(socket.inode);
      const overflows = probe?.overflows ?? unseenOverflows;
      return { ...socket, netns, overflows, owner: ownerOf(socket.inode, use) };
    });
    for (const { queue, ...probe } of probed.values()) {
      // The probes keep counting it, but the socket has been closed since.
      if (everSeen.has(probe.inode)) continue;
      listeners.push({ ...probe, acceptQueue: queue, drops: null, owner: ownerOf(probe.inode, use) });
    }
    return listeners.sort(fullestFirst).slice(0, MAX_LISTENERS);
  }

  function currentRecords(elapsedMs: ElapsedMs): StreamRecord[] {
    const counted = new Map<number, ProcessUse>();
    const use = (owner: Owner): ProcessUse => {
      const known = counted.get(owner.pid);
      if (known !== undefined) return known;
      const fresh = { ...countUse(owner), ...costly.get(owner.pid) };
      counted.set(owner.pid, fresh);
      return fresh;
    };
    const listeners = currentListeners(use);
    const processes = new Map<number, ProcessUse>();
    for (const { inode, owner } of listeners) {
      if (owner !== null) processes.set(owner.pid, use(owner));
      // Other workers of the same listener are added when they are about to run out as well.
      for (const holder of inode === null ? [] : (watched.get(inode) ?? []))
        if (holder.pid !== 1 || owner?.pid === 1) processes.set(holder.pid, use(holder));
    }
    return [
      { type: 'listeners', elapsedMs, listeners },
      { type: 'processes', elapsedMs, processes: [...processes.values()] },
    ];
  }

  return {
    get unreadable() {
      return unreadable;
    },
    get unread() {
      return unread;
    },
    poll(elapsedMs) {
      const { overflows } = view;
      overflowedSince ||= overflows > overflowsAtPoll;
      overflowsAtPoll = overflows;
      const everyMs = overflowedSince ? REFRESH_OVERFLOWED_MS : REFRESH_MS;
      if (!finished && looking === null && (lookedMs === null || elapsedMs - lookedMs >= everyMs)) {
        lookedMs = elapsedMs;
        void startLook();
      }
      return currentRecords(elapsedMs);
    },
    async stop() {
      finished = true;
      await looking;
      const isNameless = view.probes.listeners.some(
        ({ inode }) => !watched.has(inode) && !everSeen.has(inode),
      );
      if (overflowedSince || isNameless || view.overflows > overflowsAtPoll) await startLook();
    },
    kill() {
      finished = true;
      tools.kill();
    },
  };
}

function inodesOf(found: readonly FoundListener[]): number[] {
  return found.flatMap(({ socket }) => (socket.inode === null ? [] : [socket.inode]));
}

/** Waiting connections as a share of the backlog; 0 where unknown. */
function queueShare({ acceptQueue, backlog }: Pick<Listener, 'acceptQueue' | 'backlog'>): number {
  return acceptQueue === null || backlog === null ? 0 : acceptQueue / Math.max(1, backlog);
}

function fullestFirst(a: Listener, b: Listener): number {
  return (b.overflows ?? 0) - (a.overflows ?? 0) || queueShare(b) - queueShare(a) || a.port - b.port;
}
