import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeText } from '../../src/render/index.js';
import { safeJson } from '../../src/render/safe-text.js';

const HOSTILE: readonly (readonly [what: string, hostile: string, safe: string])[] = [
  ['an escape sequence', '\u001b[31mred', '·[31mred'],
  ['a title of the window', '\u001b]0;x\u0007', '·]0;x·'],
  ['a C1 control', '\u009b31m', '·31m'],
  ['line ends and tabs', 'a\r\n\tb', 'a···b'],
  ['NUL and DEL', '\u0000\u007f', '··'],
  ['text that runs backwards', '\u202egnp.exe\u202c', '·gnp.exe·'],
  ['isolates', '\u2066x\u2069', '·x·'],
  ['zero width characters', 'a\u200bb\u200d\u2060\ufeff', 'a·b···'],
  ['a soft hyphen', 'a\u00adb', 'a·b'],
  ['separators of lines and paragraphs', '\u2028\u2029', '··'],
  ['invisible tags', 'a\u{e0041}\u{e007f}', 'a··'],
  ['the first half of a character', 'a\ud83d', 'a·'],
  ['the second half of a character', '\ude00a', '·a'],
];

describe('text that is safe to print', () => {
  it.each(HOSTILE)('has nothing of %s', (_what, hostile, safe) => {
    expect(safeText(hostile)).toBe(safe);
  });

  it.each(['mosquitto', 'bröker', 'Ünïcode “x” €', '日本', '😀', '', ' a  b '])(
    'stays as it is: %j',
    (text) => {
      expect(safeText(text)).toBe(text);
    },
  );

  it.each([
    ['12345', 5, '12345'],
    ['123456', 5, '1234…'],
    ['😀😀😀', 3, '😀😀😀'],
    ['😀😀😀😀', 3, '😀😀…'],
    ['x'.repeat(300), undefined, `${'x'.repeat(199)}…`],
  ])('is cut between characters: %j to %s', (text, length, cut) => {
    expect(safeText(text, length)).toBe(cut);
  });

  it('stays the same when it is made safe again, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, length) => {
        const safe = safeText(text, length);
        expect(safe).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(Array.from(safe).length).toBeLessThanOrEqual(length);
        expect(safeText(safe, length)).toBe(safe);
      }),
    );
  });
});

describe('JSON that is safe to print', () => {
  it.each(HOSTILE)('has nothing of %s, and loses nothing', (_what, hostile) => {
    const json = safeJson(JSON.stringify({ hostile }, null, 2));
    expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(json)).toEqual({ hostile });
  });
});
