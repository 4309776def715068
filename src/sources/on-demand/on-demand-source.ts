import { NODE_WIDE } from '../../records/index.js';
import type { ElapsedMs, MetricName, Netns, PortUse, StreamRecord } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import { parseSysctl } from '../kernel/parse.js';
import { findCards, readAllowance } from './allowance.js';
import { countPorts, countReserved } from './local-ports.js';
import type { Source } from '../source.js';
import { createLooks } from './looks.js';
import type { Looks } from './looks.js';
import { inNamespace } from '../tools/run-tool.js';
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

const RESERVED_FILE = '/proc/sys/net/ipv4/ip_local_reserved_ports';
const RANGE_FILES = ['/proc/sys/net/ipv4/ip_local_port_range', '/proc/sys/net/ipv4/tcp_tw_reuse'];

/** What is known of one namespace. */
interface Place {
  portsMs: ElapsedMs | null;
  rangeMs: ElapsedMs | null;
  /** connect() and bind() calls without a port at the last look. */
  failedAtLastLook: number;
  /** `null` while no look has succeeded. */
  ports: readonly PortUse[] | null;
}

/** Figures that need a tool: asked for rarely, one tool at a time, and only where they may matter. */
// eslint-disable-next-line max-lines-per-function -- one closure over the looks that are under way
export function openOnDemandSource(options: {
  readonly sysRoot: string;
  readonly view: HostView;
}): Source & Pick<Looks, 'settled'> {
  const { view } = options;
  const { extraFigures } = view;
  const looks = createLooks();
  const { tools } = looks;
  const places = new Map<Netns, Place>();
  let polled = false;
  let portsUnreadable: string | null = null;
  let cards: { readonly cards: readonly string[]; readonly ena: boolean } = { cards: [], ena: false };
  let cardsMs: ElapsedMs | null = null;
  let allowanceMs: ElapsedMs | null = null;
  let allowanceUnreadable: string | null = null;

  function placeOf(netns: Netns): Place {
    let place = places.get(netns);
    if (place === undefined) {
      place = { portsMs: null, rangeMs: null, failedAtLastLook: 0, ports: null };
      places.set(netns, place);
    }
    return place;
  }

  function figure(netns: Netns, name: MetricName): number | null {
    return extraFigures.get(netns)?.[name] ?? view.figure(netns, name);
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

  async function readPortRange(netns: Netns, file: string): Promise<void> {
    const lines: string[] = [];
    await tools.run(inNamespace(file, ['cat', ...RANGE_FILES]), (line) => lines.push(line));
    view.addFigures(netns, {
      ...parseSysctl(lines[0] ?? '', [
        'net.ipv4.ip_local_port_range.low',
        'net.ipv4.ip_local_port_range.high',
      ]),
      ...parseSysctl(lines[1] ?? '', ['net.ipv4.tcp_tw_reuse']),
    });
  }

  async function readReserved(file: string | null, low: number, high: number): Promise<number> {
    const lines: string[] = [];
    await tools.run(inNamespace(file, ['cat', RESERVED_FILE]), (line) => lines.push(line));
    return countReserved(lines[0] ?? '', low, high);
  }

  async function countLocalPorts(
    netns: Netns,
    file: string | null,
    [low, high]: readonly [number, number],
  ): Promise<void> {
    const counter = countPorts();
    // The kernel filters: connections that arrived at a port below the range are not listed at all.
    const filter = `sport >= :${low} and sport <= :${high}`;
    const result = await tools.run(
      inNamespace(file, ['ss', '-H', '-t', '-n', 'state', 'connected', filter]),
      (line) => {
        counter.take(line);
      },
    );
    portsUnreadable = toolFailure('ss', result);
    const groups = portsUnreadable === null ? counter.largest() : null;
    // Only where the ports are short does it matter which of them are kept back.
    const reserved = groups === null || groups.length === 0 ? 0 : await readReserved(file, low, high);
    placeOf(netns).ports =
      groups?.map((group) => ({ netns, ...group, ...(reserved > 0 ? { reserved } : {}) })) ?? null;
  }

  /** What to do now in that namespace, if anything. */
  function dueLookIn(netns: Netns, file: string | null, nowMs: ElapsedMs): (() => Promise<void>) | null {
    const place = placeOf(netns);
    const sockets = socketsOf(netns);
    const failed =
      (figure(netns, 'probe.connect_eaddrnotavail') ?? 0) + (figure(netns, 'probe.bind_no_port') ?? 0);
    const failing = failed > place.failedAtLastLook;
    if (file !== null && (sockets >= RANGE.sockets || failing)) {
      if (place.rangeMs === null || nowMs - place.rangeMs >= RANGE.everyMs) {
        place.rangeMs = nowMs;
        return () => readPortRange(netns, file);
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
    return () => countLocalPorts(netns, file, range);
  }

  async function askAllowance(): Promise<void> {
    const seen = await readAllowance(cards.cards, cards.ena, tools);
    cards = { ...cards, cards: seen.cards };
    allowanceUnreadable = seen.unreadable;
    extraFigures.set(NODE_WIDE, seen.figures);
  }

  function nextLook(nowMs: ElapsedMs): (() => Promise<void>) | null {
    const here = [{ netns: view.own, file: null }, ...view.namespaces];
    for (const { netns, file } of here) {
      const due = dueLookIn(netns, file, nowMs);
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

  function startDueLook(elapsedMs: ElapsedMs): void {
    if (!looks.isFree) return;
    const look = nextLook(elapsedMs);
    if (look === null) return;
    looks.start(look);
  }

  function portsRecords(elapsedMs: ElapsedMs): StreamRecord[] {
    const known = new Set([view.own, ...view.namespaces.map(({ netns }) => netns)]);
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
  }

  return {
    poll(elapsedMs) {
      // Before the next look is decided on: that forgets what nothing asks for any more.
      const records = portsRecords(elapsedMs);
      // Not before the first frame is out: a person waits for it.
      if (polled) startDueLook(elapsedMs);
      polled = true;
      return records;
    },
    stop: () => looks.stop(),
    settled: () => looks.settled(),
    kill: () => looks.kill(),
    get unreadable() {
      return [
        ...(portsUnreadable === null ? [] : [{ what: 'local ports', why: portsUnreadable }]),
        ...(allowanceUnreadable === null
          ? []
          : [{ what: "the cloud's allowances", why: allowanceUnreadable }]),
      ];
    },
  };
}
