import { NODE_WIDE } from '../../records/index.js';
import type { Netns, StreamRecord } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import type { Source, Unread } from '../source.js';
import { openReaders } from './kernel-files.js';
import { usablePids } from './namespaces.js';
import { NODE_GAUGES } from './netns-files.js';
import { createOtherNamespaces } from './other-namespaces.js';
import { parseModules, parseSlabinfo } from './parse.js';
import type { Figures } from './parse.js';
import { keepOpen, readOnce } from './proc-file.js';

/** How often all of /proc is listed. */
const LIST_PROCESSES_MS = 10_000;
/** How often /proc/modules is read: NAT rules rarely change. */
const MODULES_MS = 10_000;
const MODULES_UNKNOWN: Figures = { 'modules.nat_references': null, 'modules.queue_references': null };

/**
 * The kernel's own counters, gauges and limits; needs no root for most. Opens its files at once, while there are
 * descriptors left.
 */
export function openKernelSource(options: {
  readonly procRoot: string;
  /** Our own namespace; `null` where it cannot be known. */
  readonly netns: Netns | null;
  readonly view: HostView;
  readonly intervalMs: number;
}): Source {
  const { procRoot, view } = options;
  const readers = openReaders(procRoot);
  const modules = keepOpen(`${procRoot}/modules`);
  const others = createOtherNamespaces(options);
  let modulesMs: number | null = null;
  let entryBytes: Figures = {};
  let usable: { readonly pidMax: number; readonly atMs: number; readonly pids: number } | null = null;
  let conntrackLoaded = true;
  let queueLoaded = false;
  let unreadable: Unread[] = [];

  function sampleOwn(elapsedMs: number): StreamRecord[] {
    const node: Figures = {};
    const local: Figures = {};
    for (const { file, scope, parse, metrics, mayBeAbsent } of readers) {
      const text = file.read();
      const target = scope === 'node' ? node : local;
      if (text !== null) {
        Object.assign(target, parse(text));
        continue;
      }
      for (const metric of metrics) target[metric] = null;
      if (mayBeAbsent && file.why === 'ENOENT') continue;
      unreadable.push({ what: file.path, why: file.why ?? 'unknown' });
    }
    if (modulesMs === null || elapsedMs - modulesMs >= MODULES_MS) {
      modulesMs = elapsedMs;
      const text = modules.read();
      Object.assign(node, text === null ? MODULES_UNKNOWN : parseModules(text));
    }
    for (const metric of NODE_GAUGES) {
      const value = local[metric];
      if (value === undefined) continue;
      node[metric] = value;
      Reflect.deleteProperty(local, metric);
    }
    queueLoaded = local['nfnetlink_queue.queues'] != null;
    summariseConntrack();
    Object.assign(node, view.extraFigures.get(NODE_WIDE));
    Object.assign(local, view.extraFigures.get(view.own));
    Object.assign(node, sizeOfEntry(), pidsUsable(elapsedMs, node['kernel.pid_max'] ?? null));
    return [
      { type: 'sample', elapsedMs, source: 'kernel', netns: NODE_WIDE, values: node },
      { type: 'sample', elapsedMs, source: 'kernel', netns: view.own, values: local },
    ];
  }

  /**
   * Asked once the module is loaded: it does not change then. Root alone may read it, and what it serves, the cost
   * of a fix, has a documented value beside it: not to be had is no gap in the coverage.
   */
  function sizeOfEntry(): Figures {
    if (!conntrackLoaded || entryBytes['slab.nf_conntrack.objsize'] !== undefined) return entryBytes;
    const read = readOnce(`${procRoot}/slabinfo`);
    entryBytes = 'text' in read ? parseSlabinfo(read.text) : { 'slab.nf_conntrack.objsize': null };
    return entryBytes;
  }

  /** Counted rarely: it lists all of /proc, and processes of the boot rarely end. */
  function pidsUsable(elapsedMs: number, pidMax: number | null): Figures {
    if (pidMax === null) return { 'pids.usable': null };
    if (usable?.pidMax !== pidMax || elapsedMs - usable.atMs >= LIST_PROCESSES_MS)
      usable = { pidMax, atMs: elapsedMs, pids: usablePids(procRoot, pidMax) };
    return { 'pids.usable': usable.pids };
  }

  /** A module that is not loaded is one thing to say, not one a file. */
  function summariseConntrack(): void {
    const rest = unreadable.filter((item) => item.why !== 'ENOENT' || !item.what.includes('nf_conntrack'));
    conntrackLoaded = rest.length === unreadable.length;
    if (!conntrackLoaded) rest.push({ what: 'conntrack', why: 'nf_conntrack is not loaded' });
    unreadable = rest;
  }

  return {
    get unreadable() {
      return [...unreadable, ...others.unreadable];
    },
    get unread() {
      return others.unread;
    },
    poll(elapsedMs) {
      unreadable = [];
      return [
        ...sampleOwn(elapsedMs),
        ...others.sample(elapsedMs, { conntrack: conntrackLoaded, queue: queueLoaded }),
      ];
    },
    stop: () => Promise.resolve(),
    kill() {
      others.kill();
      modules.close();
      for (const { file } of readers) file.close();
    },
  };
}
