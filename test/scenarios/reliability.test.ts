import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { diagnose } from '../../src/diagnose/index.js';
import { readBundled } from './bundled.js';
import { diagnosisOfCase } from './cases.js';
import { reliabilityLines } from './reliability.js';
import type { Prediction } from './reliability.js';
import { windowFrom } from './stream.js';

/** What was really wrong when each capture was recorded or made. */
const CAUSES: Readonly<Record<string, string>> = {
  'accept-fails-enomem.ctd': 'unexplained-loss',
  'eaddrnotavail-bound-first.ctd': 'ephemeral-ports-exhausted',
  'fds-1024-soft.ctd': 'process-fd-limit',
  'fds-at-nr-open.ctd': 'process-fd-limit',
  'fds-in-pod-slice.ctd': 'process-fd-limit',
  'queue-full-nobody-comes.ctd': 'accept-queue-overflow',
  'queue-in-pod-no-probes.ctd': 'accept-queue-overflow',
  'syncookies-0-counters.ctd': 'syn-queue-overflow',
  'syncookies-0-probes.ctd': 'syn-queue-overflow',
  'table-full-buckets.ctd': 'conntrack-table-full',
};

it('sums up how often each degree of confidence was right', () => {
  const predictions: Prediction[] = [
    { confidence: 1, right: true },
    { confidence: 0.95, right: true },
    { confidence: 0.9, right: false },
    { confidence: 0.5, right: true },
  ];
  expect(reliabilityLines(predictions)).toEqual([
    'sure             predicted               right',
    'certain              100 %      1 of 1 (100 %)',
    'almost certain        93 %       1 of 2 (50 %)',
    'possible              50 %      1 of 1 (100 %)',
  ]);
  expect(reliabilityLines([])).toEqual([]);
});

it('is certain of nothing that was not so, over all captures', async () => {
  const predictions: Prediction[] = [];
  for (const file of readdirSync(new URL('../fixtures/cases/', import.meta.url))) {
    const cause = CAUSES[file];
    if (cause === undefined) continue;
    const [first] = (await diagnosisOfCase(file)).findings;
    predictions.push({ confidence: first?.confidence ?? 1, right: first?.code === cause });
  }
  for (const name of ['conntrack-table-full', 'accept-queue-overflow'] as const) {
    const { header, records } = await readBundled(name);
    const [first] = diagnose(windowFrom(records, header)).findings;
    predictions.push({ confidence: first?.confidence ?? 1, right: first?.code === name });
  }
  expect(predictions).toHaveLength(Object.keys(CAUSES).length + 2);
  console.log(reliabilityLines(predictions).join('\n'));
  expect(predictions.filter(({ confidence, right }) => confidence >= 0.99 && !right)).toEqual([]);
});
