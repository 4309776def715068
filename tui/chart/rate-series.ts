import { NODE_WIDE } from '../../src/records/index.js';
import type { MetricName } from '../../src/records/index.js';
import type { Frame } from '../../src/model/index.js';
import { RATE_ROWS } from '../../src/render/index.js';
import type { RateChoice } from '../../src/render/index.js';

/** A rate over time: one value a frame, `null` where it is unknown, which is not 0. */
export interface RateSeries {
  readonly title: string;
  /** Which figure it is made of. */
  readonly metric: MetricName;
  /** Whether anything above 0 means that connections are lost. */
  readonly harmful: boolean;
  readonly perSec: readonly (number | null)[];
  readonly now: number | null;
  /** The highest of the last minute. */
  readonly peak: number | null;
  /** Why there is nothing to see; `null` when there is. */
  readonly missing: string | null;
}

const PEAK_MS = 60_000;

/** The rates to show, most important first, each summed over all namespaces. */
export function ratesOf(frames: readonly Frame[]): RateSeries[] {
  const last = frames.at(-1);
  const shown = new Set<MetricName>();
  const series: RateSeries[] = [];
  for (const { choices, harmful } of RATE_ROWS) {
    const known = choices.find((choice) => last !== undefined && isKnown(last, choice.metric));
    const choice = known ?? choices[0];
    if (shown.has(choice.metric)) continue;
    shown.add(choice.metric);
    series.push(seriesOf(frames, choice, harmful === true));
  }
  return series;
}

function seriesOf(frames: readonly Frame[], { title, metric }: RateChoice, harmful: boolean): RateSeries {
  const perSec = frames.map((frame, index) =>
    metric === 'net.netfilter.nf_conntrack_count'
      ? changePerSec(frames[index - 1], frame, metric)
      : (totalsOf(frame).get(metric)?.perSec ?? null),
  );
  const last = frames.at(-1);
  const from = (last?.elapsedMs ?? 0) - PEAK_MS;
  const recent = perSec.filter(
    (value, index): value is number => value !== null && (frames[index]?.elapsedMs ?? 0) > from,
  );
  return {
    title,
    metric,
    harmful,
    perSec,
    now: perSec.at(-1) ?? null,
    peak: recent.length === 0 ? null : Math.max(...recent),
    missing: last === undefined || isKnown(last, metric) ? null : missingWords(metric, last),
  };
}

function isKnown(frame: Frame, metric: MetricName): boolean {
  return (totalsOf(frame).get(metric)?.value ?? null) !== null;
}

function missingWords(metric: MetricName, frame: Frame): string {
  if (!metric.startsWith('probe.')) return 'not reported by this kernel';
  switch (frame.coverage?.probes) {
    case 'attached':
      return frame.coverage.hooks.every((hook) => hook.state === 'attached')
        ? 'nothing counted yet'
        : 'probe not attached; see 7';
    case 'starting':
      return 'bpftrace is attaching';
    default:
      return 'needs bpftrace probes';
  }
}

interface Total {
  value: number | null;
  perSec: number | null;
}

// Frames never change once made, and each is asked again for every redraw it is on screen.
const totals = new WeakMap<Frame, ReadonlyMap<MetricName, Total>>();

/** Every figure of a frame summed over the namespaces that know it. */
function totalsOf(frame: Frame): ReadonlyMap<MetricName, Total> {
  const known = totals.get(frame);
  if (known !== undefined) return known;
  const made = new Map<MetricName, Total>();
  for (const { name, netns, value, perSec } of frame.readings.values()) {
    if (netns === NODE_WIDE) continue;
    const total = made.get(name);
    if (total === undefined) made.set(name, { value, perSec });
    else {
      total.value = addKnown(total.value, value);
      total.perSec = addKnown(total.perSec, perSec);
    }
  }
  totals.set(frame, made);
  return made;
}

function changePerSec(before: Frame | undefined, frame: Frame, metric: MetricName): number | null {
  if (before === undefined || frame.elapsedMs <= before.elapsedMs) return null;
  const then = totalsOf(before).get(metric)?.value ?? null;
  const now = totalsOf(frame).get(metric)?.value ?? null;
  if (then === null || now === null) return null;
  return ((now - then) * 1000) / (frame.elapsedMs - before.elapsedMs);
}

function addKnown(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : a + b;
}
