import type { BpftraceRecord } from 'bpftrace-output-parser';
import { describe, expect, it } from 'vitest';

import { goldens, parse, readGolden, records } from './parse.js';
import { render, renderError, renderValue } from './render.js';

const VERSIONS = ['0.11.3', '0.17.0', '0.23.2', '0.27.1'] as const;

describe('every recorded output', () => {
  it.each(goldens())('of $version, $file, is read as reviewed', async ({ version, file, bytes }) => {
    const { records: read, errors } = parse(bytes, file === 'printf.txt' ? { format: 'text' } : {});
    const lines = [...read.map(render), ...errors.map(renderError)];
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`readings/${version}/${file}.reading`);
  });

  it('has no line that cannot be read and no record of an unknown type', () => {
    for (const { version, file, bytes } of goldens()) {
      const { records: read, errors } = parse(bytes);
      expect(errors, `${version} ${file}`).toEqual([]);
      expect(
        read.map(({ type }) => type),
        `${version} ${file}`,
      ).not.toContain('unknown');
    }
  });

  it('is read the same when format and version are given', () => {
    for (const { version, file, bytes } of goldens()) {
      // This program prints a line that is just like a JSON record: only `format` can tell.
      if (file === 'printf.txt') continue;
      const format = file.endsWith('.json') ? 'json' : 'text';
      const given = records(bytes, { format, version }).filter((record) => !isBlank(record));
      const found = records(bytes).filter((record) => !isBlank(record));
      // Only what had to be guessed is surer: notes may go.
      expect(given.map(withoutNotes), `${version} ${file}`).toEqual(found.map(withoutNotes));
    }
  });
});

function isBlank(record: BpftraceRecord): boolean {
  return record.type === 'text' && record.text === '';
}

function withoutNotes(record: BpftraceRecord): string {
  return render({ ...record, notes: [] });
}

describe('the same program on every version', () => {
  // Stated here, not taken from the parser: what the programs of test/bpftrace-json/programs put into the maps.
  const SCALARS = {
    '@': '1',
    '@a_negative': '-5',
    '@b_zero': '0',
    '@c_safe': '9007199254740991',
    '@d_double': '9007199254740992n',
    '@e_inexact': '9007199254740993n',
    '@f_int64_max': '9223372036854775807n',
    '@g_int64_min': '-9223372036854775808n',
    '@h_text': '"hello"',
    '@j_empty': '""',
    '@k_escapes': JSON.stringify('q"z \\ \n \u0001 é'),
  };

  it.each(VERSIONS)(
    '%s: integers are exact to 64 bits, and strings are what the program wrote',
    (version) => {
      const found = Object.fromEntries(
        records(readGolden(version, 'scalars.json')).flatMap((record) =>
          'entries' in record ? record.entries.map(({ value }) => [record.name, renderValue(value)]) : [],
        ),
      );
      expect(found).toMatchObject(SCALARS);
    },
  );

  it.each(VERSIONS)('%s: the digits of a string are the string again by String()', (version) => {
    const digits = records(readGolden(version, 'scalars.json')).find(
      (r) => 'name' in r && r.name === '@i_digits',
    );
    const value = digits?.type === 'map' ? digits.entries[0]?.value : undefined;
    expect(value).toBe(version === '0.27.1' ? 9007199254740993n : '9007199254740993');
    expect(`${value as string | bigint}`).toBe('9007199254740993');
  });

  const TEXT_KEYS = [
    'plain',
    'with space',
    'a,b',
    '(sd-pam)',
    'q"z',
    'back\\slash',
    'back\\new',
    'line\nbreak',
    '\u0001',
    'é漢',
    '',
    'a]: 5',
  ];

  it.each(['0.11.3', '0.17.0', '0.23.2'])('%s: keys are restored, once or twice escaped', (version) => {
    const map = records(readGolden(version, 'keys.json'), { version }).find(
      (r) => 'name' in r && r.name === '@c_text',
    );
    expect(map?.type === 'map' && map.entries.map(({ keyText, value }) => [keyText, value])).toEqual(
      TEXT_KEYS.map((key, i) => [key, i + 1]),
    );
  });

  it('0.27.1: keys have lost their spaces and outer brackets, and the record says so', () => {
    const map = records(readGolden('0.27.1', 'keys.json')).find((r) => 'name' in r && r.name === '@c_text');
    const lossy = TEXT_KEYS.map((key) => key.replace(/^\((.*)\)$/, '$1').replaceAll(' ', ''));
    expect(map?.type === 'map' && map.entries.map(({ keyText }) => keyText).sort()).toEqual(lossy.sort());
    expect(map?.notes).toContain('key-spaces-deleted');
  });

  it.each(VERSIONS)('%s: counts are 20 and 11 before and after an escape was printed', (version) => {
    const counts = records(readGolden(version, 'hexadecimal.json')).flatMap((record) =>
      record.type === 'hist' ? [record.entries.flatMap(({ value }) => value.map(({ count }) => count))] : [],
    );
    expect(counts).toEqual([[20, 0, 0, 0, 11], [20], [20, 0, 0, 0, 11], [20], [20, 0, 0, 0, 11], [20]]);
  });

  it('0.27.1: the values of a tseries are 20 and 40, or -20, after an escape too', () => {
    const values = records(readGolden('0.27.1', 'tseries.json')).flatMap((record) =>
      record.type === 'tseries' && (record.name === '@a' || record.name === '@b')
        ? [record.entries.flatMap((entry) => entry.value.map(({ value }) => value))]
        : [],
    );
    expect(values).toEqual([[20, 40], [-20], [20, 40], [-20], [20, 40], [-20]]);
  });
});

describe('text output', () => {
  /** Programs whose output does not depend on the moment, and whose text says as much as their JSON. */
  const PROGRAMS = [
    'aggregates',
    'hist',
    'hist-bits',
    'lhist',
    'many',
    'printed',
    'hexadecimal',
    'kinds',
    'cgroups',
  ];
  const pairs = VERSIONS.flatMap((version) => PROGRAMS.map((program) => ({ version, program }))).filter(
    ({ version, program }) => goldens().some((g) => g.version === version && g.file === `${program}.json`),
  );

  it.each(pairs)('of $version says of $program what the JSON output says', ({ version, program }) => {
    const json = entries(readGolden(version, `${program}.json`));
    const text = entries(readGolden(version, `${program}.txt`));
    expect(text.length).toBeGreaterThan(0);
    expect(text).toEqual(json);
  });

  /** Each entry of each map as a line; what one of the two formats cannot say is left out of both. */
  function entries(bytes: Uint8Array): string[] {
    const found = records(bytes).flatMap((record) =>
      'entries' in record
        ? record.entries.map(
            ({ key, value }) =>
              `${record.name}${JSON.stringify(key).replaceAll(' ', '')}=${renderValue(value)}`,
          )
        : [],
    );
    return found.filter((line) => !/^@(?:f_pointer|d_buf|j_names|k_negative)/.test(line)).sort();
  }
});
