import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { FlowGroup, FlowsRecord, StreamRecord } from '../../../src/records/index.js';
import { diagnosisJson, diagnosisText, formatReport } from '../../../src/render/index.js';
import { CONTAINER, everySecond, HOST, kernel, node, probes, windowFrom } from '../../scenarios/stream.js';

const GROUP: FlowGroup = {
  netns: HOST,
  source: '10.0.11.0/24',
  destination: '10.0.0.1',
  port: 8883,
  protocol: 'tcp',
  count: 5,
};
const GROUPS: readonly FlowGroup[] = [
  { ...GROUP, count: 900 },
  { ...GROUP, netns: CONTAINER, source: 'fd00::/64', destination: 'fd00::1', count: 80 },
  { ...GROUP, protocol: 'icmp', port: null, count: 7 },
];

function records(refused: readonly FlowGroup[], refusedOthers: number): StreamRecord[] {
  const flows: FlowsRecord = {
    type: 'flows',
    elapsedMs: 2000,
    sinceMs: 1000,
    refused,
    refusedOthers,
    opened: [{ ...GROUP, source: '10.9.9.0/24', count: 4 }],
    openedOthers: 0,
  };
  return [
    { type: 'netns', elapsedMs: 0, netns: CONTAINER, label: 'pod broker-0\u001b[31m' },
    ...everySecond(3, (second) => [
      node(second * 1000, { 'net.netfilter.nf_conntrack_max': 1000 }),
      kernel(second * 1000, { 'net.netfilter.nf_conntrack_count': 1000, 'nf_conntrack.drop': second * 10 }),
      probes(second * 1000, { 'probe.table_full': second * 10 }),
      ...(second === 2 ? [flows] : []),
    ]),
  ];
}

function reports(refused = GROUPS, others = 13) {
  const window = windowFrom(records(refused, others));
  const diagnosis = diagnose(window);
  const report = { diagnosis, window, trend: [], version: '1.2.3' };
  return {
    text: diagnosisText(diagnosis, window),
    json: JSON.parse(diagnosisJson(diagnosis, window)) as { flows: unknown },
    markdown: formatReport('markdown', report),
    html: formatReport('html', report),
  };
}

describe('who is refused', () => {
  it('stands in the text, largest first, v4, v6 and without a port, with the rest in one row', () => {
    const { text } = reports();
    expect(text).toMatch(
      /^Attempts refused by the full table, since \d\d:\d\d:\d\d\n +900 {2}10\.0\.11\.0\/24 → 10\.0\.0\.1:8883 tcp\n +80 {2}fd00::\/64 → \[fd00::1\]:8883 tcp in pod broker-0·\[31m\n +7 {2}10\.0\.11\.0\/24 → 10\.0\.0\.1 icmp\n +13 {2}others$/m,
    );
    expect(text).toMatch(
      /^New flows that got an entry, since .*\n +4 {2}10\.9\.9\.0\/24 → 10\.0\.0\.1:8883 tcp$/m,
    );
  });

  it('is a bounded table, whose last row counts what is not in it', () => {
    const many = Array.from({ length: 50 }, (_, at) => ({ ...GROUP, port: 1000 + at, count: 100 - at }));
    const { text } = reports(many, 1000);
    const [, refused = ''] = /Attempts refused by[^\n]*\n((?: .*\n)*)/.exec(text) ?? [];
    const counts = Array.from(refused.matchAll(/^ +([\d,]+) {2}/gm), ([, count = '']) =>
      Number(count.replaceAll(',', '')),
    );
    expect(counts).toHaveLength(6);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(
      1000 + many.reduce((sum, item) => sum + item.count, 0),
    );
  });

  it('stands in the Markdown and the HTML report, hostile names as text', () => {
    const { markdown, html } = reports();
    expect(markdown).toContain('| 10.0.11.0/24 → 10.0.0.1:8883 tcp | 900 |');
    expect(html).toContain('<td class="n">80<td>fd00::/64 → [fd00::1]:8883 tcp in pod broker-0·[31m');
    expect(html).not.toContain('\u001b');
  });

  it('is given to machines whole, with the name of the namespace', () => {
    expect(reports().json.flows).toMatchObject({
      refused: [GROUPS[0], { ...GROUPS[1], label: 'pod broker-0\u001b[31m' }, { ...GROUPS[2], label: null }],
      refusedOthers: 13,
      opened: [{ source: '10.9.9.0/24', count: 4 }],
      openedOthers: 0,
    });
  });

  it('is not told where nobody is: no table, and nothing in JSON without a detail program', () => {
    expect(reports([], 0).text).not.toContain('Attempts refused by');
    const window = windowFrom(everySecond(2, () => []));
    expect(JSON.parse(diagnosisJson(diagnose(window), window))).toMatchObject({ flows: null });
  });
});
