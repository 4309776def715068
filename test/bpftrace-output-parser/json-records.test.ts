import { describe, expect, it } from 'vitest';

import { bytes, record, records } from './parse.js';
import { render } from './render.js';

/** A line and its reading, as `render` shows it; the source is bpftrace's, at the tag named. */
type Row = readonly [what: string, line: string, reading: string];

describe('records of 0.9.2 (src/output.cpp: strings under msg, counts at the top, two spaces before names)', () => {
  const rows: Row[] = [
    ['attached_probes', '{"type": "attached_probes", "probes": 2}', 'attached_probes probes=2'],
    ['lost_events', '{"type": "lost_events", "events": 7}', 'lost_events events=7'],
    ['printf', '{"type": "printf", "msg": "hi\\n"}', 'printf data="hi\\n"'],
    ['time', '{"type": "time", "msg": "10:00:00\\n"}', 'time data="10:00:00\\n"'],
    ['cat', '{"type": "cat", "msg": "x"}', 'cat data="x"'],
    ['join', '{"type": "join", "msg": "ls -l"}', 'join data="ls -l"'],
    ['syscall', '{"type": "syscall", "msg": "out"}', 'syscall data="out"'],
    [
      'stats, spaced',
      '{"type": "stats", "data": {  "@s": {    "a": {"count": 1, "average": 2, "total": 2},     "b": {"count": 3, "average": 1, "total": 3}}}}',
      'stats @s ["a"]={count: 1, average: 2, total: 2} ["b"]={count: 3, average: 1, total: 3}  (key-spaces-deleted)',
    ],
    ['an empty keyed map', '{"type": "map", "data": {"@x": {}}}', 'map @x '],
    ['an empty scalar map', '{"type": "map", "data": {"@x": }}', 'map @x =null  (repaired)'],
  ];
  it.each(rows)('reads %s', (_, line, reading) => {
    expect(render(record(line))).toBe(reading);
  });
});

