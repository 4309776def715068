import assert from 'node:assert/strict';
import type { PrintedDiagnosis } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

export const hostLimits: Scenario = {
  name: 'host-limits',
  onRequest: true,
  purpose: 'Orphans, TCP memory, tasks, mappings, the limit of an application, file handles seen by a probe.',
  guestScript: 'host-limits.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  checks: {
    'the application held 40 connections and closed all others': (results) => {
      const { attempted, timedOut, failed } = results.load('full-client');
      // It answers none: those that it holds wait in vain.
      assert.deepEqual([attempted, timedOut, failed], [300, 40, { ECONNRESET: 260 }]);
    },
  },
  verdicts: [
    {
      diagnosis: 'orphans',
      code: 'orphan-limit',
      severity: 'warning',
      confidence: 0.8,
      kernel: (results, first) => {
        const aborts = Number(results.text('orphans.aborts'));
        assert.ok(aborts > 0);
        assert.equal(valueOf(first, 'TcpExt.TCPAbortOnMemory'), aborts);
        assert.match(results.text('dmesg'), /too many orphaned sockets/);
        return `nstat TCPAbortOnMemory ${aborts}, dmesg: too many orphaned sockets`;
      },
    },
    {
      diagnosis: 'tcp-memory',
      code: 'tcp-memory',
      confidence: 0.95,
      kernel: (results) => {
        const pages = Number(/^TCP: .* mem (\d+)$/m.exec(results.text('tcp-memory.sockstat'))?.[1]);
        assert.ok(pages >= 3000, `${pages} pages`);
        assert.match(results.text('dmesg'), /out of memory -- consider tuning tcp_mem/);
        return `sockstat mem ${pages} of 4000, dmesg: consider tuning tcp_mem`;
      },
    },
    {
      diagnosis: 'tasks',
      code: 'task-limit',
      confidence: 0.95,
      kernel: (results, first) => {
        const refused = Number(/^max (\d+)$/m.exec(results.text('tasks.events'))?.[1]);
        assert.equal(valueOf(first, 'pids.events'), refused);
        assert.equal(outOfTasks(results, 'forking'), refused);
        assert.match(results.text('dmesg'), /fork rejected by pids controller/);
        return `pids.events max ${refused}, dmesg: fork rejected by pids controller`;
      },
    },
    {
      diagnosis: 'mappings',
      code: 'map-count-limit',
      confidence: 0.9,
      kernel: (results, first) => {
        const lines = Number(results.text('mappings.lines'));
        assert.ok(lines >= 1199, `${lines} lines`);
        assert.ok((valueOf(first, 'mappings') ?? 0) >= 1199);
        assert.ok(outOfTasks(results, 'threads') > 0);
        return `${lines} lines in /proc/PID/maps, ${outOfTasks(results, 'threads')} threads refused`;
      },
    },
    {
      diagnosis: 'own-limit',
      code: 'application-limit',
      severity: 'warning',
      confidence: 0.5,
      kernel: (results) => {
        const [overflows, drops] = ['overflows', 'drops'].map(
          (name) =>
            Number(results.text(`own-limit.${name}-after`)) -
            Number(results.text(`own-limit.${name}-before`)),
        );
        assert.deepEqual([overflows, drops], [0, 0]);
        return 'ListenOverflows 0, ListenDrops 0; 260 of 300 reset by the server';
      },
    },
    {
      diagnosis: 'enfile',
      code: 'system-file-limit',
      confidence: 1,
      others: [['accept-queue-overflow', 'system-file-limit']],
      mayFollow: [['syn-queue-overflow', 'accept-queue-overflow']],
      kernel: (results) => {
        const [allocated = 0, , max = 0] = results.text('enfile.file-nr').trim().split(/\s+/).map(Number);
        assert.ok(allocated >= max);
        assert.match(results.text('dmesg'), /file-max limit \d+ reached/);
        return `file-nr ${allocated} of ${max}, dmesg: file-max limit reached`;
      },
    },
  ],
};

function valueOf(first: PrintedDiagnosis['findings'][number] | undefined, metric: string): number | null {
  const found = first?.evidence.filter((item) => item.metric === metric) ?? [];
  return found.length === 0 ? null : found.reduce((sum, item) => sum + (item.value ?? 0), 0);
}

/** What the server says when it ends. */
function outOfTasks(results: Results, server: string): number {
  return Number(/"outOfTasks":(\d+)/.exec(results.text(`${server}.out`))?.[1]);
}
