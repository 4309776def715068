import { expect, it } from 'vitest';
import { createRedactor, createWordSearch } from '../../src/capture/index.js';

it.each([
  ['acme', 'host ACME-web', true],
  ['acme', 'a%63me', true],
  ['acme', String.raw`"\u0061cme"`, true],
  ['päymentd', String.raw`P\u00e4ymentd`, true],
  ['a.c', 'abc', false],
  ['203.0.113.77', '203.0.113.77', true],
  ['203.0.113.77', '1203.0.113.77', false],
  ['203.0.113.77', 'ip-203-0-113-77', true],
  ['203.0.113.77', '203[.]0[.]113[.]77', true],
  ['203.0.113.77', '203, 0, 113, 77', true],
  ['203.0.113.77', '203 dot 0 dot 113 dot 77', true],
  ['203.0.113.77', '203%2E0%2E113%2E77', true],
  ['203.0.113.77', 'x 3405803853', true],
  ['203.0.113.77', '0xCB00714D', true],
  ['203.0.113.77', '::ffff:cb00:714d', true],
  ['203.0.113.77', '0313.0.0161.0115', true],
  ['203.0.113.77', '203.0.113.78', false],
  ['2001:DB8::1', 'at 2001:db8:0:0:0:0:0:1', true],
  ['2001:db8::1', '[2001:db8::1]:443', true],
  ['2001:db8::1', '20010db8000000000000000000000001', true],
  ['2001:db8::1', '2001:db8::12', false],
  ['ab', 'ab', false],
])('%s in %s: %s', (word, text, found) => {
  expect(createWordSearch([word]).find(text)).toEqual(found ? [word] : []);
});

it('finds nothing of what a redactor left', () => {
  const words = ['acme', 'u1234567', '203.0.113.77', '2001:db8::1'];
  const note = 'acme u1234567 203.0.113.77 3405803853 2001:db8:0:0:0:0:0:1 203%2E0%2E113%2E77 0xcb00714d';
  const record = createRedactor(Buffer.alloc(32, 7)).record({ type: 'mark', elapsedMs: 0, note });
  const search = createWordSearch(words);
  expect(search.find(note)).toEqual(words);
  expect(search.find(JSON.stringify(record))).toEqual([]);
});
