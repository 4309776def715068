import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { compose, lookupsOfVariants } from '../../../src/sources/bpftrace/compose.js';
import { startProbes } from '../../../src/sources/bpftrace/probe-source.js';
import { dropReasonsOf, inspectSystem } from '../../../src/sources/bpftrace/system.js';
import { machine } from './machine.js';

test('a name that a shell would run is a name', async () => {
  const roots = machine();
  const folder = join(roots.proc, '$(touch pwned); touch pwned `touch pwned`');
  mkdirSync(folder);
  for (const name of ['bpftrace', 'setpriv'])
    if (existsSync(join(roots.path, name))) symlinkSync(join(roots.path, name), join(folder, name));
  const probes = startProbes({
    roots: { ...roots, path: folder },
    netns: 7,
    clock: () => 0,
    emit: () => undefined,
  });
  onTestFinished(() => probes.stop());
  await vi.waitFor(() => expect(probes.coverage.probes).toBe('attached'), { timeout: 20_000 });
  expect([process.cwd(), folder, roots.proc].filter((place) => existsSync(join(place, 'pwned')))).toEqual([]);
});

test('of what a machine tells, a whole number and nothing else gets into a program', async () => {
  const text = async (reasons: ReadonlyMap<string, number>): Promise<string> =>
    compose({ ...(await inspectSystem(machine(), lookupsOfVariants())), dropReasons: reasons }, new Map())
      .text;
  const known = await text(new Map([['NETFILTER_DROP', 7]]));
  expect(known).not.toContain('$1');
  const other = await text(dropReasonsOf('REC->reason, { 4711, "NETFILTER_DROP" })'));
  expect(other.replaceAll('4711', '7')).toBe(known);
});

test.for([
  '{ 7); system("reboot") //, "NETFILTER_DROP" }',
  '{ -1, "NETFILTER_DROP" }',
  `{ ${'9'.repeat(400)}, "NETFILTER_DROP" }`,
  '{ 0x7, "NETFILTER_DROP" }',
])('a reason that is no whole number is none: %s', (pair) => {
  expect([...dropReasonsOf(`REC->reason, ${pair})`)]).toEqual([]);
});
