import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { expositionOf, negotiateFormat } from '../../src/exporter/index.js';
import { FAMILY_NAMES } from '../../src/exporter/families.js';
import { readBundled } from '../scenarios/bundled.js';
import { promtool } from '../promtool.js';
import { samplesAfter } from './snapshots.js';

const { header, records } = await readBundled('conntrack-table-full');
const samples = samplesAfter(records, header);

it('has nothing that promtool would have otherwise', { skip: !promtool }, async () => {
  const text = await expositionOf(samples, 'prometheus');
  const { exitCode, stdout, stderr } = execaSync('promtool', ['check', 'metrics'], {
    input: text,
    reject: false,
  });
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

it('writes each family that has a sample, and no other', async () => {
  const text = await expositionOf(samples, 'prometheus');
  const shown = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(shown).toEqual(FAMILY_NAMES.filter((family) => samples.some(({ name }) => name === family)));
  expect(await expositionOf([], 'prometheus')).not.toMatch(/\S/);
});

it('writes as many lines as there are samples, in both formats', async () => {
  for (const format of ['prometheus', 'openmetrics'] as const) {
    const lines = (await expositionOf(samples, format)).split('\n').filter((line) => /^[a-z]/.test(line));
    expect(lines).toHaveLength(samples.length);
  }
});

it('ends OpenMetrics as it must, and names counters by their family', async () => {
  const text = await expositionOf(samples, 'openmetrics');
  expect(text).toMatch(/\n# EOF\n$/);
  expect(text).toContain('# TYPE ctdiag_refused counter\n');
  expect(text).toMatch(/^ctdiag_refused_total\{cause="conntrack-drop",source="kernel"\} \d+$/m);
});

it('escapes what labels may not hold', async () => {
  const hostile = { ceiling: 'process-fds', subject: 'a"b\\c\nd', netns: '' };
  const text = await expositionOf([{ name: 'ctdiag_ceiling_used', labels: hostile, value: 1 }], 'prometheus');
  expect(text).toContain('subject="a\\"b\\\\c\\nd"');
});

describe('the format that a scraper asks for', () => {
  it.each([
    ['nothing', undefined, 'prometheus'],
    ['a browser', 'text/html,application/xhtml+xml,*/*;q=0.8', 'prometheus'],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    ['one that prefers the older', 'application/openmetrics-text;q=0.2,text/plain;q=0.9', 'prometheus'],
    ['one that refuses the newer', 'application/openmetrics-text;q=0', 'prometheus'],
    ['nonsense', 'application/openmetrics-text;q=banana', 'prometheus'],
  ] as const)('%s', (_who, accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });
});
