import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import { createFold, trendOf, windowOf } from '../../../src/model/index.js';
import { escapeMarkdown, formatClock, formatHosts, formatReport } from '../../../src/render/index.js';
import type { Report } from '../../../src/render/index.js';
import type { StreamRecord } from '../../../src/records/index.js';
import { readBundled } from '../../scenarios/bundled.js';
import type { Bundled } from '../../scenarios/bundled.js';

// The clock of a report is local time.
const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

async function reportOf(
  name: Bundled,
  change = (records: readonly StreamRecord[]) => records,
  host = 'web-07',
): Promise<Report> {
  const bundled = await readBundled(name);
  const header = { ...bundled.header, host };
  const fold = createFold(header);
  const frames = change(bundled.records).flatMap((record) => fold.push(record) ?? []);
  const window = windowOf(header, frames);
  if (window === null) throw new Error('no frame');
  return { diagnosis: diagnose(window), window, trend: trendOf(frames), version: '1.2.3' };
}

/** Everything that a stranger may name, named by one. */
function named(hostile: string): (records: readonly StreamRecord[]) => StreamRecord[] {
  return (records) =>
    records.map((record): StreamRecord => {
      switch (record.type) {
        case 'netns':
          return { ...record, label: hostile };
        case 'listeners':
          return {
            ...record,
            listeners: record.listeners.map((listener) => ({
              ...listener,
              owner: { pid: 7, comm: hostile },
            })),
          };
        case 'coverage':
          return { ...record, unreadable: [{ what: hostile, why: hostile }] };
        default:
          return record;
      }
    });
}

describe('the Markdown report', () => {
  it.each(['conntrack-table-full', 'accept-queue-overflow'] as const)('of %s reads as kept', async (name) => {
    const text = formatReport('markdown', await reportOf(name));
    await expect(text).toMatchFileSnapshot(`../../goldens/reports/${name}.md`);
  });

  it('has a headline, the place and the ceilings when nothing is wrong', async () => {
    const calm = (records: readonly StreamRecord[]): StreamRecord[] =>
      records.filter((record) => record.elapsedMs < 30_000);
    const text = formatReport('markdown', await reportOf('conntrack-table-full', calm));
    expect(text).toMatch(/^## ✅ no limit stopped connections\n\nweb-07, Linux /);
    expect(text).toContain('| file handles |');
    expect(text).not.toContain('Fix');
  });

  it.each([
    ['<img src=x>', '\\<img src=x\\>'],
    ['[a](javascript:b)', '\\[a\\](javascript:b)'],
    ['`x` *y* |z', '\\`x\\` \\*y\\* \\|z'],
    ['@channel', '(at)channel'],
    ['https://a.b www.c', 'https\\://a.b www\\.c'],
    ['a\n# b', 'a·# b'],
    ['_nf_conntrack_', '\\_nf_conntrack\\_'],
  ])('shows %j as text', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});

describe('the HTML report', () => {
  it('holds the verdict, the fix, the ceiling against its limit and the rates, without a script', async () => {
    const page = formatReport('html', await reportOf('conntrack-table-full'));
    expect(page).toMatch(/<h1 class="critical"><b>critical<\/b>conntrack table full in netns server/);
    expect(page).toMatch(/<pre>sysctl -w [^<]*net\.netfilter\.nf_conntrack_max=262144/);
    expect(page.match(/<svg/g)).toHaveLength(2);
    expect(page).toContain('>limit 65,536</text>');
    expect(page).toContain('>conntrack drops (full), peak 2,222</text>');
    expect(page).toMatch(/<path class="used" d="M[\d.]+ [\d.]+L/);
    expect(page).not.toMatch(/<script|javascript:|https?:|NaN|undefined|Infinity/);
  });

  it('colours the meter of a ceiling from where the settings call it near', async () => {
    const report = await reportOf('conntrack-table-full');
    const thresholds = { near: { conntrack: 0.5 }, soonSec: 300 };
    expect(formatReport('html', report)).toContain('low="0.75" high="0.9"');
    expect(formatReport('html', { ...report, thresholds })).toContain('low="0.5" high="0.5"');
  });

  it('says so when there is one moment only', async () => {
    const item = (records: readonly StreamRecord[]): StreamRecord[] => {
      const end = records.findIndex((record) => record.type === 'tick');
      return records.slice(0, end + 1);
    };
    const page = formatReport('html', await reportOf('conntrack-table-full', item));
    expect(page).toContain('there is no timeline to draw');
  });

  it('shows hostile names as text', async () => {
    const hostile = `"'><script>x</script>&\u001b[31m\u202e`;
    const page = formatReport('html', await reportOf('accept-queue-overflow', named(hostile), hostile));
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(page).toContain('&quot;&#39;&gt;&lt;script');
    const markdown = formatReport(
      'markdown',
      await reportOf('accept-queue-overflow', named(hostile), hostile),
    );
    expect(markdown).not.toMatch(/(?<!\\)<script/);
  });
});

describe('a table of captures', () => {
  it.each(['text', 'markdown'] as const)(
    'as %s has the time of the trouble that it names',
    async (format) => {
      const report = await reportOf('conntrack-table-full');
      const [first] = report.diagnosis.findings;
      if (first === undefined) throw new Error('no finding');
      const earlier = { ...first, code: 'tcp-memory', sinceMs: first.sinceMs - 9000 } as const;
      const both = { ...report, diagnosis: { ...report.diagnosis, findings: [first, earlier] } };
      const clock = (sinceMs: number): string => formatClock(report.window.header.startedAtMs + sinceMs);
      const told = formatHosts(format, [{ file: 'one.ctd.gz', report: both, why: null }]);
      const rows = told.split('\n').filter((line) => line.includes('one.ctd.gz'));
      expect(rows).toHaveLength(1);
      expect(rows[0]).toContain(clock(first.sinceMs));
      expect(rows[0]).not.toContain(clock(earlier.sinceMs));
      if (format === 'text')
        expect(told.replaceAll('\n', ' ')).toContain(
          `began at ${clock(earlier.sinceMs)} on web-07: TCP is out of memory`,
        );
    },
  );
});
