import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FINDING_CODES } from '../../src/diagnose/index.js';
import { scenarios } from '../kernel/scenarios/index.js';

const folder = new URL('../kernel/scenarios/', import.meta.url);

/** Codes that a check looks for, for want of a verdict: they come beside others, or are of files alone. */
const BY_A_CHECK: readonly (readonly [code: string, scenario: string])[] = [
  ['conntrack-early-drop', 'packet-losses'],
  ['sysctl-not-persistent', 'limits'],
];

/** Only kernels before Linux 4.12 have the setting and the counter; the oldest suite's is 5.10. */
const OF_OLDER_KERNELS: readonly string[] = ['paws-reject'];

test('every code is what some scenario makes a real kernel do', () => {
  const verdicts = scenarios.flatMap((scenario) => scenario.verdicts ?? []).map(({ code }) => code);
  const seen = new Set([...verdicts, ...BY_A_CHECK.map(([code]) => code), ...OF_OLDER_KERNELS]);
  expect(FINDING_CODES.filter((code) => !seen.has(code))).toEqual([]);
});

test.for(BY_A_CHECK)('%s is looked for by a check of %s', ([code, name]) => {
  expect(scenarios.map((scenario) => scenario.name)).toContain(name);
  expect(readFileSync(new URL(`${name}.ts`, folder), 'utf8')).toContain(`'${code}'`);
});
