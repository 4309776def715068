import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Scenario } from '../scenario.js';

export const demo: Scenario = {
  name: 'demo',
  purpose: 'Records the incident of `npm run demo`: the table fills, the fix is pasted, the clients get in.',
  onRequest: true,
  guestScript: 'demo.sh',
  memoryMiB: 3072,
  timeoutMs: 900_000,
  checks: {
    'the fix that the screen showed let the clients in': (results) => {
      assert.ok(results.load('storm').timedOut > 0);
      assert.deepEqual(results.load('retry').timedOut, 0);
    },
    'who was refused is named, and what listens there': (results) => {
      const { findings, flows } = diagnosisOf(results, 'diagnosis');
      assert.equal(findings[0]?.code, 'conntrack-table-full');
      assert.equal(flows?.refused[0]?.source, '10.0.3.0/24');
      assert.match(results.text('full.txt'), /brokerd/);
    },
  },
};
