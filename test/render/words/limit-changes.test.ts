import { expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import { createWindow } from '../../../src/model/index.js';
import { diagnosisJson, diagnosisText } from '../../../src/render/index.js';
import { CONTAINER, everySecond, framesOf, HEADER, kernel, node, tick } from '../../scenarios/stream.js';

const records = everySecond(20, (second) => [
  node(second * 1000, {
    'net.netfilter.nf_conntrack_max': second < 5 ? 16_000 : second === 7 ? null : 250,
    // Follows from others: nobody has set it.
    'pids.usable': 30_000 - second,
  }),
  kernel(second * 1000, { 'net.core.somaxconn': second < 12 ? 128 : 4096 }, CONTAINER),
]);
const window = createWindow(HEADER);
for (const frame of framesOf(records)) window.add(frame);

it('a limit that somebody sets meanwhile is told, with when, from what and to what', () => {
  const built = window.build();
  if (built === null) throw new Error('no window');
  const text = diagnosisText(diagnose(built), built);
  expect(text).toMatch(
    /^Limits changed in this window\n {2}\d\d:\d\d:\d\d net\.netfilter\.nf_conntrack_max from 16,000 to 250\n {2}\d\d:\d\d:\d\d net\.core\.somaxconn in .+ from 128 to\n? +4,096\n\n/m,
  );
  expect(JSON.parse(diagnosisJson(diagnose(built), built))).toMatchObject({
    limitChanges: [
      { name: 'net.netfilter.nf_conntrack_max', netns: 0, from: 16_000, to: 250 },
      { name: 'net.core.somaxconn', netns: CONTAINER, from: 128, to: 4096 },
    ],
  });
});

it('a fork of the window goes on from there by itself', () => {
  const other = window.clone();
  for (const frame of framesOf([node(21_000, { 'net.netfilter.nf_conntrack_max': 65_536 }), tick(21_000)]))
    other.add(frame);
  expect(other.build()?.limitChanges).toHaveLength(3);
  expect(window.build()?.limitChanges).toHaveLength(2);
});
