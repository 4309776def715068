import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** Usable memory of 1 to 4 GiB: the kernel's own limit. */
const STOCK_MAX = 65_536;
const ASKED_MAX = 131_072;

export const limits: Scenario = {
  name: 'limits',
  purpose:
    'Where limits are set: a sysctl lost before its module loads, held by the udev rule; the ladder by its oracles.',
  guestScript: 'limits.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  onRequest: true,
  checks: {
    'the file was lost at the load of the module, and the finding says so': (results) => {
      assert.equal(Number(results.text('lost.max')), STOCK_MAX);
      const [found] = persistent(results, 'lost');
      assert.match(found?.title ?? '', /131,072 of \/etc\/sysctl\.d\/90-ctdiag-test\.conf:2 was lost/);
      assert.equal(results.text('lost-exit').trim(), '1');
      const { setting } = rung(results, 'lost-limits', 'conntrack');
      assert.equal(setting?.verdict, 'lost-at-module-load');
      assert.deepEqual(setting.file, {
        file: '/etc/sysctl.d/90-ctdiag-test.conf',
        line: 2,
        value: String(ASKED_MAX),
      });
      assert.deepEqual(setting.kernelDefault, { value: String(STOCK_MAX), exact: true, from: 'memory' });
    },
    'with the rule of the fix it holds, and the finding is gone': (results) => {
      if (results.has('held.skipped')) return;
      assert.equal(Number(results.text('held.max')), ASKED_MAX);
      assert.deepEqual(persistent(results, 'held'), []);
      const { setting } = rung(results, 'held-limits', 'conntrack');
      assert.equal(setting?.verdict, 'same');
      assert.equal(setting.heldBy?.by, 'udev');
    },
    'the ladder says what sysctl, ss and /proc say': (results) => {
      const oracle = new Map(
        results
          .text('oracles')
          .trim()
          .split('\n')
          .map((line) => line.split(' ') as [string, string])
          .map(([name, value]) => [name, Number(value)]),
      );
      const conntrack = rung(results, 'ladder', 'conntrack');
      assert.equal(conntrack.limit, oracle.get('max'));
      // Entries come and go between the two looks; the 300 connections stay.
      assert.ok(Math.abs((conntrack.used ?? 0) - (oracle.get('count') ?? 0)) < 30);
      assert.ok((conntrack.used ?? 0) >= 300);
      const fds = rung(results, 'ladder', 'process-fds');
      assert.deepEqual([fds.used, fds.limit], [oracle.get('fds'), oracle.get('nofile')]);
      assert.equal(rung(results, 'ladder', 'accept-queue').limit, oracle.get('backlog'));
      assert.equal(rung(results, 'ladder', 'time-wait').limit, oracle.get('tw'));
      const text = results.text('ladder.txt');
      for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    },
    'the defaults that are computed are those that this kernel has': (results) => {
      const [somaxconn = '', timeWait = '', orphans = ''] = results.text('others').trim().split('\n');
      const { others } = ladder(results, 'lost-limits');
      const of = (name: string): Setting | undefined => others.find((other) => other.name === name);
      assert.equal(of('net.core.somaxconn')?.kernelDefault?.value, somaxconn);
      assert.equal(rung(results, 'lost-limits', 'time-wait').setting?.kernelDefault?.value, timeWait);
      assert.equal(rung(results, 'lost-limits', 'orphans').setting?.kernelDefault?.value, orphans);
    },
  },
};

interface Setting {
  readonly name: string;
  readonly verdict: string;
  readonly file: object | null;
  readonly kernelDefault: { readonly value: string } | null;
  readonly heldBy: { readonly by: string } | null;
}

interface PrintedRung {
  readonly id: string;
  readonly scope: { readonly kind: string };
  readonly used: number | null;
  readonly limit: number | null;
  readonly setting: Setting | null;
}

interface PrintedLadder {
  readonly ceilings: readonly PrintedRung[];
  readonly others: readonly Setting[];
}

function ladder(results: Results, name: string): PrintedLadder {
  return results.json(`${name}.json`) as PrintedLadder;
}

/** The first rung of a kind: the nearest. */
function rung(results: Results, name: string, id: string): PrintedRung {
  const found = ladder(results, name).ceilings.find((ceiling) => ceiling.id === id);
  assert.ok(found !== undefined, `${name} has no ${id}`);
  return found;
}

function persistent(results: Results, name: string): ReturnType<typeof diagnosisOf>['findings'] {
  return diagnosisOf(results, name).findings.filter((finding) => finding.code === 'sysctl-not-persistent');
}
