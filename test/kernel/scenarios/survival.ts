import assert from 'node:assert/strict';
import { diagnosisOf, lastInCapture } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

const capture = 'survival.ctd.gz';

/** A look at a sick host ended with that code and a diagnosis. */
function looked(results: Results, name: string, exitCode: number) {
  assert.equal(results.text(`${name}-exit`).trim(), String(exitCode), results.text(`${name}.err`));
  return diagnosisOf(results, name);
}

export const survival: Scenario = {
  name: 'survival',
  onRequest: true,
  purpose:
    'bpftrace killed and stopped, clocks set, namespaces that vanish, no descriptors, no ports, lockdown.',
  guestScript: 'survival.sh',
  memoryMiB: 2048,
  timeoutMs: 1_500_000,
  checks: {
    'bpftrace that was killed, then stopped, left gaps with their reasons, and nothing else did': (
      results,
    ) => {
      const reasons = diagnosisOf(results, 'diagnosis').coverage.gaps.map((gap) => gap.reason);
      const said = reasons.join('; ');
      // A guest that is starved of CPU has silences of its own.
      assert.equal(reasons.filter((reason) => reason.includes('was killed by SIGKILL')).length, 2, said);
      assert.ok(reasons.filter((reason) => reason.includes('is silent')).length >= 1, said);
      assert.ok(
        reasons.every((reason) => /was killed by SIGKILL|is silent/.test(reason)),
        said,
      );
    },
    'what was opened while probes were there is counted exactly, over restarts; the rest is in no figure': (
      results,
    ) => {
      const opened = ['first', 'second', 'third', 'while-stopped', 'last'].map((name) => {
        const { attempted, succeeded } = results.load(name);
        assert.equal(succeeded, attempted, name);
        return succeeded;
      });
      const netns = Number(results.text('server-netns'));
      assert.equal(
        lastInCapture(results, capture, 'probe.insert', netns),
        opened.reduce((sum, value) => sum + value, 0),
      );
      // The kernel knows of those, too.
      assert.equal(results.oracles('after').conntrackCount, 215);
    },
    'a clock that was set an hour forward and back does not move the seconds that were recorded': (
      results,
    ) => {
      const { seconds } = diagnosisOf(results, 'diagnosis').window;
      const real = Number(results.text('seconds'));
      assert.ok(Math.abs(seconds - real) < 60, `${seconds} s recorded in ${real} s`);
    },
    'nothing was refused, so nothing is said to be': (results) => {
      const { status, findings } = diagnosisOf(results, 'diagnosis');
      assert.deepEqual([status, findings], ['ok', []]);
    },
    'with 16 descriptors left at a full table it raises its limit, attaches, and names the table': (
      results,
    ) => {
      const { findings, coverage } = looked(results, 'full-table', 2);
      assert.equal(coverage.probes, 'attached', coverage.reason ?? '');
      assert.deepEqual(
        findings.map((finding) => finding.code),
        ['conntrack-table-full'],
      );
      const level = findings[0]?.evidence.find((item) => item.metric === 'net.netfilter.nf_conntrack_count');
      assert.deepEqual([level?.value, level?.limit], [600, 600]);
    },
    'without a free port it sees as much': (results) => {
      assert.equal(looked(results, 'no-ports', 2).coverage.probes, 'attached');
    },
    'who may not raise the limit is told in a sentence': (results) => {
      assert.equal(results.text('few-files-user-exit').trim(), '69');
      assert.match(results.text('few-files-user.err'), /^ctdiag: The limit of open files is 36, .*\n$/);
    },
    'where no sysctl can be read the limits are unknown and named, not 0': (results) => {
      const { findings, coverage } = looked(results, 'no-sysctls', 0);
      assert.deepEqual(findings, []);
      const unread = coverage.unreadable.map((item) => item.what);
      assert.ok(
        unread.some((what) => /nf_conntrack|conntrack/.test(what)),
        unread.join(', '),
      );
      assert.ok(unread.includes('/proc/sys/fs/file-max'), unread.join(', '));
    },
    'a kernel that is locked down is named': (results) => {
      if (!results.has('locked-down-exit')) return;
      const { coverage } = looked(results, 'locked-down', 2);
      assert.equal(coverage.probes, 'off');
      assert.match(coverage.reason ?? '', /locked down \(confidentiality\)/);
    },
  },
};
