import { diagnose } from '../../src/diagnose/index.js';
import { createRefusedTotals, samplesOf } from '../../src/exporter/index.js';
import { windowOf } from '../../src/model/index.js';
import type { StreamHeader, StreamRecord } from '../../src/records/index.js';
import { framesOf, HEADER } from '../scenarios/stream.js';

type Sample = ReturnType<typeof samplesOf>[number];

/** What the exporter shows after these records. */
export function samplesAfter(records: Iterable<StreamRecord>, header: StreamHeader = HEADER): Sample[] {
  const frames = framesOf(records, header);
  const refused = createRefusedTotals();
  for (const frame of frames) refused.add(frame);
  const window = windowOf(header, frames);
  const diagnosis = window === null ? null : diagnose(window);
  return samplesOf({ version: '1.2.3', window, diagnosis, refused: refused.known(), ringDropped: null });
}

/** The samples of a family as `label=value … = value`, empty labels left out. */
export function linesOf(samples: readonly Sample[], name: Sample['name']): string[] {
  return samples
    .filter((sample) => sample.name === name)
    .map(({ labels, value }) => {
      const words = Object.entries(labels).filter(([, label]) => label !== '');
      return [...words.map(([key, label]) => `${key}=${label}`), `= ${value}`].join(' ');
    });
}
