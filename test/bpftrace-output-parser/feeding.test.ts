import { createParser, createRecordStream, type BpftraceParser } from 'bpftrace-output-parser';
import { describe, expect, it } from 'vitest';

import { parseChunks } from './parse.js';
import { render } from './render.js';

const line = (text: string): string => `{"type": "printf", "data": "${text}"}\n`;
const BYTES = new TextEncoder().encode(line('x'));

describe('feed takes', () => {
  it.each([
    ['an ArrayBuffer', BYTES.slice().buffer],
    ['a DataView', new DataView(BYTES.slice().buffer)],
    ['a Buffer', Buffer.from(BYTES)],
    ['a Uint8Array within a larger buffer', new Uint8Array([0, ...BYTES, 0]).subarray(1, BYTES.length + 1)],
    ['a string', line('x')],
  ])('%s', (_, chunk) => {
    expect(parseChunks([chunk as Uint8Array]).records.map(render)).toEqual(['printf data="x"']);
  });

  it.each([[5], [[123, 34]], [null], [undefined], [{}], [new Date()]])('not %j', (chunk) => {
    const parser = createParser({ onRecord: () => undefined, onError: () => undefined });
    expect(() => parser.feed(chunk as unknown as string)).toThrow(TypeError);
    expect(() => parser.feed(BYTES)).not.toThrow();
  });

  it('and a stream fails on the like, instead of hanging', async () => {
    const { readable, writable } = createRecordStream();
    const written = writable.getWriter().write(5 as unknown as string);
    const read = readable.getReader().read();
    await expect(written).rejects.toThrow(TypeError);
    await expect(read).rejects.toThrow(TypeError);
  });

  it('a character that is cut between two strings', () => {
    const texts = Array.from({ length: 40 }, (_, at) => [line('a🙂b').slice(0, at), line('a🙂b').slice(at)]);
    for (const chunks of texts)
      expect(parseChunks(chunks).records.map(render)).toEqual(['printf data="a🙂b"']);
    const cut = parseChunks([line('\ud83d').slice(0, 29), BYTES.subarray(BYTES.length - 3)]);
    expect(cut.records.map(render)).toEqual(['printf data="\ufffd"']);
    expect(parseChunks(['hello \ud83d'], { format: 'text' }).records.map(render)).toEqual([
      'text text="hello \ufffd"',
    ]);
  });
});

/** What a parser reports, and what `act` does at the first record. */
function acting(act: (parser: BpftraceParser) => void): { parser: BpftraceParser; seen: string[] } {
  const seen: string[] = [];
  const parser: BpftraceParser = createParser({
    onRecord: (record) => {
      seen.push(render(record));
      if (seen.length === 1) act(parser);
    },
    onError: (error) => seen.push(`${error.code} ${error.line} ${error.offset}`),
  });
  return { parser, seen };
}

describe('in a callback', () => {
  const lines = [line('a'), line('b'), line('c')].join('');

  it.each([
    ['a chunk', lines],
    ['a line', lines.replaceAll('\n', '') + '\n'],
    ['a line of text', `tick\n@x: 1\n`],
    ['a line behind noise', `noise ${lines}`],
  ])('reset drops the rest of %s', (_, text) => {
    const { parser, seen } = acting(({ reset }) => reset());
    parser.feed(text);
    expect(seen).toHaveLength(1);
    parser.feed(`{"type": x}\n${line('d')}`);
    parser.end();
    expect(seen.slice(1)).toEqual(['bad-json 1 9', 'printf data="d"']);
  });

  it('reset at the end of the stream is enough', () => {
    const { parser, seen } = acting(({ reset }) => reset());
    parser.feed(`${line('a').trim()}${line('b').trim()}`);
    parser.end();
    parser.feed(line('c'));
    expect(seen).toEqual(['printf data="a"', 'printf data="c"']);
  });

  it.each(['feed', 'end'] as const)('%s throws, and nothing is lost', (name) => {
    const thrown: unknown[] = [];
    const { parser, seen } = acting(({ [name]: call }) => {
      try {
        call(line('z'));
      } catch (error) {
        thrown.push(error);
      }
    });
    parser.feed(lines);
    expect(thrown).toEqual([new Error(`${name}() was called inside a callback of the same parser`)]);
    expect(seen).toEqual(['printf data="a"', 'printf data="b"', 'printf data="c"']);
  });

  it('a throw loses the rest of the chunk and of its last line, and positions stay right', () => {
    for (const first of [lines, `noise\n${lines}`, `noise ${lines}`]) {
      const whole = `${first}{"type": "pri`;
      const { parser, seen } = acting(() => {
        throw new RangeError('mine');
      });
      expect(() => parser.feed(whole)).toThrow(RangeError);
      parser.feed(`ntf", "data": "half"}\n{"type": x}\n${line('d')}`);
      parser.end();
      const began = `${whole}ntf", "data": "half"}\n`;
      expect(seen.slice(1)).toEqual([
        `bad-json ${began.split('\n').length} ${began.length + 9}`,
        'printf data="d"',
      ]);
    }
  });

  it('a throw in the midst of a line that came in pieces loses that line', () => {
    const { parser, seen } = acting(() => {
      throw new RangeError('mine');
    });
    parser.feed(line('a').slice(0, 10));
    expect(() => parser.feed(`${line('a').slice(10)}@`)).toThrow(RangeError);
    parser.feed(`x: 1\n${line('b')}`);
    expect(seen).toEqual(['printf data="a"', 'printf data="b"']);
  });

  it('a throw at the end leaves a parser that begins anew', () => {
    const { parser, seen } = acting(() => {
      throw new RangeError('mine');
    });
    parser.feed('noise');
    expect(() => parser.end()).toThrow(RangeError);
    parser.feed(`{"type": x}\n`);
    expect(seen.slice(1)).toEqual(['bad-json 1 9']);
  });
});

describe('an option that cannot be meant is named', () => {
  it.each([
    ['version', 'unknown', RangeError],
    ['version', '', RangeError],
    ['version', 17, TypeError],
    ['generation', 'D', RangeError],
    ['format', 'xml', RangeError],
    ['format', null, TypeError],
    ['maxLineBytes', 0, RangeError],
    ['maxLineBytes', NaN, RangeError],
    ['maxBufferBytes', 1.5, RangeError],
    ['maxBufferBytes', '1', TypeError],
    ['onRecord', undefined, TypeError],
    ['onError', 5, TypeError],
  ])('%s: %j', (name, value, kind) => {
    const given = { onRecord: () => undefined, onError: () => undefined, [name]: value };
    const make = () => createParser(given);
    expect(make).toThrow(kind);
    expect(make).toThrow(new RegExp(`^${name} `));
  });
});
