import assert from 'node:assert/strict';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** How far the plan may be from what is measured. */
const TOLERANCE = 0.1;

export const sizing: Scenario = {
  name: 'sizing',
  purpose:
    'Idle connections for real, as many as the memory holds, against the bytes that the plan says of one.',
  guestScript: 'sizing.sh',
  memoryMiB: 1536,
  timeoutMs: 1_200_000,
  checks: {
    'all connections of the plan stand, each with its entry': (results) => {
      const count = Number(results.text('count'));
      assert.ok(count > 50_000, `only ${count}`);
      assert.equal(results.load('clients').succeeded, count);
      assert.ok(Number(results.text('entries')) >= count);
    },
    'nothing is queued: what is measured is idle connections': (results) => {
      const pages = Number(/^TCP:.* mem (\d+)$/m.exec(results.text('after.sockstat'))?.[1]);
      assert.ok(pages < 1000, `${pages} pages are queued`);
    },
    'the memory of a connection is within 10 % of the plan': (results) => {
      const measured = measuredBytes(results);
      const planned = plannedBytes(results);
      console.log(
        `sizing: ${results.text('count').trim()} connections, ${Math.round(measured)} bytes each with both ends, ${Math.round(planned)} planned`,
      );
      const off = Math.abs(measured - planned) / planned;
      assert.ok(off <= TOLERANCE, `${Math.round(measured)} bytes measured, ${Math.round(planned)} planned`);
    },
  },
};

/** Memory of the kernel per connection: what is in use, less what the processes themselves have. */
function measuredBytes(results: Results): number {
  const grown = (bytesAt: (name: string) => number): number => bytesAt('after') - bytesAt('before');
  const inUse = grown((name) => usedBytes(results.text(`${name}.meminfo`)));
  const ofProcesses = grown((name) => sumKib(results.text(`${name}.processes`)));
  return (inUse - ofProcesses) / Number(results.text('count'));
}

function usedBytes(meminfo: string): number {
  const kib = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1]);
  return (kib('MemTotal') - kib('MemFree') - kib('Buffers') - kib('Cached')) * 1024;
}

function sumKib(statuses: string): number {
  return [...statuses.matchAll(/(\d+) kB$/gm)].reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0);
}

interface PrintedPlan {
  readonly memory: { readonly perConnection: readonly { readonly part: string; readonly bytes: number }[] };
  readonly settings: readonly {
    readonly name: string;
    readonly needed: string | null;
    readonly costBytes: number | null;
  }[];
}

/** Both ends are here: two sockets and files, one epoll item as the client watches no connection that stands, one entry. */
function plannedBytes(results: Results): number {
  const { memory, settings } = results.json('plan.json') as PrintedPlan;
  const part = (name: string): number => {
    const found = memory.perConnection.find((item) => item.part === name);
    if (found === undefined) throw new Error(`the plan has no part ${name}`);
    return found.bytes;
  };
  const table = settings.find(({ name }) => name === 'net.netfilter.nf_conntrack_max');
  const entry = (table?.costBytes ?? NaN) / Number(table?.needed);
  return 2 * (part('socket') + part('file') + part('descriptor')) + part('epoll') + entry;
}
