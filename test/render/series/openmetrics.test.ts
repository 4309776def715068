import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createStepSeries } from '../../../src/render/series/step-series.js';
import { exportOpenMetrics } from '../../../src/render/series/openmetrics.js';
import { CONTAINER, framesOf, HEADER, kernel, tick } from '../../scenarios/stream.js';

it('gives back every value at its index, whatever changed and wherever values are missing', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 2 })), { maxLength: 60 }), (values) => {
      const series = createStepSeries();
      const given = values.flatMap((value, index) => (value === null ? [] : [{ index, value }]));
      for (const { index, value } of given) series.add(index, value);
      expect([...series.samples()]).toEqual(given);
    }),
  );
});

const frames = framesOf(
  Array.from({ length: 200 }, (_, second) => [
    kernel(second * 1000, { 'nf_conntrack.drop': second, 'Tcp.CurrEstab': second % 7 === 3 ? null : 5 }),
    kernel(second * 1000, { 'nf_conntrack.drop': second * 2 }, CONTAINER),
    tick(second * 1000),
  ]).flat(),
);

/** The passes of an export with so much memory, each as its text. */
function passes(maxBytes: number): string[] {
  const texts: string[] = [];
  let wanted: ReturnType<typeof exportOpenMetrics>['deferred'] | null = null;
  do {
    const series = exportOpenMetrics(HEADER, wanted, maxBytes);
    for (const frame of frames) series.frame(frame);
    texts.push([...series.end()].join(''));
    wanted = series.deferred;
  } while (wanted.size > 0);
  return texts;
}

it('writes the same in several passes where one would take too much memory', () => {
  const [whole = '', ...none] = passes(Number.POSITIVE_INFINITY);
  const several = passes(6000);
  expect(none).toEqual([]);
  expect(several.length).toBeGreaterThan(1);
  expect(several.join('').split('\n').sort()).toEqual(whole.split('\n').sort());
  expect(several.join('').match(/# EOF/g)).toHaveLength(1);
  expect(several.at(-1)).toMatch(/# EOF\n$/);
});

it('has the samples of a metric together, and none where the value is unknown', () => {
  const [text = ''] = passes(Number.POSITIVE_INFINITY);
  const families = text
    .split('\n')
    .flatMap((line) => /^(?:# (?:TYPE|HELP) )?(ctdiag\w+?)(?:_total)?[ {]/.exec(line)?.[1] ?? []);
  const starts = families.filter((family, at) => family !== families[at - 1]);
  expect(starts).toEqual([...new Set(starts)]);
  expect(text.match(/^ctdiag_Tcp_CurrEstab\{/gm)).toHaveLength(200 - 29);
});

it('leaves out a frame whose time does not rise', () => {
  const series = exportOpenMetrics(HEADER, null);
  for (const frame of [...frames.slice(0, 3), ...frames.slice(0, 3)]) series.frame(frame);
  expect([...series.end()].join('').match(/^ctdiag_nf_conntrack_drop_total/gm)).toHaveLength(6);
});
