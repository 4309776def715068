import { expect, it } from 'vitest';
import { fitTitle } from '../../../src/render/words/fit-title.js';

it.each([
  ['conntrack entries in netns server', 33, 'conntrack entries in netns server'],
  ['conntrack entries in netns server', 27, 'conntrack in netns server'],
  ['conntrack entries in netns server', 22, 'conntrack netns server'],
  ['conntrack entries in netns cni-5f1b-0001', 24, 'conntrack …cni-5f1b-0001'],
  ['accept queue [2001:db8::17]:8883', 24, 'queue …001:db8::17]:8883'],
  ['local ports from 10.0.0.2 to 10.0.0.1:1883', 36, 'ports 10.0.0.2 → 10.0.0.1:1883'],
  ['fds mosquitto(812)', 10, '…itto(812)'],
])('%s in %d columns keeps its end: %s', (title, width, shown) => {
  expect(fitTitle(title, width)).toBe(shown);
});
