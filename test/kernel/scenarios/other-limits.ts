import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { PrintedDiagnosis } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';
import type { Verdict } from '../verdicts.js';

export const otherLimits: Scenario = {
  name: 'other-limits',
  purpose: 'File descriptors of a process, TIME_WAIT buckets, a SYN queue, file handles of the host.',
  guestScript: 'other-limits.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  checks: {
    'the server stood at its limit of files': (results) => {
      assert.equal(numberIn(results, 'few-files.fds'), 64);
    },
  },
  verdicts: [
    {
      diagnosis: 'few-files',
      code: 'process-fd-limit',
      confidence: 0.95,
      others: [['accept-queue-overflow', 'process-fd-limit']],
      kernel: (results, first) => {
        assert.deepEqual(levelOf(first, 'RLIMIT_NOFILE'), [64, 64]);
        const overflows = numberIn(results, 'few-files.overflows');
        const [, second] = diagnosisOf(results, 'few-files').findings;
        // The kernel went on counting between nstat and the last frame.
        assert.ok((second?.refused ?? 0) >= overflows && overflows > 0);
        return `${numberIn(results, 'few-files.fds')} files in /proc/PID/fd, ListenOverflows ${overflows}`;
      },
    },
    {
      diagnosis: 'time-wait',
      code: 'time-wait-overflow',
      severity: 'warning',
      confidence: 0.9,
      kernel: counted('TcpExt.TCPTimeWaitOverflow', 'time-wait.overflows'),
    },
    {
      diagnosis: 'syn-queue',
      code: 'syn-queue-overflow',
      confidence: 0.9,
      kernel: counted('TcpExt.TCPReqQFullDrop', 'syn-queue.drops'),
    },
    {
      diagnosis: 'file-max',
      code: 'system-file-limit',
      confidence: 0.9,
      kernel: (results, first) => {
        const [allocated = 0, , max = 0] = results.text('file-max.file-nr').trim().split(/\s+/).map(Number);
        assert.ok(allocated >= max);
        assert.equal(levelOf(first, 'fs.file-nr.allocated')[1], max);
        return `file-nr ${allocated} of ${max}`;
      },
    },
  ],
};

type Finding = PrintedDiagnosis['findings'][number];

function levelOf(finding: Finding | undefined, metric: string): (number | null | undefined)[] {
  const found = finding?.evidence.find((item) => item.metric === metric);
  return [found?.value, found?.limit];
}

function growthOf(finding: Finding | undefined, metric: string): number | null | undefined {
  return levelOf(finding, metric)[0];
}

/** The kernel's own counter says just what the finding says, and not 0. */
function counted(metric: string, file: string): Verdict['kernel'] {
  return (results, first) => {
    const said = numberIn(results, file);
    assert.ok(said > 0);
    assert.equal(growthOf(first, metric), said);
    return `nstat ${metric} ${said}`;
  };
}

function numberIn(results: Results, file: string): number {
  return Number(results.text(file));
}
