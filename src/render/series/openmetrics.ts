import { metricKind } from '../../records/index.js';
import type { MetricName, StreamHeader } from '../../records/index.js';
import type { Frame, Reading } from '../../model/index.js';
import { safeText } from '../../safe-text.js';
import { createStepSeries } from './step-series.js';
import type { StepSeries } from './step-series.js';
import type { SeriesExport } from './series.js';

/** Memory for the values of one pass; a day of a busy host takes about 50 MB. */
const MAX_PASS_BYTES = 160 * 1024 * 1024;
/** Samples are handed out in pieces of about this length. */
const PIECE_CHARACTERS = 64 * 1024;

interface Family {
  readonly series: Map<string, StepSeries>;
  sizeBytes: number;
}

/**
 * The OpenMetrics text format wants all samples of a metric together, so values are held until the end: only their
 * changes, within `maxBytes`. Metrics beyond that are deferred to another pass, largest first.
 */
export function exportOpenMetrics(
  header: StreamHeader,
  wanted: ReadonlySet<MetricName> | null,
  maxBytes = MAX_PASS_BYTES,
): SeriesExport {
  const families = new Map<MetricName, Family>();
  const deferred = new Set<MetricName>();
  const host = escapeLabel(header.host);
  const timesMs: number[] = [];
  let sizeBytes = 0;

  function addReading({ name, netns, value }: Reading, frame: Frame): void {
    if (value === null || deferred.has(name) || wanted?.has(name) === false) return;
    let family = families.get(name);
    if (family === undefined) families.set(name, (family = { series: new Map(), sizeBytes: 0 }));
    const labels = `netns="${netns}",namespace="${escapeLabel(frame.netnsLabels.get(netns) ?? '')}"`;
    let series = family.series.get(labels);
    if (series === undefined) family.series.set(labels, (series = createStepSeries()));
    const grownBytes = series.add(timesMs.length - 1, value);
    family.sizeBytes += grownBytes;
    sizeBytes += grownBytes;
  }

  /** Frees the largest metric for another pass. The last one left stays: it could not be smaller there. */
  function deferLargest(): void {
    const [largest] = [...families].sort(([, a], [, b]) => b.sizeBytes - a.sizeBytes);
    if (largest === undefined || families.size === 1) return;
    const [name, family] = largest;
    deferred.add(name);
    families.delete(name);
    sizeBytes -= family.sizeBytes;
  }

  function* samplesOf(name: MetricName, labels: string, series: StepSeries): Generator<string> {
    const suffix = metricKind(name) === 'counter' ? '_total' : '';
    const start = `${familyName(name)}${suffix}{host="${host}",${labels}}`;
    let piece = '';
    for (const { index, value } of series.samples()) {
      piece += `${start} ${value} ${((timesMs[index] ?? 0) / 1000).toFixed(3)}\n`;
      if (piece.length < PIECE_CHARACTERS) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }

  return {
    begin: '',
    deferred,
    frame(frame) {
      // OpenMetrics wants rising times within a series.
      if (frame.atMs <= (timesMs.at(-1) ?? Number.NEGATIVE_INFINITY)) return '';
      timesMs.push(frame.atMs);
      for (const reading of frame.readings.values()) addReading(reading, frame);
      while (sizeBytes > maxBytes && families.size > 1) deferLargest();
      return '';
    },
    *end() {
      for (const [name, { series }] of families) {
        const type = metricKind(name) === 'counter' ? 'counter' : 'gauge';
        yield `# TYPE ${familyName(name)} ${type}\n# HELP ${familyName(name)} ${name}\n`;
        for (const [labels, steps] of series) yield* samplesOf(name, labels, steps);
      }
      if (deferred.size === 0) yield '# EOF\n';
    },
  };
}

/** The metric name in OpenMetrics, without the suffix of counters: `ctdiag_nf_conntrack_drop`. */
function familyName(name: MetricName): string {
  return `ctdiag_${name.replace(/[^a-zA-Z0-9]+/g, '_').replace(/_total$/, '')}`;
}

/** A label value, safe to print: what OpenMetrics escapes and what a terminal would obey are both taken care of. */
function escapeLabel(text: string): string {
  return safeText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
