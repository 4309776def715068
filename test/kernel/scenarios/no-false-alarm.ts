import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

export const noFalseAlarm: Scenario = {
  name: 'no-false-alarm',
  onRequest: true,
  purpose:
    'A busy host, a burst, a scan, a bad line, a restart: no finding. Two causes at once; one that ended.',
  guestScript: 'no-false-alarm.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  checks: {
    'every connection of the busy host was served': (results) => {
      for (const [client, count] of [
        ['held', 4000],
        ['short', 5600],
      ] as const)
        assert.equal(results.load(client).succeeded, count);
    },
    'of two causes the one that cost more comes first, by the kernel’s own counts': (results) => {
      const findings = diagnosisOf(results, 'both').findings.filter((finding) => finding.causedBy === null);
      const costs = {
        'conntrack-table-full': grown(results, 'drops'),
        'accept-queue-overflow': grown(results, 'overflows'),
      };
      const expected = Object.entries(costs)
        .sort(([, a], [, b]) => b - a)
        .map(([code]) => code);
      assert.deepEqual(
        findings.map((finding) => finding.code),
        expected,
      );
    },
    'what has ended is shown as ended, with the time that it took': (results) => {
      const [first] = diagnosisOf(results, 'ended').findings;
      assert.ok(first?.until != null);
      assert.ok(Date.parse(first.until) > Date.parse(first.since));
      assert.match(results.text('ended.txt'), /last seen [\d:]+\s+\(\d+\s+s\)/);
      assert.equal(results.load('paused-client').succeeded, 60);
    },
  },
  verdicts: [
    {
      diagnosis: 'busy',
      code: null,
      kernel: (results) => {
        const [count = 0, max = 0] = results.text('busy.table').trim().split(' ').map(Number);
        assert.ok(count / max > 0.55 && count / max < 0.7, `${count} of ${max}`);
        return `table ${count} of ${max}`;
      },
    },
    {
      diagnosis: 'burst',
      code: null,
      kernel: (results) => {
        const peak = Number(results.text('burst.peak'));
        assert.ok(peak >= 700 && peak < 950, String(peak));
        return `100 waited of 128; table at ${peak} of 1000, then empty`;
      },
    },
    { diagnosis: 'scan', code: null, kernel: atLeast('scan.resets', 400, 'TcpOutRsts') },
    { diagnosis: 'lossy', code: null, kernel: atLeast('lossy.retransmitted', 50, 'TcpRetransSegs') },
    {
      diagnosis: 'restart',
      code: null,
      kernel: (results) => {
        const refused = results.load('refused').failed['ECONNREFUSED'];
        assert.equal(refused, 50);
        return `${refused} connects refused while it was gone`;
      },
    },
    {
      diagnosis: 'ended',
      code: 'accept-queue-overflow',
      confidence: 0.85,
      mayFollow: [['syn-queue-overflow', 'accept-queue-overflow']],
      kernel: (results) => `${results.load('paused-client').succeeded} of 60 connected in the end`,
    },
  ],
};

function grown(results: Results, counter: string): number {
  return Number(results.text(`both.${counter}-after`)) - Number(results.text(`both.${counter}-before`));
}

function atLeast(file: string, least: number, name: string): (results: Results) => string {
  return (results) => {
    const count = Number(results.text(file));
    assert.ok(count >= least, `${name} ${count}`);
    return `${name} ${count}`;
  };
}
