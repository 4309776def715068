import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { PrintedDiagnosis } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

export const otherLimits: Scenario = {
  name: 'other-limits',
  onRequest: true,
  purpose: 'File descriptors of a process, TIME_WAIT buckets, a SYN queue, file handles of the host.',
  guestScript: 'other-limits.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  checks: {
    'a server without file descriptors is named as the cause of the queue that overflows': (results) => {
      const { status, findings } = diagnosisOf(results, 'few-files');
      assert.equal(status, 'critical');
      assert.deepEqual(
        findings.map((one) => [one.code, one.causedBy]),
        [
          ['process-fd-limit', null],
          ['accept-queue-overflow', 'process-fd-limit'],
        ],
      );
      assert.deepEqual(levelOf(findings[0], 'RLIMIT_NOFILE'), [64, 64]);
      assert.equal(Number(results.text('few-files.fds')), 64);
      // The kernel went on counting between the last frame and nstat, or the other way round: not below, here.
      assert.ok((findings[1]?.refused ?? 0) >= numberIn(results, 'few-files.overflows'));
    },
    'TIME_WAIT beyond its buckets is a warning, with the kernel’s own count': (results) => {
      const { status, findings } = diagnosisOf(results, 'time-wait');
      assert.deepEqual([status, findings.map((one) => one.code)], ['warning', ['time-wait-overflow']]);
      assert.equal(
        growthOf(findings[0], 'TcpExt.TCPTimeWaitOverflow'),
        numberIn(results, 'time-wait.overflows'),
      );
    },
    'SYNs dropped at a full SYN queue are not taken for the accept queue': (results) => {
      const { status, findings } = diagnosisOf(results, 'syn-queue');
      assert.deepEqual([status, findings.map((one) => one.code)], ['critical', ['syn-queue-overflow']]);
      assert.equal(growthOf(findings[0], 'TcpExt.TCPReqQFullDrop'), numberIn(results, 'syn-queue.drops'));
    },
    'the file handles of the host': (results) => {
      const { status, findings } = diagnosisOf(results, 'file-max');
      assert.deepEqual([status, findings.map((one) => one.code)], ['critical', ['system-file-limit']]);
    },
  },
};

type Finding = PrintedDiagnosis['findings'][number];

function levelOf(finding: Finding | undefined, metric: string): (number | null | undefined)[] {
  const found = finding?.evidence.find((one) => one.metric === metric);
  return [found?.value, found?.limit];
}

function growthOf(finding: Finding | undefined, metric: string): number | null | undefined {
  return levelOf(finding, metric)[0];
}

function numberIn(results: Results, file: string): number {
  return Number(results.text(file));
}
