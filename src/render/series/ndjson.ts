import { safeJson } from '../../safe-text.js';
import type { StreamHeader } from '../../records/index.js';
import { formatTime, joinLines, NONE_DEFERRED } from './series.js';
import type { SeriesExport } from './series.js';

/** One JSON object a figure and line. */
export function exportNdjson(header: StreamHeader): SeriesExport {
  return {
    begin: '',
    frame: (frame) =>
      joinLines(
        Array.from(frame.readings.values(), (reading) =>
          safeJson(
            JSON.stringify({
              time: formatTime(frame),
              host: header.host,
              metric: reading.name,
              netns: reading.netns,
              namespace: frame.netnsLabels.get(reading.netns) ?? null,
              source: reading.source,
              value: reading.value,
              perSec: reading.perSec,
            }),
          ),
        ),
      ),
    end: () => [],
    deferred: NONE_DEFERRED,
  };
}
