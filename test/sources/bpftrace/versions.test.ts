import { expect, test } from 'vitest';
import { printsOnRequest, startOptions } from '../../../src/sources/bpftrace/versions.js';

test.for([
  [[0, 11], [], 'BPFTRACE_MAP_KEYS_MAX'],
  [[0, 17], ['-q', '--no-warnings'], 'BPFTRACE_MAP_KEYS_MAX'],
  [[0, 23], ['-q', '--no-warnings'], 'BPFTRACE_MAX_MAP_KEYS'],
  [[0, 27], ['-q', '--no-warnings'], 'BPFTRACE_MAX_MAP_KEYS'],
] as const)('bpftrace %s is started with what it knows', ([version, quiet, variable]) => {
  expect(startOptions(version, 1024)).toEqual({
    options: [...quiet, '-f', 'json', '-B', 'line'],
    environment: { BPFTRACE_MISSING_PROBES: 'warn', [variable]: '1024' },
  });
  expect(Object.keys(startOptions(version, null).environment)).toEqual(['BPFTRACE_MISSING_PROBES']);
});

test('only a bpftrace that is not ended by SIGUSR1 is asked for its figures by it', () => {
  expect(printsOnRequest([0, 11])).toBe(false);
  expect([[0, 17] as const, [0, 23] as const, [0, 27] as const].map(printsOnRequest)).toEqual([
    true,
    true,
    true,
  ]);
});
