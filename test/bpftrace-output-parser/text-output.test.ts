import { describe, expect, it } from 'vitest';

import { parseChunks, records } from './parse.js';
import { render } from './render.js';

function read(...lines: string[]): string[] {
  return records(`${lines.join('\n')}\n`, { format: 'text' }).map(render);
}

const bar = (count: number) => `${String(count).padStart(8)} |${'@'.repeat(52)}|`;

describe('text output', () => {
  it.each([
    ['Attaching 1 probe...', 'attached_probes probes=1'],
    ['Attaching 23 probes...', 'attached_probes probes=23'],
    ['Attached 2 probes', 'attached_probes probes=2'],
    ['Lost 12 events', 'lost_events events=12'],
    ['@: 1', 'map @ =1'],
    ['@x: -5', 'map @x =-5'],
    ['@x: 18446744073709551615', 'map @x =18446744073709551615n'],
    ['@x: 007', 'map @x ="007"'],
    ['@x: some text: with a colon', 'map @x ="some text: with a colon"'],
    ['@x[1, a]: 5', 'map @x ["1","a"]=5  (key-split-guessed)'],
    ['@x[1, 2, 3]: 5', 'map @x ["1","2","3"]=5'],
    ['@x[]: 5', 'map @x [""]=5'],
    ['@x[a]: 5]: 12', 'map @x ["a]: 5"]=12  (key-split-guessed)'],
    ['@x[a]: b]: c', 'map @x ["a"]="b]: c"  (key-split-guessed)'],
    ['@x: (1, (2, 3))', 'map @x =[1, [2, 3]]'],
    ['@x: (1, a b)', 'map @x =[1, "a b"]  (text-guessed)'],
    ['@x: (sd-pam)', 'map @x ="(sd-pam)"'],
    ['@x: [1,2,3]', 'map @x =[1, 2, 3]'],
    ['@x: { .m = 2, .n = (1, 2) }', 'map @x ={m: 2, n: [1, 2]}'],
    ['@x: { .m = abc }', 'map @x ={m: "abc"}  (text-guessed)'],
    ['@s: count 2, average 6, total 13', 'stats @s ={count: 2, average: 6, total: 13}'],
    ['@s[a]: count 2, average -6, total -13', 'stats @s ["a"]={count: 2, average: -6, total: -13}'],
    ['@s: { .count = 2, .average = 6, .total = 13 }', 'stats @s ={count: 2, average: 6, total: 13}'],
    ['@x: true', 'map @x =true'],
    ['@x: null', 'map @x =null'],
    ['tick 5', 'text text="tick 5"'],
    ['@x', 'text text="@x"'],
    ['@x:5', 'text text="@x:5"'],
    ['user@host: 5', 'text text="user@host: 5"'],
  ])('%j is %s', (line, reading) => {
    expect(read(line)).toEqual([reading]);
  });

  it.each([
    ['(..., 0)        ', '..-1:7'],
    ['[0]             ', '0..0:7'],
    ['[1]             ', '1..1:7'],
    ['[2, 4)          ', '2..3:7'],
    ['[512, 1K)       ', '512..1023:7'],
    ['[1M, 2M)        ', '1048576..2097151:7'],
    ['[4T, 8T)        ', '4398046511104..8796093022207:7'],
    ['[8388608T, 16777216T)', '9223372036854775808n..18446744073709551615n:7'],
    ['[2P, 4P)        ', '2251799813685248..4503599627370495:7'],
    ['[4E, 8E)        ', '4611686018427387904n..9223372036854775807n:7'],
    ['(..., -50)      ', '..-51:7'],
    ['[-50, -25)      ', '-50..-26:7'],
    ['[100, ...)      ', '100..:7'],
    ['[10K, ...)      ', '10240..:7'],
    ['[960K, 1024K)   ', '983040..1048575:7'],
  ])('a row %j is the bucket %s', (label, bucket) => {
    expect(read('@h:', `${label}${bar(7)}`, '')).toEqual([`hist @h =[${bucket}]`]);
  });

  it('ends a hist at the blank line, or at any line that is no row', () => {
    expect(read('@h[a, 1]: ', `[0]             ${bar(1)}`, `[1]             ${bar(2)}`, '', '@x: 1')).toEqual(
      ['hist @h ["a","1"]=[0..0:1, 1..1:2]  (key-split-guessed)', 'map @x =1'],
    );
    expect(read('@h: ', `[0]             ${bar(1)}`, '@h[2]: ', `[0]             ${bar(3)}`)).toEqual([
      'hist @h =[0..0:1]',
      'hist @h ["2"]=[0..0:3]',
    ]);
  });

  it('notes a last bucket that up to 0.19 holds all larger values', () => {
    const hist = `@h: \n[2G, 4G)        ${bar(3)}\n\n`;
    expect(read(hist)).toContain('hist @h =[2147483648..4294967295:3]  (buckets-overflowed)');
    expect(records(hist, { version: '0.23.2' }).map(render)).toContain('hist @h =[2147483648..4294967295:3]');
  });

  it('takes a name alone for an empty hist since 0.22, and for an empty text before', () => {
    expect(read('@h:', '')).toEqual(['hist @h =[]']);
    expect(read('@h: ', '')).toEqual(['map @h =""']);
  });

  it('joins the lines of a stack, as value and in a key', () => {
    expect(read('@s: ', '        a+1', '        b+2', '', '@k[', '    a+1', '    b+2', ', sh]: 3')).toEqual([
      'map @s ="\\n        a+1\\n        b+2\\n"',
      'map @k ["\\n    a+1\\n    b+2\\n","sh"]=3  (key-split-guessed)',
    ]);
  });

  it('parts entries that up to 0.23 are printed without a newline between them', () => {
    expect(read('@n[1]: 127.0.0.1@n[2]: 127.0.0.2')).toEqual([
      'map @n ["1"]="127.0.0.1"  (repaired)',
      'map @n ["2"]="127.0.0.2"  (repaired)',
    ]);
  });

  it('gives up a key that does not end, and the lines after it are their own', () => {
    expect(read('@x[unfinished', 'tick', '@x: 1')).toEqual([
      'text text="@x[unfinished"',
      'text text="tick"',
      'map @x =1',
    ]);
  });

  it("takes the one blank line behind an entry as the version's own, any other as the program's", () => {
    expect(read('@x: 1', '', '', 'tick', '', 'tock')).toEqual([
      'map @x =1',
      'text text=""',
      'text text="tick"',
      'text text=""',
      'text text="tock"',
    ]);
  });

  it('is recognised by its first line that JSON output never has, until a whole record shows that it is JSON', () => {
    const lines = [
      'hello',
      'Attaching 1 probe...',
      '{"type": x}',
      '{"type": "printf", "data": "x"}',
      '@x: 1',
      '',
    ];
    expect(records(lines.join('\n')).map(render)).toEqual([
      'text text="hello"',
      'attached_probes probes=1',
      'text text="{\\"type\\": x}"',
      'printf data="x"',
      'noise text="@x: 1"',
    ]);
    expect(records(lines.join('\n'), { format: 'text' }).map(render).slice(3)).toEqual([
      'text text="{\\"type\\": \\"printf\\", \\"data\\": \\"x\\"}"',
      'map @x =1',
    ]);
  });
});

