import type { ParserSettings } from 'bpftrace-output-parser';
import { createParser } from 'bpftrace-output-parser';
import { describe, expect, it } from 'vitest';

import { parse, parseChunks } from './parse.js';
import { render, renderError } from './render.js';

const GOOD = '{"type": "map", "data": {"@x": 1}}';

describe('a line that cannot be read', () => {
  it.each([
    ['bad-json', 24 + 7, '{"type": "map", "data": {"@x": 1'],
    ['bad-json', 9, '{"type": map}'],
    ['bad-json', 33, '{"type": "printf", "data": "no end'],
    ['bad-json', 31, '{"type": "map", "data": {"@x": {"1": 5 6}}}'],
    ['bad-json', 31, '{"type": "map", "data": {"@x": {"1": 1 "2": 2}}}'],
    ['bad-json', 31, '{"type": "map", "data": {"@x": {"1": 1,}}}'],
    ['bad-json', 31, '{"type": "map", "data": {"@x": {"1": a "2": 2}}}'],
    ['bad-json', 31, '{"type": "value", "data": [5 6]}'],
    ['bad-record', 27, '{"type": "printf", "data": 5}'],
    ['bad-record', 15, '{"type": "map", "more": 1}'],
    ['bad-record', 47, '{"type": "hist", "data": {"@h": [{"min": "x", "count": 1}]}}'],
    ['bad-record', 0, '{"type": "helper_error", "msg": "no helper"}'],
    ['too-deep', 0, `{"type": "value", "data": ${'['.repeat(100)}`],
  ] as const)('is an error %s, and the next line is unaffected', (code, atLeast, line) => {
    const { records, errors } = parse(`${GOOD}\n${line}\n${GOOD}\n`, { format: 'json' });
    expect(records.map(render)).toEqual(['map @x =1', 'map @x =1']);
    expect(errors.map((error) => [error.code, error.line])).toEqual([[code, 2]]);
    const [error] = errors;
    const start = GOOD.length + 1;
    expect(error?.offset).toBeGreaterThanOrEqual(start + Math.min(atLeast, line.length - 1) - 8);
    expect(error?.offset).toBeLessThanOrEqual(start + line.length);
    expect(error?.text).toBe(line.length <= 120 ? line : error?.text);
  });

  it('has at most 120 characters of it in the error, around the place', () => {
    const long = `{"type": "map", "data": {"@x": [${'1,'.repeat(5000)}?, "y"]}}`;
    const { errors } = parse(`${long.replace('?', '"no end')}\n`);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.text.length).toBeLessThanOrEqual(120);
    expect(errors[0]?.name).toBe('BpftraceParseError');
  });

  it('is truncated when the stream ends inside it', () => {
    for (let size = 1; size < GOOD.length; size++) {
      const { records, errors } = parse(`${GOOD}\n${GOOD.slice(0, size)}`);
      expect(records, `at ${size}`).toHaveLength(1);
      expect(
        errors.map(({ code, line }) => [code, line]),
        `at ${size}`,
      ).toEqual([['truncated', 2]]);
    }
  });

  it('is read when only its newline is missing', () => {
    expect(parse(GOOD).records.map(render)).toEqual(['map @x =1']);
  });

  it.each([
    ['"abc\\', '"}'],
    ['abc', 'def}'],
    ['[1,abc', 'def]}'],
  ])('does not go on in the next line: %j and %j', (first, second) => {
    const { records, errors } = parse(`{"type": "value", "data": ${first}\n${second}\n${GOOD}\n`, {
      format: 'json',
    });
    expect(errors.map(({ code, line }) => [code, line])).toEqual([['bad-json', 1]]);
    expect(records.map(render)).toEqual([`noise text=${JSON.stringify(second)}`, 'map @x =1']);
  });

  it('does not see what the line before it left in the buffer', () => {
    const cut = GOOD.slice(0, -2);
    const parsed = parseChunks([GOOD.slice(0, 5), `${GOOD.slice(5)}\n`, cut]);
    expect(parsed.records).toHaveLength(1);
    expect(parsed.errors.map(({ code }) => code)).toEqual(['truncated']);
    const bad = `${GOOD}\n${GOOD.slice(0, 28)}\n`;
    const whole = parse(bad).errors.map(renderError);
    expect(whole).toHaveLength(1);
    expect(parseChunks(Array.from(bad)).errors.map(renderError)).toEqual(whole);
  });
});

