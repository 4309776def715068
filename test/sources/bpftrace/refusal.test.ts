import { expect, test } from 'vitest';
import { compose, lookupsOfVariants } from '../../../src/sources/bpftrace/compose.js';
import { refusedVariant } from '../../../src/sources/bpftrace/refusal.js';
import { inspectSystem } from '../../../src/sources/bpftrace/system.js';
import { machine } from './machine.js';

const stock = async () => compose(await inspectSystem(machine(), lookupsOfVariants()), new Map());

test('a refusal is told by the error that it was for, not by the one that bpftrace goes on after', async () => {
  // As root without CAP_SYS_RESOURCE gets it from bpftrace 0.17.
  const complaint = [
    "ERROR: Unknown error -1: couldn't set RLIMIT_MEMLOCK for bpftrace. If your program is not loading, you can try",
    "ERROR: Error attaching probe: 'kretfunc:nf_conntrack:early_drop'",
    '',
  ].join('\n');
  expect(refusedVariant(complaint, await stock(), new Map())).toEqual({
    variant: 'conntrack-drop/conntrack-drop.fexit.bt',
    why: "ERROR: Error attaching probe: 'kretfunc:nf_conntrack:early_drop'",
  });
});

test('a complaint that names no hook is about none', async () => {
  expect(refusedVariant('ERROR: Could not create map\n', await stock(), new Map())).toBeNull();
});

test.for([
  ['a line and its columns', (line: number) => `stdin:${line}:1-7: ERROR: Unknown`],
  [
    'lines, from the end of the fragment before',
    (line: number) => `stdin:${line - 2}-${line}: ERROR: Unknown`,
  ],
] as const)('the hook is found by %s', async ([, complain]) => {
  const { text, hooks, ...rest } = await stock();
  const lines = text.split('\n');
  for (const [place, hook] of [
    ['kretfunc:nf_conntrack:early_drop', 'conntrack-drop'],
    ['kfunc:nf_conntrack:nf_ct_destroy', 'conntrack-destroy'],
    ['kfunc:tcp_conn_request', 'tcp-syn'],
  ] as const) {
    const complaint = complain(lines.indexOf(place) + 1);
    const refusal = refusedVariant(complaint, { text, hooks, ...rest }, new Map());
    expect(refusal?.variant).toMatch(new RegExp(`^${hook}/`));
  }
});
