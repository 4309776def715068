import { expect, test } from 'vitest';
import { lookupsOfVariants } from '../../../src/sources/bpftrace/compose.js';
import { obstacleTo } from '../../../src/sources/bpftrace/obstacle.js';
import { capabilitiesIn, inspectSystem } from '../../../src/sources/bpftrace/system.js';
import { machine } from './machine.js';

/** As /proc/self/status shows them: bits in capability.h's order. */
const status = (...bits: number[]): string => {
  const mask = bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
  return `Name:\tnode\nCapPrm:\tffffffffffffffff\nCapEff:\t${mask.toString(16).padStart(16, '0')}\nCapBnd:\t0\n`;
};
const [OVERRIDE, SEARCH, SYS_ADMIN, PERFMON, BPF] = [1, 2, 21, 38, 39];

async function told(
  isRoot: boolean,
  version: string,
  bits: readonly number[] | null,
): Promise<string | null> {
  const system = await inspectSystem(machine(), lookupsOfVariants());
  const capabilities = bits === null ? null : capabilitiesIn(status(...bits));
  const obstacle = obstacleTo({ ...system, isRoot, capabilities, bpftraceVersion: version });
  return obstacle === null ? null : `${obstacle.code}: ${obstacle.what}`;
}

test.for([
  ['root whose capabilities are not known', true, '0.17.0', null, null],
  ['root with all it needs', true, '0.17.0', [BPF, PERFMON], null],
  ['root with what covers both', true, '0.17.0', [SYS_ADMIN], null],
  ['root in a container', true, '0.17.0', [OVERRIDE], 'no-capability: root without CAP_BPF, CAP_PERFMON'],
  ['root without one', true, '0.27.1', [BPF], 'no-capability: root without CAP_PERFMON'],
  ['a user', false, '0.27.1', [], /^not-root: not root, and without CAP_BPF, CAP_PERFMON, CAP_DAC_READ_S/],
  ['a user with all, and a bpftrace for any user', false, '0.25.0', [BPF, PERFMON, SEARCH, OVERRIDE], null],
  [
    'a user with all, and one for root only',
    false,
    '0.24.2',
    [BPF, PERFMON, SEARCH, OVERRIDE],
    'not-root: not root',
  ],
  [
    'a user who may not read',
    false,
    '0.25.0',
    [BPF, PERFMON],
    /^not-root: .* CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE$/,
  ],
  ['a user whose capabilities are not known', false, '0.27.1', null, 'not-root: not root'],
] as const)('%s', async ([, isRoot, version, bits, expected]) => {
  const words = await told(isRoot, version, bits);
  if (expected instanceof RegExp) expect(words).toMatch(expected);
  else expect(words).toBe(expected);
});

test('a status that tells no capabilities is no status without any', () => {
  expect(capabilitiesIn('')).toBeNull();
  expect(capabilitiesIn('CapEff:\t00000000000000zz\n')).toBeNull();
  expect(capabilitiesIn(status())).toEqual(new Set());
});
