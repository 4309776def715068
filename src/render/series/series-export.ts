import type { MetricName, StreamHeader } from '../../records/index.js';
import { exportCsv } from './csv.js';
import { exportNdjson } from './ndjson.js';
import { exportOpenMetrics } from './openmetrics.js';
import type { ExportFormat, SeriesExport } from './series.js';

/**
 * Starts an export, or its next pass for the metrics `deferred` by the last. Unknown figures are empty in CSV, null in
 * NDJSON, and have no sample in OpenMetrics.
 */
export function createSeriesExport(
  format: ExportFormat,
  header: StreamHeader,
  deferred: ReadonlySet<MetricName> | null = null,
): SeriesExport {
  switch (format) {
    case 'csv':
      return exportCsv();
    case 'ndjson':
      return exportNdjson(header);
    case 'openmetrics':
      return exportOpenMetrics(header, deferred);
  }
}
