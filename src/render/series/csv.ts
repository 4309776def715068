import { safeText } from '../../safe-text.js';
import { formatTime, joinLines, NONE_DEFERRED } from './series.js';
import type { SeriesExport } from './series.js';

/** One figure a line, with a header line. */
export function exportCsv(): SeriesExport {
  return {
    begin: 'time,metric,netns,namespace,source,value,per_sec\n',
    frame: (frame) =>
      joinLines(
        Array.from(frame.readings.values(), (reading) =>
          [
            formatTime(frame),
            reading.name,
            reading.netns,
            quoteCell(frame.netnsLabels.get(reading.netns) ?? ''),
            reading.source,
            reading.value ?? '',
            reading.perSec ?? '',
          ].join(','),
        ),
      ),
    end: () => [],
    deferred: NONE_DEFERRED,
  };
}

/**
 * A cell of RFC 4180 that no spreadsheet takes for a formula: not at its start, nor where a spreadsheet that splits
 * cells at another separator would start one.
 */
export function quoteCell(text: string): string {
  const plain = safeText(text).replace(FORMULA_START, "$1'");
  return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** The start of a cell with any separator, when a sign that opens a formula follows, full-width forms included. */
const FORMULA_START = /(^|[;,|:^])(?=[\s"'·]*[=+\-@＝＋－＠])/g;
