import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** The table that refuses is named, whatever the rights. */
function named(results: Results, name: string) {
  const { findings, coverage } = diagnosisOf(results, name);
  assert.equal(results.text(`${name}-exit`).trim(), '2', `${name}: ${results.text(`${name}.err`)}`);
  assert.equal(findings[0]?.code, 'conntrack-table-full', name);
  return coverage;
}

export const privileges: Scenario = {
  name: 'privileges',
  onRequest: true,
  purpose: 'A plain user, capabilities, root without them, root: what each sees of a full table.',
  guestScript: 'privileges.sh',
  memoryMiB: 2048,
  timeoutMs: 1_500_000,
  checks: {
    'a plain user names the full table by the counters, and is told why there are no probes': (results) => {
      const { probes, reason } = named(results, 'user');
      assert.equal(probes, 'off');
      assert.match(reason ?? '', /^not root; run it with sudo/);
    },
    'root attaches every probe': (results) => {
      assert.equal(named(results, 'root').probes, 'attached');
    },
  },
};
