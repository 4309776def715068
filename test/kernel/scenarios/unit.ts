import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

export const unit: Scenario = {
  name: 'unit',
  onRequest: true,
  purpose: 'The shipped unit under systemd: probes, a restart, a full disk, conntrack’s module reloaded.',
  guestScript: 'unit.sh',
  init: 'systemd',
  memoryMiB: 2048,
  timeoutMs: 2_400_000,
  checks: {
    'systemd has nothing against it': (results) => {
      assert.equal(results.text('verify'), '');
    },
    'systemd calls it less exposed than the most that its test allows': (results) => {
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(results.text('security'))?.[1]);
      assert.ok(exposure <= 4.5, `${exposure}`);
    },
    'every probe was attached within its rights, and nothing was refused to it': (results) => {
      const { coverage } = diagnosisOf(results, 'overflow-ring');
      assert.deepEqual(
        coverage.hooks.filter(({ state }) => state !== 'attached'),
        [],
      );
    },
    'it named the overflow, counted as the kernel did': (results) => {
      const [first] = diagnosisOf(results, 'overflow-ring').findings;
      assert.equal(first?.code, 'accept-queue-overflow');
      assert.equal(first.refused, results.oracles('overflow').nstat('TcpExtListenOverflows'));
    },
    'it ran through a restart, a full disk and a reload, never started again by systemd': (results) => {
      for (const name of ['first', 'restarted', 'full', 'reloaded']) {
        const shown = propertiesOf(results, name);
        assert.deepEqual(
          [shown['ActiveState'], shown['Result'], shown['NRestarts']],
          ['active', 'success', '0'],
          name,
        );
      }
    },
    'the disk was full': (results) => {
      assert.equal(Number(results.text('full-avail')), 0);
    },
    'stopping it is a success': (results) => {
      const { ActiveState, Result } = propertiesOf(results, 'stopped');
      assert.deepEqual([ActiveState, Result], ['inactive', 'success']);
    },
    'it had memory to spare': (results) => {
      assert.ok(Number(propertiesOf(results, 'full')['MemoryCurrent']) < 400 * 1024 ** 2);
    },
  },
};

function propertiesOf(results: Results, name: string): Readonly<Record<string, string>> {
  const lines = results.text(`${name}.show`).trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
}
