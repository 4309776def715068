import {
  createParser,
  defineMaps,
  type BpftraceInteger,
  type BpftraceParseErrorCode,
  type BpftraceRecord,
  type BpftraceRecordType,
  type BpftraceStreamItem,
  type HistBucket,
  type MapRecord,
  parseRecords,
} from 'bpftrace-output-parser';
import { describe, expectTypeOf, it } from 'vitest';

// The assertions are checked by `npm run typecheck`; running them only proves that the exports exist.
describe('types', () => {
  it('narrow a record by its type', () => {
    expectTypeOf<Extract<BpftraceRecord, { type: 'map' }>>().toEqualTypeOf<MapRecord>();
    expectTypeOf<Extract<BpftraceRecord, { type: 'printf' }>['data']>().toEqualTypeOf<string>();
    expectTypeOf<Extract<BpftraceRecord, { type: 'hist' }>['entries'][number]['value']>().toEqualTypeOf<
      readonly HistBucket[]
    >();
    expectTypeOf<BpftraceInteger>().toEqualTypeOf<number | bigint>();
  });

  it('let a switch be exhaustive', () => {
    const group = (type: BpftraceRecordType): 'data' | 'event' | 'problem' | 'other' => {
      switch (type) {
        case 'map':
        case 'stats':
        case 'hist':
        case 'tseries':
        case 'value':
          return 'data';
        case 'printf':
        case 'time':
        case 'cat':
        case 'join':
        case 'syscall':
        case 'text':
          return 'event';
        case 'lost_events':
        case 'helper_error':
        case 'runtime_error':
        case 'errorf':
        case 'warnf':
          return 'problem';
        case 'attached_probes':
        case 'noise':
        case 'unknown':
          return 'other';
      }
    };
    expectTypeOf(group).returns.toBeString();
    const code = 'bad-json' as BpftraceParseErrorCode;
    expectTypeOf(code).toEqualTypeOf<
      'bad-json' | 'bad-record' | 'truncated' | 'line-too-long' | 'buffer-full' | 'too-deep'
    >();
  });

  it('give declared maps their keys and values', () => {
    const maps = defineMaps({
      '@total': { value: 'integer' },
      '@by': { key: ['integer', 'text'], value: 'hist' },
    });
    const read = maps.read({ type: 'noise', text: '', notes: [] });
    expectTypeOf(read).toBeNullable();
    type Read = NonNullable<typeof read>;
    expectTypeOf<Read['name']>().toEqualTypeOf<'@total' | '@by'>();
    type By = Extract<Read, { name: '@by' }>['entries'][number];
    expectTypeOf<By['key']>().toEqualTypeOf<readonly [BpftraceInteger, string]>();
    expectTypeOf<By['value']>().toEqualTypeOf<readonly HistBucket[]>();
    type Total = Extract<Read, { name: '@total' }>['entries'][number];
    expectTypeOf<Total['key']>().toEqualTypeOf<readonly []>();
    expectTypeOf<Total['value']>().toEqualTypeOf<BpftraceInteger>();
    // @ts-expect-error -- a kind that does not exist
    defineMaps({ '@x': { value: 'float' } });
  });

  it('of parsers, streams and iterators fit together', () => {
    expectTypeOf(createParser).parameter(0).toHaveProperty('onRecord');
    expectTypeOf(parseRecords([])).toExtend<AsyncIterable<BpftraceStreamItem>>();
    // @ts-expect-error -- errors must be handled
    createParser({ onRecord: () => undefined });
  });
});
