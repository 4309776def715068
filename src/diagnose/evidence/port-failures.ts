import { seriesOf } from '../../model/index.js';
import type { SeriesStats, Span, Window } from '../../model/index.js';
import type { Netns } from '../../records/index.js';
import type { Evidence } from '../finding.js';
import type { Subject } from '../subject.js';
import { growthEvidence } from './insert-failures.js';
import { paceOf } from './pace.js';

/** connect(2) says EADDRNOTAVAIL of an address that is not there, too: programs that try ::1 first do so at times. */
const FEWEST_ALONE = 10;
/** Of the connects that were tried: as many are an outage, at whatever pace. */
const FAILING_SHARE = 0.1;

const COUNTERS = ['probe.connect_eaddrnotavail', 'probe.bind_no_port'] as const;

/** Calls of a namespace that were given no local port. */
export interface PortFailures {
  /** By connect(2), EADDRNOTAVAIL; an address that does not exist fails the same way. */
  readonly connects: number;
  /** By bind(2) of port 0, EADDRINUSE: the kernel has tried every port of the range. */
  readonly binds: number;
  /** Both together. */
  readonly failed: number;
  readonly perSec: number | null;
  readonly grew: Span;
  /** Few, among connects that did not fail. */
  readonly isPassing: boolean;
}

/** `null` where none failed, or no probe counted them. */
export function readPortFailures(window: Window, netns: Netns): PortFailures | null {
  const grown = COUNTERS.flatMap((metric) => {
    const series = seriesOf(window, netns, metric);
    return series?.growth == null || series.growth === 0 || series.grew === null
      ? []
      : [{ metric, series, growth: series.growth, grew: series.grew }];
  });
  if (grown.length === 0) return null;
  const countOf = (wanted: (typeof COUNTERS)[number]): number =>
    grown.find(({ metric }) => metric === wanted)?.growth ?? 0;
  const [connects, binds] = [countOf('probe.connect_eaddrnotavail'), countOf('probe.bind_no_port')];
  const rates = grown.flatMap(({ series }) => (series.perSec === null ? [] : [series.perSec]));
  return {
    connects,
    binds,
    failed: connects + binds,
    perSec: rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0),
    grew: {
      fromMs: Math.min(...grown.map(({ grew }) => grew.fromMs)),
      toMs: Math.max(...grown.map(({ grew }) => grew.toMs)),
    },
    isPassing: arePassing(
      window,
      netns,
      grown.map(({ series }) => series),
      connects + binds,
    ),
  };
}

function arePassing(window: Window, netns: Netns, series: readonly SeriesStats[], failed: number): boolean {
  const opened = seriesOf(window, netns, 'Tcp.ActiveOpens')?.growth ?? null;
  const share = opened === null ? 0 : failed / Math.max(1, failed + opened);
  return (
    series.every((item) => paceOf(window, item) === 'rare') &&
    (failed < FEWEST_ALONE || share < FAILING_SHARE)
  );
}

/** What the probes counted; that of bind(2) only where it grew. */
export function portFailureEvidence(window: Window, netns: Netns, subject: Subject): Evidence[] {
  const evidence = COUNTERS.flatMap((metric) => growthEvidence(window, netns, metric, subject));
  const grown = evidence.filter(({ value }) => value !== 0);
  return grown.length === 0 ? evidence.slice(0, 1) : grown;
}
