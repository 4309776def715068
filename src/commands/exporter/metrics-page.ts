import { expositionOf, samplesOf } from '../../exporter/index.js';
import type { ExpositionFormat, HostSnapshot } from '../../exporter/index.js';

/** A host that has not been sampled for so many intervals is not watched any more. */
const STALE_INTERVALS = 10;

/** What scrapers are shown. A text is written once for each sample of the host, however many ask for it. */
export interface MetricsPage {
  show(snapshot: HostSnapshot): void;
  text(format: ExpositionFormat): Promise<string>;
  /** Whether the host was sampled lately. */
  isFresh(): boolean;
}

/** Starts with a host of which nothing is known yet. `clock` is in milliseconds. */
export function createMetricsPage(
  start: HostSnapshot,
  intervalMs: number,
  clock: () => number = () => performance.now(),
): MetricsPage {
  let snapshot = start;
  let shownMs = Number.NEGATIVE_INFINITY;
  const texts = new Map<ExpositionFormat, Promise<string>>();
  return {
    show(next) {
      snapshot = next;
      shownMs = clock();
      texts.clear();
    },
    text(format) {
      let text = texts.get(format);
      if (text === undefined) texts.set(format, (text = expositionOf(samplesOf(snapshot), format)));
      return text;
    },
    isFresh: () => clock() - shownMs <= STALE_INTERVALS * intervalMs,
  };
}
