import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { cells, clipEnd, clipMiddle, firstThatFits, wrapText } from '../../../tui/draw/cells.js';

describe('cells', () => {
  it.each([
    ['a plain name', 'mosquitto(812)', 'mosquitto(812)'],
    ['an escape sequence', 'a\u001b[2Jb', 'a·[2Jb'],
    ['newlines and tabs', 'a\nb\tc', 'a·b c'],
    ['wide characters', '日本x', '··x'],
    ['an emoji', '🔥x', '·x'],
    ['a combining mark', 'e\u0301x', 'e·x'],
    ['a right-to-left override', 'a\u202eb', 'a·b'],
    ['zero-width characters', 'a\u200bb', 'a·b'],
    ['a lone surrogate', 'a\ud800b', 'a·b'],
    ['Hangul letters that join', '\u1112\u1161', '··'],
    ['braces of tags', '{red-fg}x{/}', '{red-fg}x{/}'],
    ['letters with marks of their own', 'größe', 'größe'],
  ])('makes %s safe', (_what, text, safe) => {
    expect(cells(text)).toBe(safe);
  });

  it('leaves one column a character, whatever character a terminal is given', async () => {
    const columns = 64;
    const terminal = new xterm.Terminal({
      cols: columns + 8,
      rows: 5,
      scrollback: 2000,
      allowProposedApi: true,
    });
    const rows: string[] = [];
    for (let code = 0; code < 0x10000; code += columns)
      rows.push(
        Array.from({ length: columns }, (_, index) => cells(String.fromCharCode(code + index))).join(''),
      );
    await new Promise<void>((resolve) => terminal.write(rows.map((row) => `${row}|`).join('\r\n'), resolve));
    const shifted = rows.flatMap((row, index) => {
      const shown = terminal.buffer.active.getLine(index)?.translateToString(true) ?? '';
      return row.length === columns && shown === `${row}|` ? [] : [(index * columns).toString(16)];
    });
    expect(shifted).toEqual([]);
  });
});

describe('cutting', () => {
  it('keeps the end of a name as well as its beginning', () => {
    expect(clipMiddle('accept queue [fe80::1]:1883', 16)).toBe('accept q…1]:1883');
  });

  it.each([0, 1, 2, 3, 4, 9, 10, 11])('never exceeds %i columns', (width) => {
    expect(clipEnd('abcdefghij', width).length).toBeLessThanOrEqual(width);
    expect(clipMiddle('abcdefghij', width).length).toBeLessThanOrEqual(width);
    for (const row of wrapText('abc defghijklmnop q', width)) expect(row.length).toBeLessThanOrEqual(width);
  });

  it('wraps at spaces and clips the last row it may use', () => {
    expect(wrapText('one two three four', 9)).toEqual(['one two', 'three', 'four']);
    expect(wrapText('one two three four', 9, 2)).toEqual(['one two', 'three fo…']);
  });

  it('takes the longest wording that fits', () => {
    expect(firstThatFits(['a long one', 'short'], 6)).toBe('short');
    expect(firstThatFits(['a long one', 'short'], 10)).toBe('a long one');
    expect(firstThatFits(['a long one', 'short'], 3)).toBe('sh…');
  });
});