describe('records of 0.12 to 0.23 (src/output.cpp)', () => {
  const rows: Row[] = [
    ['a struct (0.12+)', '{"type": "value", "data": { "m": 2, "n": "x" }}', 'value data={m: 2, n: "x"}'],
    ['a struct in a map', '{"type": "map", "data": {"@x": { "m": 2 }}}', 'map @x ={m: 2}'],
    [
      'helper_error (0.16+)',
      '{"type": "helper_error", "helper": "probe_read", "retcode": -14, "line": 3, "col": 9}',
      'helper_error helper="probe_read" retcode=-14 msg=null filename=null line=3 col=9',
    ],
    [
      'helper_error (0.20+)',
      '{"type": "helper_error", "msg": "Bad address", "helper": "probe_read", "retcode": -14, "line": 3, "col": 9}',
      'helper_error helper="probe_read" retcode=-14 msg="Bad address" filename=null line=3 col=9',
    ],
    [
      'pointers 0.18 to 0.21',
      '{"type": "map", "data": {"@p": 0xffff888012345678}}',
      'map @p =18446612682375452280n  (repaired)',
    ],
    [
      'pointers in a tuple',
      '{"type": "value", "data": [1,0x1000,"a"]}',
      'value data=[1, 4096, "a"]  (repaired)',
    ],
    ['strftime up to 0.21', '{"type": "map", "data": {"@st": 20:31}}', 'map @st ="20:31"  (repaired)'],
    [
      'strftime with a comma',
      '{"type": "map", "data": {"@st": {"1": 2026-11-21, 22:19, "2": 21/Nov}}}',
      'map @st ["1"]="2026-11-21, 22:19" ["2"]="21/Nov"  (repaired)',
    ],
    ['strftime of a leading zero', '{"type": "map", "data": {"@st": 06}}', 'map @st ="06"  (repaired)'],
    [
      'strftime of digits and a comma',
      '{"type": "map", "data": {"@st": 31, Jan}}',
      'map @st ="31, Jan"  (repaired)',
    ],
    ['strftime that prints back', '{"type": "map", "data": {"@t": 23.29}}', 'map @t ="23.29"  (repaired)'],
    ['strftime of two numbers', '{"type": "map", "data": {"@t": 21 11}}', 'map @t ="21 11"  (repaired)'],
    ['what looks like an exponent', '{"type": "map", "data": {"@t": 1e+25}}', 'map @t ="1e+25"  (repaired)'],
    ['strftime like a fraction', '{"type": "map", "data": {"@st": 12.50}}', 'map @st ="12.50"  (repaired)'],
    [
      'macaddr up to 0.23',
      '{"type": "map", "data": {"@m": 00:1A:2b:00:00:00}}',
      'map @m ="00:1A:2b:00:00:00"  (repaired)',
    ],
    [
      'cgroup_path 0.15 to 0.19',
      '{"type": "map", "data": {"@c": {"1": unified:/a,cpu:/b}}}',
      'map @c ["1"]="unified:/a,cpu:/b"  (repaired)',
    ],
    [
      'strerror 0.16 to 0.19',
      '{"type": "value", "data": [1,No such file or directory,2]}',
      'value data=[1, "No such file or directory", 2]  (repaired)',
    ],
    ['none up to 0.22', '{"type": "value", "data": }', 'value data=null  (repaired)'],
    ['zeroed hist up to 0.15', '{"type": "hist", "data": {"@h": }}', 'hist @h =[]  (repaired)'],
    [
      'zeroed keyed hist up to 0.15',
      '{"type": "hist", "data": {"@h": {"1": , "2": [{"min": 0, "max": 0, "count": 1}]}}}',
      'hist @h ["1"]=[] ["2"]=[0..0:1]  (repaired)',
    ],
    [
      'hist from 2^31 up to 0.19',
      '{"type": "hist", "data": {"@h": [{"min": -2147483648, "max": 0, "count": 3}]}}',
      'hist @h =[2147483648..:3]  (buckets-overflowed)',
    ],
    [
      'lhist open at both ends',
      '{"type": "hist", "data": {"@h": [{"max": -1, "count": 1}, {"min": 0, "max": 9, "count": 2}, {"min": 10, "count": 3}]}}',
      'hist @h =[..-1:1, 0..9:2, 10..:3]',
    ],
    [
      'lhist of negative limits',
      '{"type": "hist", "data": {"@h": [{"max": -11, "count": 1}, {"min": -10, "max": -6, "count": 2}]}}',
      'hist @h =[..-11:1, -10..-6:2]',
    ],
    ['nested tuples', '{"type": "map", "data": {"@x": [1,"a,]",[2,[3]]]}}', 'map @x =[1, "a,]", [2, [3]]]'],
    [
      'an average of negatives up to 0.11',
      '{"type": "stats", "data": {"@a": 9223372036854775804}}',
      'stats @a =9223372036854775804n  (sign-suspect)',
    ],
  ];
  it.each(rows)('reads %s', (_, line, reading) => {
    expect(render(record(line))).toBe(reading);
  });
});

describe('averages of negative values (up to 0.11)', () => {
  const average = (value: string) => `{"type": "stats", "data": {"@a": ${value}}}`;

  it.each([
    ['1313870660520617', undefined, 'stats @a =1313870660520617  (sign-suspect)'],
    ['1313870660520617', '0.11.3', 'stats @a =1313870660520617  (sign-suspect)'],
    ['1313870660520617', '0.12.0', 'stats @a =1313870660520617'],
    ['9223372036854775804', '0.17.0', 'stats @a =9223372036854775804n'],
    ['9223372036854775804', '0.23.2', 'stats @a =9223372036854775804n'],
    ['5000000000', '0.11.3', 'stats @a =5000000000  (sign-suspect)'],
    ['5000000000', undefined, 'stats @a =5000000000'],
    ['-5', '0.17.0', 'stats @a =-5'],
  ])('%s of %s', (value, version, reading) => {
    expect(render(record(average(value), version === undefined ? {} : { version }))).toBe(reading);
  });

  it('are restored from the total of stats()', () => {
    const line = average('{"count": 2, "average": 9223372036854775800, "total": -15}');
    expect(render(record(line))).toBe('stats @a ={count: 2, average: -7, total: -15}  (repaired)');
    expect(render(record(line.replace('5800', '5799')))).toContain('average: 9223372036854775799n');
    expect(render(record(average('{"count": 2, "average": -7, "total": -15}')))).toBe(
      'stats @a ={count: 2, average: -7, total: -15}',
    );
  });
});

