import assert from 'node:assert/strict';
import type { Scenario } from '../scenario.js';

export const acceptQueueOverflow: Scenario = {
  name: 'accept-queue-overflow',
  purpose: 'A listener with backlog 16 that does not accept, and 200 connects.',
  guestScript: 'accept-queue-overflow.sh',
  memoryMiB: 1024,
  timeoutMs: 240_000,
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
    'the kernel counted overflows, all at this listener': (results) => {
      const overflows = results.oracles('after').nstat('TcpExtListenOverflows');
      assert.equal(results.oracles('before').nstat('TcpExtListenOverflows'), 0);
      assert.ok(overflows >= results.load('client').timedOut, `${overflows} overflows`);
      const dropped = Number(/skmem:\(.*,d(\d+)\)/.exec(results.text('listeners'))?.[1]);
      assert.equal(dropped, overflows);
    },
  },
};