describe('JSON output is recognised', () => {
  const json = ['{"type": "map", "data": {"@x": {"1": 2}}}', '{"type": "printf", "data": "x"}'];
  const readings = ['map @x ["1"]=2', 'printf data="x"'];

  it.each([
    [
      'a warning that quotes a line like a key',
      ['stdin:1:20-26: WARNING: Signed', '@x[pid] = $1;', '~~~~~~'],
      ['noise text="stdin:1:20-26: WARNING: Signed"', 'noise text="@x[pid] = $1;"', 'noise text="~~~~~~"'],
    ],
    [
      'a warning that quotes a line like an entry',
      ['a.bt:1:1-3: WARNING: More', 'about it', '@x: 5', '~~~', 'HINT: mend it'],
      [
        'noise text="a.bt:1:1-3: WARNING: More"',
        'noise text="about it"',
        'noise text="@x: 5"',
        'noise text="~~~"',
        'noise text="HINT: mend it"',
      ],
    ],
    [
      'a cut warning',
      ['a.bt:1:1-3: WARNING: x', '@x: 5'],
      ['noise text="a.bt:1:1-3: WARNING: x"', 'noise text="@x: 5"'],
    ],
    ['a place of several lines', ['a.bt:1-3: WARNING: x'], ['noise text="a.bt:1-3: WARNING: x"']],
    ["a child's line like an entry", ['@alice: hello'], ['map @alice ="hello"']],
    ["a child's line like a key", ['@alice[x'], ['noise text="@alice[x"']],
    ['how many probes', ['Attaching 1 probe...'], ['attached_probes probes=1']],
  ])('behind %s', (_, before, noise) => {
    expect(records([...before, ...json, ''].join('\n')).map(render)).toEqual([...noise, ...readings]);
  });
});

describe('diagnostics in text output', () => {
  it.each([
    ['foo:12: WARNING: mine'],
    ['foo:12:3-5: WARNING: mine'],
    ['WARNING: mine'],
    ['ERROR: mine'],
    ['HINT: mine'],
  ])('are those in the form of bpftrace, not a printed %j', (line) => {
    expect(read(line, '@x: 1', 'tick', '@y[1]: 2', 'tock')).toEqual([
      `text text="${line}"`,
      'map @x =1',
      'text text="tick"',
      'map @y ["1"]=2',
      'text text="tock"',
    ]);
  });

  it('begin behind whatever did not become one', () => {
    const lines = ['a.bt:6:40-41: WARNING: Failed', '  @full[1] = 1;', '  ~'];
    expect(read('a.bt:1:1-2: WARNING: mine', ...lines, '@x: 1')).toEqual([
      'text text="a.bt:1:1-2: WARNING: mine"',
      ...lines.map((line) => `noise text="${line}"`),
      'map @x =1',
    ]);
    expect(read('a.bt:1:1-2: WARNING: cut')).toEqual(['text text="a.bt:1:1-2: WARNING: cut"']);
  });
});

describe('a terminal and a byte order mark', () => {
  it('leave no carriage return in text', () => {
    const lines = [
      'tick',
      '@x: abc',
      '@h: ',
      `[0]             ${bar(1)}`,
      '',
      '@s: ',
      '        a+1',
      '',
      'tock',
      '',
    ];
    const expected = read(...lines.slice(0, -1));
    expect(records(lines.join('\r\n'), { format: 'text' }).map(render)).toEqual(expected);
    expect(expected).toContain('map @x ="abc"');
  });

  it('are no noise in JSON', () => {
    const json = '{"type": "printf", "data": "x"}';
    const expected = ['printf data="x"', 'noise text="child"', 'printf data="x"'];
    for (const mark of ['', '\ufeff']) {
      const lines = `${mark}${json}\r\n\r\n\r\nchild\r\n${json}\r\n`;
      expect(records(lines).map(render)).toEqual(expected);
      expect(records(lines, { format: 'json' }).map(render)).toEqual(expected);
      expect(parseChunks(Array.from(lines)).records.map(render)).toEqual(expected);
    }
    expect(records('\ufefftick\n', { format: 'text' }).map(render)).toEqual(['text text="tick"']);
  });
});
