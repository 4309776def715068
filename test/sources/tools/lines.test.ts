import { expect, test } from 'vitest';
import { createLineSplitter } from '../../../src/sources/tools/lines.js';

const TEXT = 'one\n\nzwei ä €\nlast';

function linesOf(chunks: readonly Buffer[], maxChars?: number): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), maxChars);
  for (const chunk of chunks) splitter.feed(chunk);
  splitter.end();
  return lines;
}

test('lines are the same wherever the bytes are cut, also within a character', () => {
  const bytes = Buffer.from(TEXT);
  for (let at = 0; at <= bytes.length; at += 1)
    expect(linesOf([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(['one', '', 'zwei ä €', 'last']);
});

test('a line that is too long is cut short, once, and the next is whole', () => {
  const chunks = ['x'.repeat(6), 'x'.repeat(20), 'x\nnext\n'].map((text) => Buffer.from(text));
  expect(linesOf(chunks, 5)).toEqual(['xxxxx', 'next']);
});