describe('records of 0.24+ (src/output/json.cpp)', () => {
  const rows: Row[] = [
    ['attached_probes of 0.24.0', '{"type":"attached_probes", "count":2}', 'attached_probes probes=2'],
    [
      'attached_probes',
      '{"type": "attached_probes", "count": 2, "data": {"probes": 2}}',
      'attached_probes probes=2',
    ],
    ['lost_events of 0.24.0', '{"type":"lost_events", "count":12}', 'lost_events events=12'],
    ['lost_events', '{"type": "lost_events", "count": 12, "data": {"events": 12}}', 'lost_events events=12'],
    [
      'runtime_error',
      '{"type": "runtime_error", "msg": "Divide", "filename": "a.bt", "line": 5, "col": 8}',
      'runtime_error msg="Divide" filename="a.bt" line=5 col=8',
    ],
    [
      'errorf',
      '{"type": "errorf", "msg": "9007199254740993", "filename": "a.bt", "line": 5, "col": 8}',
      'errorf msg="9007199254740993" filename="a.bt" line=5 col=8',
    ],
    [
      'errorf under its first name',
      '{"type": "print_error", "msg": "x", "filename": "a.bt", "line": 5, "col": 8}',
      'errorf msg="x" filename="a.bt" line=5 col=8',
    ],
    [
      'warnf (0.25+)',
      '{"type": "warnf", "msg": "x", "filename": "a.bt", "line": 5, "col": 8}',
      'warnf msg="x" filename="a.bt" line=5 col=8',
    ],
    [
      'helper_error',
      '{"type": "helper_error", "msg": "E", "helper": "map_update_elem", "retcode": -7, "filename": "a.bt", "line": 6, "col": 31}',
      'helper_error helper="map_update_elem" retcode=-7 msg="E" filename="a.bt" line=6 col=31',
    ],
    [
      'quoted integers',
      '{"type": "map", "data": {"@x": ["9007199254740993",9007199254740992,"18446744073709551615"]}}',
      'map @x =[9007199254740993n, 9007199254740992n, 18446744073709551615n]  (integer-guessed)',
    ],
    [
      'quoted hist limits',
      '{"type": "hist", "data": {"@h": [{"min": 9007199254740992, "max": "18014398509481983", "count": 1}]}}',
      'hist @h =[9007199254740992n..18014398509481983n:1]',
    ],
    [
      'text that is no quoted integer',
      '{"type": "map", "data": {"@x": ["0123456789012345678","99999999999999999999","9007199254740992","12"]}}',
      'map @x =["0123456789012345678", "99999999999999999999", "9007199254740992", "12"]',
    ],
    ['buffers as signed bytes', '{"type": "value", "data": [97,98,1,-1]}', 'value data=[97, 98, 1, -1]'],
    ['booleans and null', '{"type": "value", "data": [true,false,null]}', 'value data=[true, false, null]'],
    [
      'a struct without a key',
      '{"type": "map", "data": {"@x": {"tv_sec": 0, "tv_nsec": 1}}}',
      'map @x ["tv_sec"]=0 ["tv_nsec"]=1  (key-spaces-deleted, maybe-struct)',
    ],
    [
      'a nested key',
      '{"type": "map", "data": {"@x": {"1,(2,cd)": 4}}}',
      'map @x ["1","(2,cd)"]=4  (key-spaces-deleted, key-split-guessed)',
    ],
    [
      'tseries (0.25+)',
      '{"type": "tseries", "data": {"@t": [{"interval_start":"2026-01-01 10:00:00.5","value":5}]}}',
      'tseries @t =[{intervalStart: "2026-01-01 10:00:00.5", value: 5}]',
    ],
    [
      'tseries of 0.24',
      '{"type": "tseries", "data": {"@t": [{"interval_start":2026-01-01 10:00:00.5,"value":5},{"interval_start":2026-01-01 10:00:01.5,"value":null}]}}',
      'tseries @t =[{intervalStart: "2026-01-01 10:00:00.5", value: 5}, {intervalStart: "2026-01-01 10:00:01.5", value: null}]  (repaired)',
    ],
    [
      'tseries of integers that a double cannot hold',
      '{"type": "tseries", "data": {"@t": [{"interval_start":"x","value":"9007199254740993"},{"interval_start":"y","value":"-9007199254740993"}]}}',
      'tseries @t =[{intervalStart: "x", value: 9007199254740993n}, {intervalStart: "y", value: -9007199254740993n}]',
    ],
    ['an empty map of 0.24', '{"type": "map", "data": {"@x": {}}}', 'map @x '],
    [
      'test_result',
      '{"type": "test_result", "data": {"t": {"duration": 12, "passed": true, "output": ""}}}',
      'unknown recordType="test_result" fields={data: {t: {duration: 12, passed: true, output: ""}}}',
    ],
    [
      'benchmark_result',
      '{"type": "benchmark_result", "data": {"b": {"average": 12, "iters": 3}}}',
      'unknown recordType="benchmark_result" fields={data: {b: {average: 12, iters: 3}}}',
    ],
  ];
  it.each(rows)('reads %s', (_, line, reading) => {
    expect(render(record(line, { version: 'bpftrace v0.26.1' }))).toBe(reading);
  });

  it('reads the counts behind an escape as hexadecimal, those of maps and stats as decimal', () => {
    const lines = [
      '{"type": "attached_probes", "count": 1, "data": {"probes": 1}}',
      '{"type": "hist", "data": {"@h": [{"min": 0, "max": 0, "count": 20}]}}',
      '{"type": "printf", "data": "\\u0007"}',
      '{"type": "hist", "data": {"@h": [{"min": 0, "max": 0, "count": 14},{"min": 1, "max": 1, "count": a}]}}',
      '{"type": "lost_events", "count": 1f4, "data": {"events": 1f4}}',
      '{"type": "map", "data": {"@c": 20}}',
      '{"type": "stats", "data": {"@s": {"count": 20, "average": 3, "total": 60}}}',
      '{"type": "tseries", "data": {"@t": [{"interval_start":"x","value":ffffffffffffffec}]}}',
    ];
    expect(
      records(`${lines.join('\n')}\n`)
        .map(render)
        .slice(1),
    ).toEqual([
      'hist @h =[0..0:20]',
      'printf data="\\u0007"',
      'hist @h =[0..0:20, 1..1:10]  (hex-counts)',
      'lost_events events=500  (hex-counts)',
      'map @c =20',
      'stats @s ={count: 20, average: 3, total: 60}',
      'tseries @t =[{intervalStart: "x", value: -20}]  (hex-counts)',
    ]);
  });

  it('takes the escape of a key, a noise line taken for none', () => {
    const hist = '{"type": "hist", "data": {"@h": [{"min": 0, "max": 0, "count": 14}]}}';
    const inKey = records(`{"type": "map", "data": {"@k": {"\\u0001": 1}}}\n${hist}\n`, { generation: 'C' });
    expect(inKey.map(render)[1]).toBe('hist @h =[0..0:20]  (hex-counts)');
    const inNoise = records(`a child says \\u0001\n${hist}\n`, { generation: 'C' });
    expect(inNoise.map(render)[1]).toBe('hist @h =[0..0:14]');
  });

  it('knows the generation by the spacing of buckets when nothing else told it', () => {
    const escape = '{"type": "printf", "data": "\\u0007"}\n';
    const b = records(
      `${escape}{"type": "hist", "data": {"@h": [{"max": -1, "count": 10}, {"min": 0, "max": 0, "count": 11}]}}\n`,
    );
    expect(b.map(render)[1]).toBe('hist @h =[..-1:10, 0..0:11]');
    const c = records(
      `${escape}{"type": "hist", "data": {"@h": [{"max": -1, "count": 10},{"min": 0, "max": 0, "count": 11}]}}\n`,
    );
    expect(c.map(render)[1]).toBe('hist @h =[..-1:16, 0..0:17]  (hex-counts)');
    const struct = `{"type": "value", "data": {"m": 2}}\n${escape}`;
    const text = '{"type": "hist", "data": {"@h": [{"max": -1, "count": 10}]}}\n';
    expect(records(struct + text).map(render)[2]).toBe('hist @h =[..-1:16]  (hex-counts)');
    expect(records(struct.replace('{"m": 2}', '{ "m": 2 }') + text).map(render)[2]).toBe(
      'hist @h =[..-1:10]',
    );
    const unknown = records(`${escape}{"type": "hist", "data": {"@h": [{"max": -1, "count": 10}]}}\n`);
    expect(unknown.map(render)[1]).toBe('hist @h =[..-1:10]  (counts-suspect)');
  });
});

