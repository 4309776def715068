import { METRICS } from '../../src/records/index.js';
import type { MetricName, StreamHeader, StreamRecord } from '../../src/records/index.js';
import {
  COVERAGE,
  CONTAINER,
  HEADER,
  HOST,
  kernel,
  listening,
  node,
  probes,
  tick,
} from '../scenarios/stream.js';

export { HEADER };

/** A generator of figures that look random and are the same each time. */
function figures(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const PER_SECOND: Partial<Record<MetricName, number>> = {
  'probe.insert': 20_000,
  'probe.destroy': 20_000,
  'probe.syn': 20_000,
  'nf_conntrack.insert': 20_000,
  'nf_conntrack.found': 700,
  'nf_conntrack.invalid': 40,
  'nf_conntrack.search_restart': 300,
  'Tcp.ActiveOpens': 6000,
  'Tcp.PassiveOpens': 14_000,
  'Tcp.EstabResets': 200,
  'Tcp.RetransSegs': 900,
};
const LEVELS: Partial<Record<MetricName, number>> = {
  'net.netfilter.nf_conntrack_count': 48_000,
  'Tcp.CurrEstab': 30_000,
  'sockstat.sockets.used': 31_000,
  'sockstat.TCP.inuse': 30_500,
  'sockstat.TCP.tw': 12_000,
  'sockstat.TCP.alloc': 30_800,
};

/**
 * Seconds of a host that sets up 20,000 connections a second, with every figure of it changing each second, as a
 * source would tell them: all figures each time.
 */
export function* busyHost(header: StreamHeader = HEADER): Generator<StreamRecord[], never> {
  const below = figures(7);
  const counters = new Map<MetricName, number>();
  for (const name of Object.keys(METRICS) as MetricName[])
    if (METRICS[name].kind === 'counter') counters.set(name, 0);
  for (let second = 0; ; second += 1) {
    const at = second * header.intervalMs + below(4);
    for (const [name, perSec] of Object.entries(PER_SECOND) as [MetricName, number][])
      counters.set(name, (counters.get(name) ?? 0) + Math.round(perSec * (0.9 + below(200) / 1000)));
    const all = Object.fromEntries(counters) as Partial<Record<MetricName, number>>;
    const probed = Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('probe.')));
    const counted = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('probe.')));
    const levels = Object.fromEntries(
      Object.entries(LEVELS).map(([name, level]) => [name, Math.round(level * (0.98 + below(40) / 1000))]),
    );
    yield [
      node(at, {
        'net.netfilter.nf_conntrack_max': 65_536,
        'fs.file-nr.allocated': 40_000 + below(900),
        'fs.file-max': 302_502,
        'sockstat.TCP.mem': 9000 + below(500),
        'net.ipv4.tcp_mem.max': 69_426,
      }),
      kernel(at, { ...counted, ...levels }, HOST),
      kernel(at, { 'net.netfilter.nf_conntrack_count': 3 }, CONTAINER),
      probes(at, probed, HOST),
      ...(second === 0 ? [listening(at, {}), { ...COVERAGE, elapsedMs: at }] : []),
      tick(at),
    ];
  }
}

/** The first `seconds` of it. */
export function busySeconds(seconds: number): StreamRecord[] {
  const host = busyHost();
  return Array.from({ length: seconds }, () => host.next().value).flat();
}
