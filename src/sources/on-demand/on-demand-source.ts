import type { ElapsedMs, MetricName, Netns, PortUse, StreamRecord } from '../../records/index.js';
import type { OtherNetns } from '../kernel/namespaces.js';
import { parseSysctl } from '../kernel/parse.js';
import type { Figures } from '../kernel/parse.js';
import { findCards, readAllowance } from './allowance.js';
import { countPorts } from './local-ports.js';
import { inNamespace, runTool } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';

/** Between two looks at the ports of a namespace: while connects fail, while they are used up, else. */
const PORTS_MS = { failing: 5000, used: 15_000, calm: 60_000 };
/** From so many sockets on, as a share of the range, a look is worth a tool. */
const WORTH_SHARE = 0.5;
/** The range of another namespace is asked for from so many sockets on, and so often. */
const RANGE = { sockets: 50, everyMs: 300_000 };
/** The cards are asked for the cloud's counters this often, and looked for anew this often. */
const ALLOWANCE_MS = 10_000;
const CARDS_MS = 600_000;

const RANGE_FILES = ['/proc/sys/net/ipv4/ip_local_port_range', '/proc/sys/net/ipv4/tcp_tw_reuse'];

/** Figures that need a tool: asked for rarely, one tool at a time, and only where they may matter. */
export interface OnDemandSource {
  /** Takes what the other sources say, to know where to look. */
  note(record: StreamRecord): void;
  /** Starts a look when one is due. */
  refresh(elapsedMs: ElapsedMs): void;
  /** What is known besides of a namespace (or of the node), to go into its sample. */
  figures(netns: Netns): Figures;
  records(elapsedMs: ElapsedMs): StreamRecord[];
  /** Resolves when the look under way, if any, has ended. */
  settled(): Promise<void>;
  readonly unreadable: readonly { readonly what: string; readonly why: string }[];
}

interface Place {
  readonly figures: Map<MetricName, number | null>;
  portsMs: ElapsedMs | null;
  rangeMs: ElapsedMs | null;
  /** connect() calls without a port at the last look. */
  failedAtLastLook: number;
  /** `null` while no look has succeeded. */
  ports: readonly PortUse[] | null;
}

