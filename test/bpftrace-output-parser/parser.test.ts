import { createParser, type BpftraceRecord } from 'bpftrace-output-parser';
import { describe, expect, it } from 'vitest';

function parse(text: string): BpftraceRecord[] {
  const records: BpftraceRecord[] = [];
  const parser = createParser({
    onRecord: (record) => records.push(record),
    onError: (error) => {
      throw error;
    },
  });
  parser.feed(text);
  parser.end();
  return records;
}

describe('records of 0.17.0', () => {
  it('reads a scalar map as one entry without a key', () => {
    expect(parse('{"type": "map", "data": {"@x": 1}}\n')).toEqual([
      { type: 'map', name: '@x', entries: [{ key: [], keyText: '', value: 1 }], notes: [] },
    ]);
  });

  it('splits a key of integers', () => {
    expect(parse('{"type": "map", "data": {"@k": {"7,2": 3}}}\n')).toEqual([
      { type: 'map', name: '@k', entries: [{ key: ['7', '2'], keyText: '7,2', value: 3 }], notes: [] },
    ]);
  });

  it('restores UTF-8 from sign-extended escapes', () => {
    expect(parse('{"type": "printf", "data": "h\\uffffffc3\\uffffffa9 \\u0001\\n"}\n')).toEqual([
      { type: 'printf', data: 'hé \u0001\n', notes: [] },
    ]);
  });
});
