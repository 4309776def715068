import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';
import type { Verdict } from '../verdicts.js';

export const fixesWork: Scenario = {
  name: 'fixes-work',
  onRequest: true,
  purpose:
    'The fixes of a full table, a process without descriptors and a short queue, pasted as they are printed.',
  guestScript: 'fixes-work.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  checks: {
    'with room in the table every client gets in': (results) => {
      assert.equal(results.load('table-client').succeeded, 450);
      assert.equal(Number(results.text('table.raised')), 65_536);
    },
    'what keeps the limit sets it at the next boot, after the module is loaded': (results) => {
      assert.deepEqual(results.text('table.kept').trim().split('\n'), [
        'net.netfilter.nf_conntrack_max = 65536',
        'nf_conntrack',
      ]);
      assert.equal(Number(results.text('table.kept-max')), 65_536);
    },
    'the line that takes it back leaves nothing': (results) => {
      assert.equal(Number(results.text('table.undone')), 300);
      assert.equal(results.text('table.left'), '');
    },
    'the cost is told by the size of an entry that /proc/slabinfo gives': (results) => {
      const size = /^nf_conntrack +\d+ +\d+ +(\d+) /.exec(results.text('table.slab'))?.[1];
      assert.match(
        effectOf(results, 'table-before'),
        new RegExp(`${String(size)} bytes an entry, from /proc/slabinfo`),
      );
    },
    'with more descriptors every client is answered': (results) => {
      assert.equal(results.load('files-client').succeeded, 100);
    },
    'with a longer queue every client gets in': (results) => {
      assert.equal(results.load('long-client').succeeded, 40);
      assert.match(results.text('queue.listener'), /^LISTEN +40 +4096 /);
    },
  },
  verdicts: [
    before('table', 'conntrack-table-full'),
    after('table'),
    before('files', 'process-fd-limit'),
    after('files'),
    before('queue', 'accept-queue-overflow'),
    after('queue'),
  ],
};

function before(name: string, code: string): Verdict {
  return {
    diagnosis: `${name}-before`,
    code,
    confidence: 0.85,
    mayFollow: [
      ['syn-queue-overflow', 'accept-queue-overflow'],
      ['accept-queue-overflow', 'process-fd-limit'],
    ],
    kernel: (results) => `pasted: ${results.text(`${name}.command`).trim()}`,
  };
}

function after(name: string): Verdict {
  return { diagnosis: `${name}-after`, code: null, kernel: () => 'every client got in' };
}

function effectOf(results: Results, name: string): string {
  return diagnosisOf(results, name).findings[0]?.fixes[0]?.effect ?? '';
}