describe('keys', () => {
  const key = (line: string, version: string) => {
    const map = record(`{"type": "map", "data": {"@k": {${JSON.stringify(line)}: 1}}}`, { version });
    return map.type === 'map' ? map.entries[0] : undefined;
  };

  it.each([
    ['0.21.3', 'q\\"z', ['q\\"z']],
    ['0.22.0', 'q\\"z', ['q"z']],
    ['0.23.5', 'a\\\\b', ['a\\b']],
    ['0.23.5', 'a\\nb,2', ['a\nb', '2']],
    ['0.23.5', '\\uffffffc3\\uffffffa9', ['é']],
    ['0.23.5', '1,[2,"c \\"d"]', ['1', '[2,"c \\"d"]']],
    ['0.24.0', 'q\\"z', ['q\\"z']],
  ])('of %s: %j is %j', (version, line, parts) => {
    expect(key(line, version)?.key).toEqual(parts);
  });

  it('keep their order, integer-like or not, and repeat', () => {
    const map = record('{"type": "map", "data": {"@k": {"10": 1, "b": 2, "9": 3, "10": 4, "__proto__": 5}}}');
    expect(map.type === 'map' && map.entries.map(({ keyText, value }) => [keyText, value])).toEqual([
      ['10', 1],
      ['b', 2],
      ['9', 3],
      ['10', 4],
      ['__proto__', 5],
    ]);
  });

  it('are an empty list without a key, and one empty text for the empty key', () => {
    const scalar = record('{"type": "map", "data": {"@x": 1}}');
    const empty = record('{"type": "map", "data": {"@x": {"": 1}}}');
    expect(scalar.type === 'map' && scalar.entries[0]?.key).toEqual([]);
    expect(empty.type === 'map' && empty.entries[0]?.key).toEqual(['']);
  });

  it('of tuples and structs are split outside their brackets only', () => {
    expect(key('{.a=1,.b=2},7', '0.17.0')?.key).toEqual(['{.a=1,.b=2}', '7']);
    expect(key('(sd-pam,7', '0.17.0')?.key).toEqual(['(sd-pam', '7']);
  });
});

