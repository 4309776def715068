import assert from 'node:assert/strict';
import { diagnosisOf, lossesOf, NO_LOSS, lastInCapture } from '../capture.js';
import { hooksMissingOn } from '../distros.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

const common = {
  guestScript: 'accept-queue-overflow.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
};

const ctdiagSeesIt: Scenario['checks'] = {
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
    const [first, ...others] = diagnosis.findings;
    assert.equal(first?.code, 'accept-queue-overflow');
    // Handshakes that stay under way can fill the SYN queue as well: told as what it is, a consequence.
    for (const other of others)
      assert.deepEqual([other.code, other.causedBy], ['syn-queue-overflow', 'accept-queue-overflow']);
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
  'nothing was lost': (results, distro) => {
    const diagnosis = diagnosisOf(results, 'diagnosis');
    // Nothing here needs conntrack, so its module is not loaded, and that is said.
    for (const hook of diagnosis.coverage.hooks)
      assert.ok(
        hook.state === 'attached' ||
          hook.reason === 'nf_conntrack is not loaded' ||
          hooksMissingOn(distro).includes(hook.hook),
        hook.hook,
      );
    assert.deepEqual(lossesOf(diagnosis), NO_LOSS);
  },
};

export const acceptQueueOverflow: Scenario = {
  ...common,
  name: 'accept-queue-overflow',
  purpose: 'A listener with backlog 16 that does not accept, and 200 connects: dropped at the SYN.',
  environment: { DELAY: '', BURST: '8' },
  checks: {
    'every connect succeeded or timed out': everyConnectSettled,
    'most timed out, for their SYN was dropped': (results) => {
      assert.ok(results.load('client').timedOut > 100);
    },
    'the queue holds one more than its backlog': queueIsFull,
    'the kernel counted overflows, all at the one listener there is': overflowsAreTheListeners,
    ...ctdiagSeesIt,
  },
};

export const acceptQueueOverflowAtAck: Scenario = {
  ...common,
  name: 'accept-queue-overflow-at-ack',
  purpose: 'The same with 200 handshakes under way at once: dropped at the ACK, which clients do not notice.',
  environment: { DELAY: '100ms', BURST: '200' },
  checks: {
    'every connect succeeded or timed out': everyConnectSettled,
    'most succeeded, as the client sees it': (results) => {
      assert.ok(results.load('client').succeeded > 100);
    },
    'the queue holds one more than its backlog': queueIsFull,
    'the kernel counted overflows, all at the one listener there is': overflowsAreTheListeners,
    ...ctdiagSeesIt,
  },
};

function everyConnectSettled(results: Results): void {
  const { attempted, succeeded, timedOut, failed } = results.load('client');
  assert.deepEqual(
    { attempted, settled: succeeded + timedOut, failed },
    { attempted: 200, settled: 200, failed: {} },
  );
}

function queueIsFull(results: Results): void {
  assert.match(results.text('listeners'), /^LISTEN +17 +16 +10\.0\.0\.1:8883 /m);
}

function overflowsAreTheListeners(results: Results): void {
  const overflows = results.oracles('after').nstat('TcpExtListenOverflows');
  assert.equal(results.oracles('before').nstat('TcpExtListenOverflows'), 0);
  // Whoever did not get into the queue was dropped at least once.
  assert.ok(overflows >= 200 - 17, `${overflows} overflows`);
  const dropped = Number(/skmem:\(.*,d(\d+)\)/.exec(results.text('listeners'))?.[1]);
  // The socket also counts packets that its queue had no part in, such as resets of clients that gave up.
  assert.ok(dropped >= overflows, `${dropped} drops at the socket, ${overflows} overflows`);
  // Nobody else listens there, to whom they could belong.
  assert.equal(results.text('listeners').match(/^LISTEN /gm)?.length, 1);
}