/** `netns` is our own namespace; `node` stands for the machine. */
export function openOnDemandSource(options: {
  readonly sysRoot: string;
  readonly own: Netns;
  readonly node: Netns;
  readonly others: () => readonly OtherNetns[];
}): OnDemandSource {
  const places = new Map<Netns, Place>();
  const extraFigures = new Map<Netns, Figures>();
  let looking: Promise<void> | null = null;
  let portsUnreadable: string | null = null;
  let cards: { readonly cards: readonly string[]; readonly ena: boolean } = { cards: [], ena: false };
  let cardsMs: ElapsedMs | null = null;
  let allowanceMs: ElapsedMs | null = null;
  let allowanceUnreadable: string | null = null;

  function placeOf(netns: Netns): Place {
    let place = places.get(netns);
    if (place === undefined) {
      place = { figures: new Map(), portsMs: null, rangeMs: null, failedAtLastLook: 0, ports: null };
      places.set(netns, place);
    }
    return place;
  }

  function figure(netns: Netns, name: MetricName): number | null {
    return extraFigures.get(netns)?.[name] ?? placeOf(netns).figures.get(name) ?? null;
  }

  function rangeOf(netns: Netns): readonly [low: number, high: number] | null {
    const low = figure(netns, 'net.ipv4.ip_local_port_range.low');
    const high = figure(netns, 'net.ipv4.ip_local_port_range.high');
    return low === null || high === null || high < low ? null : [low, high];
  }

  /** Sockets that may hold a port, TIME_WAIT among them. */
  function socketsOf(netns: Netns): number {
    const names = ['sockstat.TCP.inuse', 'sockstat6.TCP6.inuse', 'sockstat.TCP.tw'] as const;
    return names.reduce((sum, name) => sum + (figure(netns, name) ?? 0), 0);
  }

  async function readPortRange(netns: Netns, pid: number): Promise<void> {
    const lines: string[] = [];
    await runTool(...inNamespace(pid, ['cat', ...RANGE_FILES]), (line) => lines.push(line));
    extraFigures.set(netns, {
      ...parseSysctl(lines[0] ?? '', [
        'net.ipv4.ip_local_port_range.low',
        'net.ipv4.ip_local_port_range.high',
      ]),
      ...parseSysctl(lines[1] ?? '', ['net.ipv4.tcp_tw_reuse']),
    });
  }

  async function countLocalPorts(
    netns: Netns,
    pid: number | null,
    [low, high]: readonly [number, number],
  ): Promise<void> {
    const counter = countPorts();
    // The kernel filters: connections that arrived at a port below the range are not listed at all.
    const filter = `sport >= :${low} and sport <= :${high}`;
    const result = await runTool(
      ...inNamespace(pid, ['ss', '-H', '-t', '-n', 'state', 'connected', filter]),
      (line) => {
        counter.take(line);
      },
    );
    portsUnreadable = toolFailure('ss', result);
    placeOf(netns).ports =
      portsUnreadable !== null ? null : counter.largest().map((omit) => ({ netns, ...omit }));
  }

  /** What to do now in that namespace, if anything. */
  function dueLookIn(netns: Netns, pid: number | null, nowMs: ElapsedMs): (() => Promise<void>) | null {
    const place = placeOf(netns);
    const sockets = socketsOf(netns);
    const failed = figure(netns, 'probe.connect_eaddrnotavail') ?? 0;
    const failing = failed > place.failedAtLastLook;
    if (pid !== null && (sockets >= RANGE.sockets || failing)) {
      if (place.rangeMs === null || nowMs - place.rangeMs >= RANGE.everyMs) {
        place.rangeMs = nowMs;
        return () => readPortRange(netns, pid);
      }
    }
    const range = rangeOf(netns);
    if (range === null) return null;
    const size = range[1] - range[0] + 1;
    if (!failing && sockets < WORTH_SHARE * size) {
      if (place.ports !== null) place.ports = [];
      return null;
    }
    const used = (place.ports?.[0]?.used ?? 0) >= WORTH_SHARE * size;
    const everyMs = failing ? PORTS_MS.failing : used ? PORTS_MS.used : PORTS_MS.calm;
    if (place.portsMs !== null && nowMs - place.portsMs < everyMs) return null;
    place.portsMs = nowMs;
    place.failedAtLastLook = failed;
    return () => countLocalPorts(netns, pid, range);
  }

  async function askAllowance(): Promise<void> {
    const seen = await readAllowance(cards.cards, cards.ena);
    cards = { ...cards, cards: seen.cards };
    allowanceUnreadable = seen.unreadable;
    extraFigures.set(options.node, seen.figures);
  }

  function nextLook(nowMs: ElapsedMs): (() => Promise<void>) | null {
    const here = [{ netns: options.own, pid: null }, ...options.others()];
    for (const { netns, pid } of here) {
      const due = dueLookIn(netns, pid, nowMs);
      if (due !== null) return due;
    }
    if (cardsMs === null || nowMs - cardsMs >= CARDS_MS) {
      cardsMs = nowMs;
      cards = findCards(options.sysRoot);
      allowanceMs = null;
    }
    if (cards.cards.length === 0 || (allowanceMs !== null && nowMs - allowanceMs < ALLOWANCE_MS)) return null;
    allowanceMs = nowMs;
    return askAllowance;
  }

  return {
    note(record) {
      if (record.type !== 'sample') return;
      const { figures } = placeOf(record.netns);
      for (const [name, value] of Object.entries(record.values) as [MetricName, number | null][])
        figures.set(name, value);
    },
    refresh(elapsedMs) {
      if (looking !== null) return;
      const look = nextLook(elapsedMs);
      if (look === null) return;
      looking = look().finally(() => {
        looking = null;
      });
    },
    figures: (netns) => extraFigures.get(netns) ?? {},
    records(elapsedMs) {
      const known = new Set([options.own, ...options.others().map((other) => other.netns)]);
      const looked = [...places].flatMap(([netns, { ports }]) =>
        ports !== null && known.has(netns) ? [{ netns, ports }] : [],
      );
      if (looked.length === 0) return [];
      return [
        {
          type: 'ports',
          elapsedMs,
          looked: looked.map((item) => item.netns),
          ports: looked.flatMap((item) => item.ports),
        },
      ];
    },
    async settled() {
      await looking;
    },
    get unreadable() {
      return [
        ...(portsUnreadable === null ? [] : [{ what: 'local ports', why: portsUnreadable }]),
        ...(allowanceUnreadable === null
          ? []
          : [{ what: "the cloud's connection allowance", why: allowanceUnreadable }]),
      ];
    },
  };
}