describe('strings', () => {
  it.each([
    ['sign-extended bytes', '\\uffffffe6\\uffffffbc\\uffffffa2', '漢'],
    ['raw UTF-8 (up to 0.16)', '\xe6\xbc\xa2', '漢'],
    ['raw and escaped bytes of one character', '\xe6\\uffffffbc\xa2', '漢'],
    ['four bytes', '\\fffffff0'.replace('\\f', '\\uf') + '\\uffffff9f\\uffffff99\\uffffff82', '🙂'],
    ['surrogates', '\\ud83d\\ude42', '🙂'],
    ['a plain U+FFFF', '\\uffff12', '\uffff12'],
    ['a byte that is ASCII is no sign extension', '\\uffffff41', '\uffffff41'],
    ['every short escape', '\\"\\\\\\/\\b\\f\\n\\r\\t', '"\\/\b\f\n\r\t'],
    ['a character at the end of many', `${'x'.repeat(60)}\\u0001`, `${'x'.repeat(60)}\u0001`],
  ])('%s', (_, escaped, text) => {
    const [first] = records(bytes(`{"type": "printf", "data": "${escaped}"}\n`));
    expect(first).toEqual({ type: 'printf', data: text, notes: [] });
  });

  it('that are not UTF-8 have U+FFFD in them and a note', () => {
    const [first] = records(bytes('{"type": "printf", "data": "ab\xc3"}\n'));
    expect(first).toEqual({ type: 'printf', data: 'ab\ufffd', notes: ['invalid-utf8'] });
  });

  it('with an escape that JSON does not know keep it, with a note', () => {
    expect(record('{"type": "printf", "data": "a\\qb"}')).toEqual({
      type: 'printf',
      data: 'a\\qb',
      notes: ['repaired'],
    });
  });
});

