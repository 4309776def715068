import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it, test } from 'vitest';
import { erlangLimitsOf, parseErlangLimits } from '../../../src/sources/listeners/erlang.js';

const BEAM = '/usr/lib/erlang/erts-13.1.5/bin/beam.smp';
const line = (...words: readonly string[]): string => `${[BEAM, ...words, '--', '-root', '/x'].join('\0')}\0`;

// Each was seen with OTP 25: erlang:system_info(port_limit), erlang:system_info(process_limit).
test.for<
  [
    what: string,
    cmdline: string,
    env: string | null,
    fdLimit: number | null,
    ports: number,
    processes: number | null,
  ]
>([
  ['no figure', line(), null, 1024, 65_536, null],
  ['figures that are rounded up', line('-Q', '3000', '-P', '100000'), null, 1024, 4096, 131_072],
  ['a figure beyond the default', line('-Q', '70000'), null, 20_000, 131_072, null],
  ['a figure joined to its flag', line('-Q262144'), null, null, 262_144, null],
  ['a word', line('-Q', 'legacy'), null, 1024, 65_536, null],
  ['a figure of the environment', line(), '70000', 1024, 131_072, null],
  ['both: the flag counts', line('-Q', '65536'), '200000', 1024, 65_536, null],
  ['no figure, and more descriptors', line(), null, 1_000_000, 1_048_576, null],
  [
    'a figure of the application, behind the dashes',
    `${BEAM}\0--\0-Q\x009999999\0`,
    null,
    1024,
    65_536,
    null,
  ],
  ['a figure that is none', line('-Q', '99999999999999'), null, 1024, 65_536, null],
])('%s', ([, cmdline, env, fdLimit, ports, processes]) => {
  expect(parseErlangLimits(cmdline, env, fdLimit)).toEqual({ ports, processes });
});

it('is read of an emulator alone', () => {
  const root = mkdtempSync(`${tmpdir()}/erlang-`);
  mkdirSync(`${root}/7`);
  writeFileSync(`${root}/7/cmdline`, line('-P', '262144'));
  writeFileSync(`${root}/7/environ`, 'HOME=/\0ERL_MAX_PORTS=200000\0');
  expect(erlangLimitsOf(root, { pid: 7, comm: 'beam.smp', fdLimit: 10 })).toEqual({
    ports: 262_144,
    processes: 262_144,
  });
  expect(erlangLimitsOf(root, { pid: 7, comm: 'mosquitto', fdLimit: 10 })).toBeNull();
  expect(erlangLimitsOf(root, { pid: 8, comm: 'beam.smp', fdLimit: 10 })).toBeNull();
});
