import { fileURLToPath } from 'node:url';

import {
  createParser,
  defineMaps,
  generationOf,
  isInteger,
  isStruct,
  isTuple,
  type BpftraceInteger,
  type BpftraceParseErrorCode,
  type BpftraceRecord,
  type BpftraceRecordType,
  type BpftraceStreamItem,
  type BpftraceValue,
  type HistBucket,
  type MapRecord,
  parseRecords,
} from 'bpftrace-output-parser';
import ts from 'typescript';
import { describe, expect, expectTypeOf, it } from 'vitest';

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

  it('let a value be narrowed to all that it can be', () => {
    const kind = (value: BpftraceValue): string => {
      if (isStruct(value)) return Object.keys(value).join();
      if (isTuple(value)) return kind(value[0] ?? null);
      if (isInteger(value)) return value.toString(16);
      expectTypeOf(value).toEqualTypeOf<string | boolean | null>();
      return typeof value;
    };
    expect([{ a: 1 }, [255], 'x', null].map((value) => kind(value as BpftraceValue))).toEqual([
      'a',
      'ff',
      'string',
      'object',
    ]);
  });

  it('take a version that may not be known', () => {
    const known: string | undefined = undefined;
    const given = { onRecord: () => undefined, onError: () => undefined };
    createParser({ ...given, generation: generationOf('?'), version: known, format: undefined });
  });

  it('need neither the DOM nor @types/node', () => {
    const user = `
      import { createRecordStream, parseRecords } from './index.js';
      export const stream: { readable: object } = createRecordStream();
      export const items = parseRecords([new Uint8Array(1), new ArrayBuffer(1), '']);`;
    expect(problems(user, ['lib.es2023.d.ts'])).toEqual([]);
    const piped = `
      import { createRecordStream } from './index.js';
      export const read = (source: ReadableStream<Uint8Array>) =>
        source.pipeThrough(createRecordStream()).getReader().read().then(({ value }) => value?.type);`;
    expect(problems(piped, ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'])).toEqual([]);
  }, 120_000);

  it('of parsers, streams and iterators fit together', () => {
    expectTypeOf(createParser).parameter(0).toHaveProperty('onRecord');
    expectTypeOf(parseRecords([])).toExtend<AsyncIterable<BpftraceStreamItem>>();
    // @ts-expect-error -- errors must be handled
    expect(() => createParser({ onRecord: () => undefined })).toThrow(TypeError);
  });
});

const SOURCE = fileURLToPath(new URL('../../src/bpftrace-output-parser/src/', import.meta.url));

let published: ReadonlyMap<string, string> | undefined;

/** What the compiler says of a program that has only the package's declarations and these libraries. */
function problems(user: string, lib: string[]): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    types: [],
    skipDefaultLibCheck: true,
  };
  published ??= declarations({ ...options, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'] });
  const files = new Map(published);
  files.set(`${SOURCE}user.ts`, user);
  const host = ts.createCompilerHost(options);
  const fileExists = host.fileExists.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  host.fileExists = (name) => (name.startsWith(SOURCE) ? files.has(name) : fileExists(name));
  host.getSourceFile = (name, languageVersion) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile(name, languageVersion)
      : ts.createSourceFile(name, text, languageVersion);
  };
  const program = ts.createProgram([`${SOURCE}user.ts`], { ...options, noEmit: true, lib }, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** The package's declarations, as they are published. */
function declarations(options: ts.CompilerOptions): Map<string, string> {
  const files = new Map<string, string>();
  const program = ts.createProgram([`${SOURCE}index.ts`], {
    ...options,
    declaration: true,
    emitDeclarationOnly: true,
  });
  program.emit(undefined, (name, text) => files.set(name, text));
  return files;
}
