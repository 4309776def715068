import type { MetricName, Netns, StreamRecord } from '../records/index.js';
import type { ListenerTotals } from './bpftrace/totals.js';
import type { ProbeSystem } from './bpftrace/system.js';
import type { OtherNetns } from './kernel/namespaces.js';
import type { Figures } from './kernel/parse.js';

/** What the probes know that no record holds. */
export interface ProbeView {
  readonly isAttached: boolean;
  /** What is known of the machine; `null` until the probes have attached. */
  readonly system: ProbeSystem | null;
  /** Listeners that overflowed, cumulative. */
  readonly listeners: readonly ListenerTotals[];
}

/** Interfaces of our namespace on which filters of tc, and XDP programs, may drop packets. */
export interface FilteredInterfaces {
  readonly tc: readonly string[];
  readonly xdp: readonly string[];
}

/** What the sources tell each other: the latest of every record, and the little that records do not hold. */
export interface HostView {
  /** Our own namespace; 1 where it cannot be known, so that its figures have a place apart from the node's. */
  readonly own: Netns;
  /** The latest value of a figure, whichever source has it; `null` when unknown. */
  figure(netns: Netns, name: MetricName): number | null;
  /** Packets of new flows that a full conntrack table refused, by the probes' count, of all namespaces. */
  readonly refusedFlows: number;
  /** Overflows of accept queues by the kernel's and the probes' counts; only its growth means something. */
  readonly overflows: number;
  /** Whether an accept queue of that namespace has overflowed while it was watched. */
  hasOverflowed(netns: Netns): boolean;
  /** Processes that hold listening sockets. */
  readonly listenerPids: readonly number[];
  /** Namespaces in which the probes have counted something since this was last asked. */
  takeProbedNamespaces(): ReadonlySet<Netns>;
  /** Stretches in which the kernel source said nothing: nothing that it said before stands any more. */
  readonly kernelGaps: number;
  /** Namespaces other than ours. */
  namespaces: readonly OtherNetns[];
  probes: ProbeView;
  filtered: FilteredInterfaces;
  /** Figures that the kernel source puts into its next samples, because they belong to the same moment. */
  readonly extraFigures: Map<Netns, Figures>;
  /** Adds to them; several sources have figures of one namespace. */
  addFigures(netns: Netns, figures: Figures): void;
  /** Takes a record of the stream. */
  note(record: StreamRecord): void;
}

const NO_PROBES: ProbeView = { isAttached: false, system: null, listeners: [] };

/** A view that knows nothing yet. */
export function createHostView(own: Netns): HostView {
  const figures = new Map<Netns, Map<MetricName, number | null>>();
  const extraFigures = new Map<Netns, Figures>();
  const refused = new Map<Netns, number>();
  const overflows = new Map<Netns, number>();
  const overflowed = new Set<Netns>();
  let probed = new Set<Netns>();
  let listenerPids: readonly number[] = [];
  let overflowSum = 0;
  let kernelGaps = 0;

  function noteOverflows(netns: Netns, count: number): void {
    const before = overflows.get(netns);
    overflows.set(netns, count);
    if (before === undefined || count <= before) return;
    overflowSum += count - before;
    overflowed.add(netns);
  }

  function noteSample(record: Extract<StreamRecord, { type: 'sample' }>): void {
    let known = figures.get(record.netns);
    if (known === undefined) {
      known = new Map();
      figures.set(record.netns, known);
    }
    let changed = false;
    for (const [name, value] of Object.entries(record.values) as [MetricName, number | null][]) {
      changed ||= known.get(name) !== value;
      known.set(name, value);
    }
    if (record.source === 'bpftrace') {
      if (changed) probed.add(record.netns);
      refused.set(record.netns, record.values['probe.table_full'] ?? 0);
    } else if (record.values['TcpExt.ListenOverflows'] != null)
      noteOverflows(record.netns, record.values['TcpExt.ListenOverflows']);
  }

  return {
    own,
    namespaces: [],
    probes: NO_PROBES,
    filtered: { tc: [], xdp: [] },
    extraFigures,
    addFigures: (netns, more) => void extraFigures.set(netns, { ...extraFigures.get(netns), ...more }),
    figure: (netns, name) => figures.get(netns)?.get(name) ?? null,
    get refusedFlows() {
      return [...refused.values()].reduce((sum, count) => sum + count, 0);
    },
    get overflows() {
      return overflowSum + this.probes.listeners.reduce((sum, listener) => sum + listener.overflows, 0);
    },
    hasOverflowed(netns) {
      return overflowed.has(netns) || this.probes.listeners.some((listener) => listener.netns === netns);
    },
    get kernelGaps() {
      return kernelGaps;
    },
    get listenerPids() {
      return listenerPids;
    },
    takeProbedNamespaces() {
      const taken = probed;
      probed = new Set();
      return taken;
    },
    note(record) {
      if (record.type === 'sample') noteSample(record);
      else if (record.type === 'gap' && record.source === 'kernel') kernelGaps += 1;
      else if (record.type === 'processes') listenerPids = record.processes.map(({ pid }) => pid);
    },
  };
}
