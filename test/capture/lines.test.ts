import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLines } from '../../src/capture/lines.js';
import type { TextLine } from '../../src/capture/lines.js';

async function* chunksOf(chunks: readonly (Buffer | 'torn')[]): AsyncGenerator<Buffer | 'torn'> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

async function linesIn(...chunks: (Buffer | string)[]): Promise<TextLine[]> {
  const lines: TextLine[] = [];
  const pieces = chunks.map((chunk) =>
    typeof chunk !== 'string' || chunk === 'torn' ? chunk : Buffer.from(chunk),
  );
  for await (const line of splitLines(chunksOf(pieces))) lines.push(line);
  return lines;
}

const whole = (text: string): TextLine => ({ text, terminated: true });
const partial = (text: string): TextLine => ({ text, terminated: false });

describe('lines of bytes', () => {
  it.each<[what: string, chunks: string[], lines: TextLine[]]>([
    ['are none of nothing', [], []],
    ['are none of empty chunks', ['', ''], []],
    ['end with a newline each', ['a\nb\n'], [whole('a'), whole('b')]],
    ['are not whole without one', ['a\nb'], [whole('a'), partial('b')]],
    ['are left out where empty', ['\n\na\n', '\n', '\nb\n\n'], [whole('a'), whole('b')]],
    ['go over chunks', ['a', 'b', 'c\nd', '\n'], [whole('abc'), whole('d')]],
    ['end with one that is not whole where the source broke off', ['a\n', 'torn'], [whole('a'), partial('')]],
    ['keep what came before the source broke off', ['a\nb', 'torn'], [whole('a'), partial('b'), partial('')]],
  ])('%s', async (_what, chunks, lines) => {
    expect(await linesIn(...chunks)).toEqual(lines);
  });

  it('are the same whatever the chunks, in the middle of a character too', async () => {
    const text = Buffer.from('{"comm":"bröker €"}\n\n😀\n\r\nlast');
    for (let at = 0; at <= text.length; at += 1)
      expect(await linesIn(text.subarray(0, at), text.subarray(at))).toEqual(await linesIn(text));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: text.length })), async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), text.length];
        const chunks = ends.map((end, index) => text.subarray(ends[index - 1] ?? 0, end));
        expect(await linesIn(...chunks)).toEqual(await linesIn(text));
      }),
    );
  });
});
