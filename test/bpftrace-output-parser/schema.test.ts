import { defineMaps } from 'bpftrace-output-parser';
import { describe, expect, it } from 'vitest';

import { readGolden, record, records } from './parse.js';

const maps = defineMaps({
  '@total': { value: 'integer' },
  '@by': { key: ['integer', 'text', 'integer'], value: 'integer' },
  '@name': { key: ['text'], value: 'text' },
  '@place': { value: 'struct' },
  '@a': { value: 'hist' },
  '@s': { value: 'stats' },
});

describe('declared maps', () => {
  it.each([
    ['1,a,b,7', [1, 'a,b', 7]],
    ['-1,,7', [-1, '', 7]],
    ['9007199254740993,x,0x10', [9007199254740993n, 'x', 16]],
  ])('have the key %j apart by their kinds', (key, parts) => {
    const map = maps.read(record(`{"type": "map", "data": {"@by": {${JSON.stringify(key)}: 3}}}`));
    expect(map).toEqual({ name: '@by', entries: [{ key: parts, value: 3 }], misfits: [] });
  });

  it.each(['1,a', 'x,a,7', '1', ''])('keep the entry of a key %j that does not fit apart', (key) => {
    const map = maps.read(record(`{"type": "map", "data": {"@by": {${JSON.stringify(key)}: 3}}}`));
    expect(map?.entries).toEqual([]);
    expect(map?.misfits).toMatchObject([{ keyText: key, value: 3 }]);
  });

  it('keep a value of another kind apart', () => {
    expect(maps.read(record('{"type": "map", "data": {"@total": "x"}}'))).toMatchObject({
      entries: [],
      misfits: [{ value: 'x' }],
    });
    expect(maps.read(record('{"type": "map", "data": {"@total": {"1": 2}}}'))?.misfits).toHaveLength(1);
  });

  it('take a text whole, commas and digits and all', () => {
    const map = maps.read(
      record('{"type": "map", "data": {"@name": {"a, b": "9007199254740993"}}}', { generation: 'C' }),
    );
    expect(map?.entries).toEqual([{ key: ['a, b'], value: '9007199254740993' }]);
  });

  it('make a struct of what 0.24+ prints like a keyed map', () => {
    const line = '{"type": "map", "data": {"@place": {"tv_sec": 0, "tv_nsec": 5}}}';
    const old = '{"type": "map", "data": {"@place": { "tv_sec": 0, "tv_nsec": 5 }}}';
    for (const read of [maps.read(record(line, { generation: 'C' })), maps.read(record(old))]) {
      expect(read?.entries).toEqual([{ key: [], value: { tv_sec: 0, tv_nsec: 5 } }]);
    }
  });

  it('of aggregates are read, in JSON and in text', () => {
    for (const file of ['printed.json', 'printed.txt']) {
      const stats = records(readGolden('0.17.0', file))
        .map((r) => maps.read(r))
        .filter((m) => m?.name === '@s');
      expect(stats.length, file).toBeGreaterThan(1);
      for (const map of stats)
        expect(map.entries).toEqual([{ key: [], value: { count: 2, average: 7, total: 14 } }]);
    }
  });

  it('leave out other maps and other records', () => {
    expect(maps.read(record('{"type": "map", "data": {"@other": 1}}'))).toBeUndefined();
    expect(maps.read(record('{"type": "printf", "data": "@total"}'))).toBeUndefined();
    expect(maps.read(record('{"type": "map", "data": {"toString": 1}}'))).toBeUndefined();
  });
});