describe('a string of digits', () => {
  const line = '{"type": "map", "data": {"@id": {"1": "76561198000000001"}}}';

  it('is noted where it may be an integer that 0.24+ quoted, and text where it cannot', () => {
    const guessed = 'map @id ["1"]=76561198000000001n  (integer-guessed)';
    expect(render(record(line))).toBe(guessed);
    expect(render(record(line, { version: '0.26.1' }))).toBe(guessed);
    for (const version of ['0.17.0', '0.23.2']) {
      expect(render(record(line, { version }))).toBe('map @id ["1"]="76561198000000001"');
    }
  });

  it('is no guess where only integers can stand', () => {
    const hist = '{"type": "hist", "data": {"@h": [{"min": 0, "max": "18014398509481983", "count": 1}]}}';
    expect(record(hist, { generation: 'C' }).notes).toEqual([]);
  });
});

describe('structs', () => {
  it('take any field name, and have no prototype to reach', () => {
    const read = record('{"type": "value", "data": {"__proto__": 1, "constructor": 2}}');
    expect(read.type === 'value' && Object.entries(read.data as object)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    expect(Object.getPrototypeOf({})).not.toHaveProperty('1');
  });

  it('note a field that comes twice', () => {
    expect(render(record('{"type": "value", "data": {"a": 1, "a": 2}}'))).toBe(
      'value data={a: 2}  (duplicate-field)',
    );
  });
});

describe('lines', () => {
  it('of unknown types are kept whole', () => {
    expect(render(record('{"type": "novelty", "data": [1, 2, 1.5], "more": {"x": null}}'))).toBe(
      'unknown recordType="novelty" fields={data: [1, 2, "1.5"], more: {x: null}}  (repaired)',
    );
  });

  it('of known types may have fields that no version had yet', () => {
    expect(render(record('{"type": "printf", "new": 1, "data": "x", "newer": [2]}'))).toBe('printf data="x"');
  });

  it('of warnings and children are noise, and what stands before a record on its line', () => {
    const stream = [
      'stdin:1:9-15: WARNING: Return value discarded.',
      'BEGIN { delete(@x); }',
      '        ~~~~~~~~~~',
      '{"type": "attached_probes", "count": 1, "data": {"probes": 1}}',
      'a child',
      'unfinished{"type": "printf", "data": "x"}',
      '{"type": "printf", "data": "y"}{"type": "printf", "data": "z"} rest',
      '',
    ];
    expect(records(stream.join('\n')).map(render)).toEqual([
      'noise text="stdin:1:9-15: WARNING: Return value discarded."',
      'noise text="BEGIN { delete(@x); }"',
      'noise text="        ~~~~~~~~~~"',
      'attached_probes probes=1',
      'noise text="a child"',
      'noise text="unfinished"',
      'printf data="x"',
      'printf data="y"',
      'printf data="z"',
      'noise text="rest"',
    ]);
  });

  it('may end with a carriage return', () => {
    expect(records('{"type": "printf", "data": "x"}\r\n').map(render)).toEqual(['printf data="x"']);
  });
});
