import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** What a kernel with 1 to 4 GiB of usable memory sets by itself. */
const stockMax = 65_536;
const connections = 70_000;

interface PrintedPlan {
  readonly fits: boolean;
  readonly stopsFirst: string | null;
  readonly stopsAt: number | null;
  readonly settings: readonly {
    readonly name: string;
    readonly needed: string | null;
    readonly action: string;
  }[];
  readonly memory: {
    readonly perConnection: readonly {
      readonly part: string;
      readonly bytes: number;
      readonly from: string;
    }[];
  };
}

export const planClosesTheLoop: Scenario = {
  name: 'plan-closes-the-loop',
  purpose:
    '70,000 connections stall at stock limits, the plan is applied, and all 70,000 are made; late loads.',
  onRequest: true,
  guestScript: 'plan-closes-the-loop.sh',
  memoryMiB: 3072,
  timeoutMs: 1_800_000,
  checks: {
    'at stock limits exactly as many connections succeed as the table holds': (results) => {
      const { succeeded, timedOut } = results.load('client-stock');
      assert.deepEqual({ succeeded, timedOut }, { succeeded: stockMax, timedOut: connections - stockMax });
    },
    'the plan had said which setting stops first, and where': (results) => {
      const { fits, stopsFirst, stopsAt } = plan(results, 'plan-before');
      assert.deepEqual(
        { fits, stopsFirst, stopsAt },
        { fits: true, stopsFirst: 'net.netfilter.nf_conntrack_max', stopsAt: stockMax },
      );
    },
    'diagnose names it': (results) => {
      const { status, findings } = diagnosisOf(results, 'stock-diagnosis');
      assert.equal(status, 'critical');
      assert.equal(findings[0]?.code, 'conntrack-table-full');
      assert.equal(results.text('stock-diagnosis-exit').trim(), '2');
    },
    'sysctl takes the file without a word of complaint': (results) => {
      assert.equal(results.text('sysctl.err'), '');
    },
    'the same load then makes every connection': (results) => {
      const { attempted, succeeded, timedOut, failed } = results.load('client-planned');
      assert.deepEqual(
        { attempted, succeeded, timedOut, failed },
        { attempted: connections, succeeded: connections, timedOut: 0, failed: {} },
      );
      const after = results.oracles('planned');
      assert.equal(after.conntrackCount, connections);
      // The kernel counts since the namespace was made: nothing was added to what the first load had lost.
      assert.equal(after.conntrack('drop'), results.oracles('stock').conntrack('drop'));
    },
    'and diagnose is clean': (results) => {
      const { status, findings } = diagnosisOf(results, 'planned-diagnosis');
      assert.deepEqual([status, findings.map((finding) => finding.code)], ['ok', []]);
      assert.equal(results.text('planned-diagnosis-exit').trim(), '0');
    },
    'a plan made anew has nothing left to change but the limit of the server': (results) => {
      const after = plan(results, 'plan-after');
      assert.equal(after.stopsFirst, null);
      assert.deepEqual(
        after.settings
          .filter((setting) => ['raise', 'lower', 'set'].includes(setting.action))
          .map((setting) => setting.name)
          .filter((name) => name !== 'LimitNOFILE'),
        [],
      );
    },
    'what it says that a connection takes is what this kernel took, both ends': (results) => {
      const parts = plan(results, 'plan-after').memory.perConnection;
      assert.ok(parts.filter((part) => part.from === 'slab').length >= 3, 'sizes are not of this kernel');
      // Both ends are on this machine, one entry is between them, and no data is queued.
      const ends = parts.filter((part) => ['socket', 'file', 'epoll', 'descriptor'].includes(part.part));
      const entry = slabOf(results, 'nf_conntrack');
      const said = connections * (2 * ends.reduce((sum, end) => sum + end.bytes, 0) + entry);
      const took = Number(results.text('memory-after')) - Number(results.text('memory-before'));
      assert.ok(took > 0.6 * said && took < 1.4 * said, `said ${said}, took ${took}`);
    },
    'while the rule is there, diagnose and --check find nothing': (results) => {
      assert.deepEqual(codes(results, 'kept'), []);
      assert.deepEqual(unheld(results, 'kept-check'), []);
    },
    'without it, diagnose and --check say that it will be lost, and after the load that it was': (
      results,
    ) => {
      for (const name of ['not-kept', 'lost']) {
        assert.ok(codes(results, name).includes('sysctl-not-persistent'), name);
        assert.ok(unheld(results, `${name}-check`).includes('net.netfilter.nf_conntrack_max'), name);
      }
    },
    'the plain file does not hold when the module is loaded after it was read': (results) => {
      assert.equal(Number(results.text('plain-max')), stockMax);
      assert.equal(Number(results.text('udevd-alone-max')), stockMax);
    },
    'with the udev rule it does': (results) => {
      assert.equal(results.text('udev-max').trim(), needed(results, 'net.netfilter.nf_conntrack_max'));
      assert.ok(
        Number(results.text('udev-buckets')) >= Number(needed(results, 'net.netfilter.nf_conntrack_buckets')),
      );
    },
    'modprobe reads its options, and the kernel starts at eight times the buckets': (results) => {
      const buckets = needed(results, 'nf_conntrack.hashsize');
      assert.equal(results.text('modprobe-config').trim(), `options nf_conntrack hashsize=${buckets}`);
      assert.equal(results.text('modprobe-buckets').trim(), buckets);
      assert.equal(Number(results.text('modprobe-max')), 8 * Number(buckets));
    },
    'a plan that is applied sets and keeps what it says': (results) => {
      assert.equal(results.text('apply.err'), '');
      assert.notEqual(results.text('after-apply'), results.text('before-apply'));
      const [, told = ''] = /nf_conntrack_max {2}\d+ -> (\d+)$/m.exec(results.text('apply')) ?? [];
      assert.ok(Number(told) > 300_000, told);
      assert.equal(
        /^net\.netfilter\.nf_conntrack_max = (\d+)$/m.exec(results.text('after-apply'))?.[1],
        told,
      );
      assert.equal(results.text('applied-files').trim().split('\n').length, 2);
      assert.deepEqual(unheld(results, 'applied-check'), []);
    },
    'and taken back leaves every setting and file as it was': (results) => {
      assert.equal(results.text('rollback.err'), '');
      assert.equal(results.text('after-rollback'), results.text('before-apply'));
      assert.equal(results.text('left-files'), '');
    },
    'where /proc/sys is read-only it says so, and changes nothing': (results) => {
      assert.match(results.text('read-only.err'), /\/proc\/sys is read-only here/);
      assert.equal(results.text('read-only-exit').trim(), '74');
      assert.equal(results.text('after-read-only'), results.text('before-apply'));
    },
    'udev finds no fault with the rule, where it can check one': (results, distro) => {
      if (distro === 'trixie' || distro === 'sid')
        assert.doesNotMatch(results.text('udev-verify'), /exit|error/i);
    },
  },
};

function codes(results: Results, name: string): string[] {
  return diagnosisOf(results, name).findings.map((finding) => finding.code);
}

/** Settings that `plan --check` found fault with. */
function unheld(results: Results, name: string): string[] {
  const { settings } = results.json(`${name}.json`) as {
    readonly settings: readonly { readonly name: string; readonly verdict: string }[];
  };
  return settings.filter((setting) => setting.verdict !== 'holds').map((setting) => setting.name);
}

function plan(results: Results, name: string): PrintedPlan {
  return results.json(`${name}.json`) as PrintedPlan;
}

function needed(results: Results, name: string): string | null | undefined {
  return plan(results, 'plan-before').settings.find((setting) => setting.name === name)?.needed;
}

/** Bytes of an object of a slab cache, its share of the waste included, by the kernel's own table. */
function slabOf(results: Results, cache: string): number {
  const line = results
    .text('slabinfo-loaded')
    .split('\n')
    .find((text) => text.startsWith(`${cache} `));
  const [, , , , perSlab, pages] = (line ?? '').split(/\s+/);
  return (Number(pages) * 4096) / Number(perSlab);
}