describe('limits', () => {
  const long = `{"type": "printf", "data": "${'x'.repeat(500)}"}`;

  it.each([
    ['in one chunk', [`${GOOD}\n${long}\n${GOOD}\n`]],
    [
      'over many chunks',
      [`${GOOD}\n`, long.slice(0, 90), long.slice(90, 200), `${long.slice(200)}\n${GOOD}\n`],
    ],
    ['that never ends', [`${GOOD}\n`, ...Array.from({ length: 50 }, () => 'y'.repeat(99)), `\n${GOOD}\n`]],
  ])('a line longer than maxLineBytes %s is one error', (_, chunks) => {
    const { records, errors } = parseChunks(chunks, { maxLineBytes: 100 });
    expect(records.map(render)).toEqual(['map @x =1', 'map @x =1']);
    expect(errors.map(({ code, line, offset }) => [code, line, offset])).toEqual([
      ['line-too-long', 2, GOOD.length + 1],
    ]);
    expect(errors[0]?.text.length).toBeLessThanOrEqual(120);
  });

  it.each([
    ['is too long', `{"type": "printf", "data": "${'x'.repeat(90)}\\u0007"}`],
    ['is bad, before its error', '{"type": "printf", "data": "\\u0007" oops}'],
    ['is bad, behind its error', '{"type": "printf" oops, "data": "\\u0007"}'],
  ])('the escape in a line that %s makes counts hexadecimal, and doubtful, however it comes', (_, bad) => {
    const hist = (count: string) =>
      `{"type": "hist", "data": {"@h": [{"max": -1, "count": ${count}},{"min": 0, "max": 0, "count": 3}]}}\n`;
    for (const chunks of [[`${bad}\n${hist('10')}`], Array.from(`${bad}\n${hist('10')}`)]) {
      const { records } = parseChunks(chunks, { maxLineBytes: 100, generation: 'C' });
      expect(records.map(render)).toEqual(['hist @h =[..-1:16, 0..0:3]  (hex-counts, counts-suspect)']);
    }
    const sure = parse(`${bad}\n${hist('1f')}${hist('10')}`, { maxLineBytes: 100, generation: 'C' });
    expect(sure.records.map(({ notes }) => notes)).toEqual([['hex-counts'], ['hex-counts']]);
  });

  it('no escape in a line that is not a record, nor an escaped backslash, makes counts doubtful', () => {
    const hist = '{"type": "hist", "data": {"@h": [{"max": -1, "count": 10}]}}\n';
    for (const line of [
      `a child's ${'x'.repeat(90)}\\u0007`,
      `{"type": "printf", "data": "${'x'.repeat(90)}\\\\u0"}`,
    ]) {
      for (const chunks of [[`${line}\n${hist}`], Array.from(`${line}\n${hist}`)]) {
        const { records } = parseChunks(chunks, { maxLineBytes: 100, generation: 'C' });
        expect(records.map(render)).toEqual(['hist @h =[..-1:10]']);
      }
    }
  });

  it('a line of exactly maxLineBytes is read', () => {
    expect(parse(`${GOOD}\n`, { maxLineBytes: GOOD.length }).records).toHaveLength(1);
    expect(parse(`${GOOD}\n`, { maxLineBytes: GOOD.length - 1 }).records).toHaveLength(0);
  });

  it('a block of text longer than maxBufferBytes is one error, and the text goes on', () => {
    const row = `[1]                    1 |${'@'.repeat(52)}|\n`;
    const settings: ParserSettings = { format: 'text', maxBufferBytes: 1000 };
    const { records, errors } = parse(`@h: \n${row.repeat(14)}\n@x: 1\n`, settings);
    expect(errors.map(({ code }) => code)).toEqual(['buffer-full']);
    expect(records.map(render).at(-1)).toBe('map @x =1');
  });
});

