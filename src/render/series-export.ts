import { metricKind } from '../records/index.js';
import type { MetricName, StreamHeader } from '../records/index.js';
import type { Frame, Reading } from '../model/index.js';

/** How the figures of a capture are written for other programs. */
export type ExportFormat = 'csv' | 'ndjson' | 'openmetrics';

/** Writes figures piece by piece, in any order of frames that time has. */
export interface SeriesExport {
  readonly begin: string;
  /** The pieces of one frame; those of OpenMetrics come at the end. */
  frame(frame: Frame): string;
  /** What is left to say. */
  end(): Iterable<string>;
}

/** Starts an export; unknown figures are empty in CSV, null in NDJSON, and no sample in OpenMetrics. */
export function createSeriesExport(format: ExportFormat, header: StreamHeader): SeriesExport {
  switch (format) {
    case 'csv':
      return csv();
    case 'ndjson':
      return ndjson(header);
    case 'openmetrics':
      return openMetrics(header);
  }
}

function csv(): SeriesExport {
  return {
    begin: 'time,metric,netns,namespace,source,value,per_sec\n',
    frame: (frame) =>
      [...frame.readings.values()]
        .map((reading) =>
          [
            timeOf(frame),
            reading.name,
            reading.netns,
            quoteCsv(frame.netnsLabels.get(reading.netns) ?? ''),
            reading.source,
            reading.value ?? '',
            reading.perSec ?? '',
          ].join(','),
        )
        .join('\n')
        .concat('\n'),
    end: () => [],
  };
}

/** RFC 4180, and nothing that a spreadsheet takes for a formula. */
function quoteCsv(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function ndjson(header: StreamHeader): SeriesExport {
  return {
    begin: '',
    frame: (frame) =>
      [...frame.readings.values()]
        .map((reading) =>
          JSON.stringify({
            time: timeOf(frame),
            host: header.host,
            metric: reading.name,
            netns: reading.netns,
            namespace: frame.netnsLabels.get(reading.netns) ?? null,
            source: reading.source,
            value: reading.value,
            perSec: reading.perSec,
          }),
        )
        .join('\n')
        .concat('\n'),
    end: () => [],
  };
}

function timeOf(frame: Frame): string {
  return new Date(frame.atMs).toISOString();
}

/** OpenMetrics wants the samples of one metric together, so they are held until the end. */
function openMetrics(header: StreamHeader): SeriesExport {
  const families = new Map<MetricName, Map<string, string[]>>();
  const lastSec = new Map<string, number>();
  return {
    begin: '',
    frame(frame) {
      for (const reading of frame.readings.values()) take(reading, frame);
      return '';
    },
    *end() {
      for (const [name, series] of families) {
        const type = metricKind(name) === 'counter' ? 'counter' : 'gauge';
        yield `# TYPE ${familyOf(name)} ${type}\n# HELP ${familyOf(name)} ${name}\n`;
        for (const samples of series.values()) yield `${samples.join('\n')}\n`;
      }
      yield '# EOF\n';
    },
  };

  function take({ name, netns, value }: Reading, frame: Frame): void {
    if (value === null) return;
    let series = families.get(name);
    if (series === undefined) families.set(name, (series = new Map<string, string[]>()));
    const labels = `host="${escapeLabel(header.host)}",netns="${netns}",namespace="${escapeLabel(frame.netnsLabels.get(netns) ?? '')}"`;
    // Time must rise within a series.
    const key = `${name}:${labels}`;
    if ((lastSec.get(key) ?? -1) >= frame.atMs) return;
    lastSec.set(key, frame.atMs);
    const suffix = metricKind(name) === 'counter' ? '_total' : '';
    const sample = `${familyOf(name)}${suffix}{${labels}} ${value} ${(frame.atMs / 1000).toFixed(3)}`;
    const samples = series.get(labels);
    if (samples === undefined) series.set(labels, [sample]);
    else samples.push(sample);
  }
}

function familyOf(name: MetricName): string {
  return `ctdiag_${name.replace(/[^a-zA-Z0-9]+/g, '_').replace(/_total$/, '')}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
