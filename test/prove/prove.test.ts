import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prove } from '../../src/prove/prove.js';
import type { Stall } from '../../src/prove/report.js';
import type { LoadEnd, RunningLoad } from '../../src/prove/start-load.js';
import { machine } from '../sources/bpftrace/machine.js';

const NETNS = 42;

/** The stand-in counts in that namespace 1,000 inserts, the last of them at its end, and 5 overflows at port 1883. */
const STALLS: readonly Stall[] = [
  { id: 'conntrack-insert', kernel: 1000, load: null, port: null, skipped: null },
  { id: 'accept-queue-syn', kernel: 5, load: 5, port: 1883, skipped: null },
  { id: 'no-descriptor', kernel: null, load: 3, port: 7007, skipped: null },
];

function load(end: LoadEnd): RunningLoad {
  return { ended: Promise.resolve(end), kill: () => undefined };
}

const verdicts = (hooks: readonly { hook: string; verdict: string }[]): Record<string, string> =>
  Object.fromEntries(hooks.map(({ hook, verdict }) => [hook, verdict]));

describe('the probes and a load', () => {
  test('are compared by the last figures, of the namespace of the load', async () => {
    const { refused, hooks } = await prove(machine(), () => load({ netns: NETNS, stalls: STALLS }));
    expect(refused).toBeNull();
    expect(verdicts(hooks)).toMatchObject({
      'conntrack-insert': 'proven',
      'tcp-syn': 'proven',
      'sys-accept': 'off',
      'sys-connect': 'unproven',
    });
  });

  test('of another namespace prove nothing of this one', async () => {
    const { hooks } = await prove(machine(), () => load({ netns: 43, stalls: STALLS }));
    expect(verdicts(hooks)).toMatchObject({ 'conntrack-insert': 'off', 'tcp-syn': 'off' });
  });
});

describe('nothing is proven', () => {
  test.for<[string, LoadEnd]>([
    ['refuses', { refused: 'this network namespace is in use' }],
    ['fails', { failed: 'unshare failed: Operation not permitted' }],
  ])('where the load %s', async ([, end]) => {
    const { refused, hooks } = await prove(machine(), () => load(end));
    expect(refused).toBe(Object.values(end)[0]);
    expect(hooks.every(({ verdict }) => verdict === 'unproven')).toBe(true);
  });

  test('where there is no program to make a namespace with', async () => {
    expect(await prove(machine(), () => 'unshare (util-linux) is not installed')).toMatchObject({
      refused: 'unshare (util-linux) is not installed',
    });
  });

  test('where the probes do not attach', async () => {
    const { refused } = await prove(machine({ bpftrace: 'exits-at-once' }), () => {
      throw new Error('no load may be made');
    });
    expect(refused).toMatch(/bpftrace/);
  });

  test('where bpftrace ends during the load', async () => {
    const roots = machine();
    const end = async (): Promise<LoadEnd> => {
      process.kill(Number(readFileSync(join(roots.proc, 'pids'), 'utf8').trim()), 'SIGKILL');
      return Promise.resolve({ netns: NETNS, stalls: STALLS });
    };
    const { refused } = await prove(roots, () => ({ ended: end(), kill: () => undefined }));
    expect(refused).toBe('bpftrace fell silent or ended during the load');
  });
});