describe('a line that is nested or long beyond reason', () => {
  const time = (line: string, settings: ParserSettings): number => {
    const start = performance.now();
    parse(`${line}\n`, settings);
    return performance.now() - start;
  };

  it.each([
    ['entries without a newline between them', (n: number) => repeat(n, (i) => `@s[${i}]: do_sys_open`)],
    ['entries of stats', (n: number) => repeat(n, (i) => `@s[${i}]: count 1, average 2, total 3`)],
    ['arrays', (n: number) => `@x: ${'['.repeat(n)}${']'.repeat(n)}`],
    ['tuples', (n: number) => `@x: ${'(1, '.repeat(n)}2${')'.repeat(n)}`],
    ['structs', (n: number) => `@x: ${'{ .a = '.repeat(n)}2${' }'.repeat(n)}`],
  ])('of %s in text is read in linear time', (_, line) => {
    const { errors } = parse(`${line(20_000)}\n@x: 1\n`, { format: 'text' });
    expect(errors).toEqual([]);
    // 23 s when it was quadratic; a slow machine needs some hundred milliseconds.
    expect(time(line(200_000), { format: 'text' })).toBeLessThan(10_000);
  });

  it('is read entry by entry in text, and stays text where it is too deep', () => {
    const glued = repeat(3000, (i) => `@s[${i}]: do_sys_open`);
    expect(parse(`${glued}\n`, { format: 'text' }).records).toHaveLength(3000);
    const deep = parse(`@x: ${'['.repeat(100)}${']'.repeat(100)}\n`, { format: 'text' }).records;
    expect(deep[0]?.notes).toEqual(['text-guessed']);
    expect(render(deep[0] ?? { type: 'noise', text: '', notes: [] })).toContain(
      `${'['.repeat(65)}"${'['.repeat(35)}`,
    );
  });

  it('of a key with backslashes does not overflow', () => {
    const key = `${'a'.repeat(9_000_000)}\\\\n`;
    const { records, errors } = parse(`{"type": "map", "data": {"@x": {"${key}": 1}}}\n`);
    expect([records.length, errors.length]).toEqual([1, 0]);
  });
});

function repeat(count: number, piece: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => piece(i)).join('');
}

describe('a parser', () => {
  it('begins anew after reset and after end', () => {
    const seen: string[] = [];
    const errors: [line: number, offset: number][] = [];
    const parser = createParser({
      onRecord: (record) => seen.push(render(record)),
      onError: ({ line, offset }) => errors.push([line, offset]),
    });
    parser.feed('Attaching 1 probe...\n@h[');
    parser.reset();
    parser.feed(`${GOOD}\n{"type": x}\n{"type": "pri`);
    parser.end();
    parser.feed(`{"type": x}\n${GOOD}\n`);
    parser.end();
    expect(seen).toEqual(['attached_probes probes=1', 'map @x =1', 'map @x =1']);
    const first = GOOD.length + 1;
    expect(errors).toEqual([
      [2, first + 9],
      [3, first + 12 + 13],
      [1, 9],
    ]);
  });

  it('shares nothing of one stream with another', () => {
    const escape = '{"type": "printf", "data": "\\u0007"}\n';
    const hist = '{"type": "hist", "data": {"@h": [{"max": -1, "count": 10}]}}\n';
    parse(escape, { generation: 'C' });
    expect(parse(hist, { generation: 'C' }).records.map(render)).toEqual(['hist @h =[..-1:10]']);
  });

  it('passes on what a callback throws', () => {
    const parser = createParser({
      onRecord: () => {
        throw new RangeError('mine');
      },
      onError: () => undefined,
    });
    expect(() => parser.feed(`${GOOD}\n`)).toThrow(RangeError);
    expect(() => parser.feed('noise\n')).toThrow(RangeError);
  });
});
