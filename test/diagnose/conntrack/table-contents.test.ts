import { expect, test } from 'vitest';
import type { MetricName } from '../../../src/records/index.js';
import { findingsIn } from '../host-scenario.js';

/** A table that stands at 95 % of its limit, with what was seen in it. */
function contentsOf(entries: Partial<Record<MetricName, number>>, count = 950): unknown {
  const [finding] = findingsIn({
    node: () => ({ 'net.netfilter.nf_conntrack_max': 1000, 'net.netfilter.nf_conntrack_buckets': 1000 }),
    host: () => ({ 'net.netfilter.nf_conntrack_count': count, 'nf_conntrack.drop': 0, ...entries }),
  });
  return {
    code: finding?.code,
    seen: finding?.evidence.flatMap(({ metric, value }) =>
      metric.startsWith('entries.') ? [[metric, value]] : [],
    ),
    fixes: finding?.fixes.flatMap((fix) => (fix.id === 'find-table-filler' ? [[fix.what, fix.zone]] : [])),
  };
}

test.for<[what: string, entries: Partial<Record<MetricName, number>>, seen: unknown[], fixes: unknown[]]>([
  ['nothing known', {}, [], []],
  ['answered entries', { 'entries.sampled': 900, 'entries.unreplied': 90 }, [], []],
  ['too few entries to tell', { 'entries.sampled': 99, 'entries.unreplied': 99 }, [], []],
  [
    'entries without an answer',
    { 'entries.sampled': 900, 'entries.unreplied': 800, 'entries.unreplied_dnat': 790 },
    [
      ['entries.sampled', 900],
      ['entries.unreplied', 800],
      ['entries.unreplied_dnat', 790],
    ],
    [['unreplied', null]],
  ],
  [
    'one zone',
    { 'entries.sampled': 900, 'entries.unreplied': 0, 'entries.zone': 7, 'entries.in_zone': 700 },
    [
      ['entries.sampled', 900],
      ['entries.zone', 7],
      ['entries.in_zone', 700],
    ],
    [['zone', 7]],
  ],
  [
    'many zones',
    { 'entries.sampled': 900, 'entries.unreplied': 0, 'entries.zone': 7, 'entries.in_zone': 70 },
    [],
    [],
  ],
  [
    'entries that no list shows',
    { 'entries.sampled': 20, 'entries.unreplied': 2, 'entries.unlisted': 930 },
    [
      ['entries.sampled', 20],
      ['entries.unlisted', 930],
    ],
    [['unlisted', null]],
  ],
  [
    'a few that ended while they were listed',
    { 'entries.sampled': 900, 'entries.unreplied': 0, 'entries.unlisted': 50 },
    [],
    [],
  ],
  [
    'more of them, but few of all',
    { 'entries.sampled': 900, 'entries.unreplied': 0, 'entries.unlisted': 150 },
    [],
    [],
  ],
])('%s', ([, entries, seen, fixes]) => {
  expect(contentsOf(entries)).toEqual({ code: 'conntrack-table-filling', seen, fixes });
});

test('of a full table it is told as well', () => {
  expect(contentsOf({ 'entries.sampled': 900, 'entries.unreplied': 800 }, 1000)).toMatchObject({
    code: 'conntrack-table-full',
    fixes: [['unreplied', null]],
  });
});
