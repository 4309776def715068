import { createParser } from 'bpftrace-output-parser';
import { expect, test } from 'vitest';
import type { ProbeSample } from '../../../src/sources/bpftrace/totals.js';
import { HOOKS } from '../../../src/sources/bpftrace/hooks.js';
import { createTotalsReader } from '../../../src/sources/bpftrace/totals.js';

/** The samples out of what bpftrace prints, line by line. */
function samplesOf(...lines: readonly string[]): ProbeSample[] {
  const reader = createTotalsReader(HOOKS);
  const samples: ProbeSample[] = [];
  const parser = createParser({
    format: 'json',
    onRecord: (record) => {
      const sample = reader.take(record);
      if (sample !== null) samples.push(sample);
    },
    onError: (error) => {
      throw error;
    },
  });
  parser.feed(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  parser.end();
  return samples;
}

const tick = '{"type": "printf", "data": "tick 1000000000\\n"}';

test('failures by errno are summed by namespace, and those with a name of their own stand apart', () => {
  const [sample] = samplesOf(
    '{"type": "map", "data": {"@accept_failed": {"42,24": 500, "42,23": 7, "42,22": 1, "43,24": 2}}}',
    '{"type": "map", "data": {"@connect_failed": {"42,111": 9}}}',
    tick,
  );
  const of = (netns: number): Record<string, number> => Object.fromEntries(sample?.totals.get(netns) ?? []);
  expect(of(42)).toMatchObject({
    'probe.accept_failed': 508,
    'probe.accept_emfile': 500,
    'probe.accept_enfile': 7,
    'probe.connect_failed': 9,
    'probe.connect_eaddrnotavail': 0,
  });
  expect(of(43)).toMatchObject({
    'probe.accept_failed': 2,
    'probe.accept_emfile': 2,
    'probe.accept_enfile': 0,
  });
});

test('a map that is printed anew replaces what it said, errnos too', () => {
  const samples = samplesOf(
    '{"type": "map", "data": {"@connect_failed": {"42,99": 9}}}',
    tick,
    '{"type": "map", "data": {"@connect_failed": {"42,99": 11}}}',
    tick,
  );
  expect(samples.map((sample) => sample.totals.get(42)?.get('probe.connect_eaddrnotavail'))).toEqual([9, 11]);
});

test('a level that stands below the time it was set at is read without it', () => {
  const [sample] = samplesOf(
    `{"type": "map", "data": {"@netfilter_drop_port": {"42": ${5_000_000 * 65_536 + 8883}}}}`,
    tick,
  );
  expect(sample?.totals.get(42)?.get('probe.netfilter_drop_port')).toBe(8883);
});
