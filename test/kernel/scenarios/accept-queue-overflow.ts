import assert from 'node:assert/strict';
import { diagnosisOf, lastInCapture } from '../capture.js';
import type { Scenario } from '../scenario.js';

export const acceptQueueOverflow: Scenario = {
  name: 'accept-queue-overflow',
  purpose: 'A listener with backlog 16 that does not accept, and 200 connects, seen by ctdiag.',
  guestScript: 'accept-queue-overflow.sh',
  memoryMiB: 2048,
  timeoutMs: 300_000,
  checks: {
    'every connect succeeded or timed out': (results) => {
      const { attempted, succeeded, timedOut, failed } = results.load('client');
      assert.deepEqual(
        { attempted, settled: succeeded + timedOut, failed },
        { attempted: 200, settled: 200, failed: {} },
      );
      assert.ok(timedOut > 0);
    },
    'the queue holds one more than its backlog': (results) => {
      assert.match(results.text('listeners'), /^LISTEN +17 +16 +10\.0\.0\.1:8883 /m);
    },
    'the kernel counted overflows': (results) => {
      const overflows = results.oracles('after').nstat('TcpExtListenOverflows');
      assert.equal(results.oracles('before').nstat('TcpExtListenOverflows'), 0);
      assert.ok(overflows >= results.load('client').timedOut, `${overflows} overflows`);
    },
    'the probes counted what the kernel counted': (results) => {
      const probed =
        lastInCapture(results, 'overflow.ctd.gz', 'probe.accept_overflow_syn') +
        lastInCapture(results, 'overflow.ctd.gz', 'probe.accept_overflow_ack');
      assert.equal(probed, results.oracles('after').nstat('TcpExtListenOverflows'));
    },
    'diagnose names the overflow first, and it is critical': (results) => {
      const diagnosis = diagnosisOf(results, 'diagnosis');
      assert.equal(diagnosis.status, 'critical');
      assert.equal(results.text('diagnosis-exit').trim(), '2');
      assert.deepEqual(
        diagnosis.findings.map((finding) => finding.code),
        ['accept-queue-overflow'],
      );
    },
    'it names address, port, backlog and owner, and counts as nstat does': (results) => {
      const [finding] = diagnosisOf(results, 'diagnosis').findings;
      const { address, port, backlog, owner } = finding?.subject ?? {};
      assert.deepEqual(
        { address, port, backlog, owner },
        {
          address: '10.0.0.1',
          port: 8883,
          backlog: 16,
          owner: { pid: Number(results.text('server.pid')), comm: 'load' },
        },
      );
      assert.equal(finding?.refused, results.oracles('after').nstat('TcpExtListenOverflows'));
    },
    'nothing was lost': (results) => {
      const { coverage } = diagnosisOf(results, 'diagnosis');
      // Nothing here needs conntrack, so its module is not loaded, and that is said.
      for (const hook of coverage.hooks)
        assert.ok(hook.state === 'attached' || hook.reason === 'nf_conntrack is not loaded', hook.hook);
      assert.deepEqual([coverage.lostEvents, coverage.badLines, coverage.gaps], [0, 0, []]);
    },
  },
};
