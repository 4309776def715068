import assert from 'node:assert/strict';
import { diagnosisOf, lossesOf, NO_LOSS, lastInCapture } from '../capture.js';
import { hooksMissingOn } from '../distros.js';
import type { Distro } from '../distros.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** What a kernel with 1 to 4 GiB of usable memory sets by itself. */
const stockMax = 65_536;

const capture = 'incident.ctd.gz';

const common = {
  guestScript: 'conntrack-table-full.sh',
  memoryMiB: 3072,
  timeoutMs: 1_500_000,
};

export const conntrackTableFull: Scenario = {
  ...common,
  name: 'conntrack-table-full',
  purpose: 'The incident: 70,000 connections against the stock table of 65,536.',
  environment: { CONNECTIONS: '70000' },
  checks: {
    'the limit is the stock one': stockLimit,
    'exactly as many connections succeed as the table holds, and the others stall': (results) => {
      const { attempted, succeeded, timedOut, failed } = results.load('client');
      assert.deepEqual(
        { attempted, succeeded, timedOut, failed },
        { attempted: 70_000, succeeded: stockMax, timedOut: 70_000 - stockMax, failed: {} },
      );
    },
    'the table is full, and the kernel dropped what was new': (results) => {
      const after = results.oracles('after');
      assert.equal(after.conntrackCount, stockMax);
      assert.ok(after.conntrack('drop') >= 70_000 - stockMax);
      assert.equal(after.conntrack('insert_failed'), 0);
      assert.equal(after.conntrack('early_drop'), 0);
    },
    'the last table-full count of the capture is what conntrack -S says, exactly': (results) => {
      assert.equal(
        lastInCapture(results, capture, 'probe.table_full'),
        results.oracles('after').conntrack('drop'),
      );
    },
    'the capture counted exactly the connections that the client made': (results) => {
      assert.equal(lastInCapture(results, capture, 'probe.insert'), results.load('client').succeeded);
      assert.equal(lastInCapture(results, capture, 'probe.insert_failed'), 0);
    },
    'diagnose says conntrack-table-full, critical, by 65,536 of 65,536': (results) => {
      const { status, findings } = diagnosisOf(results, 'diagnosis');
      assert.equal(results.text('diagnosis-exit').trim(), '2');
      assert.equal(status, 'critical');
      assert.equal(findings[0]?.code, 'conntrack-table-full');
      const level = findings[0].evidence.find((item) => item.metric === 'net.netfilter.nf_conntrack_count');
      assert.deepEqual([level?.value, level?.limit], [stockMax, stockMax]);
      assert.equal(findings[0].refused, results.oracles('after').conntrack('drop'));
      assert.equal(findings[0].confidence, 1);
    },
    'nothing was lost on the way': nothingLost,
    'top shows the load as it grows': (results) => {
      assert.match(results.text('top-quiet.txt'), /no limit is hit/);
      assert.match(results.text('top-load.txt'), /conntrack (?:entries )?in .* [1-9]\d*,\d{3} +65,536/);
    },
    'top at 80x24 and 120x36 says what is full, the figures, the pace and the fix': (results) => {
      const bpftrace = results.text('bpftrace-version').trim().replace(' v', ' ');
      assert.match(bpftrace, /^bpftrace \d+\.\d+\.\d+$/);
      for (const file of ['top-full-80x24.txt', 'top-full-120x36.txt']) {
        const screen = results.text(file);
        assert.match(screen, /conntrack table full/, `${file}\n${screen}`);
        assert.match(screen, /65,536 of 65,536/, `${file}\n${screen}`);
        assert.match(screen, /refusing [\d,.]+/, `${file}\n${screen}`);
        assert.match(screen, /sysctl -w .*net\.netfilter\.nf_conntrack_max=\d+/, `${file}\n${screen}`);
        assert.ok(screen.includes(bpftrace), `${file} does not say ${bpftrace}`);
      }
      assert.ok(
        results
          .text('top-full-80x24.txt')
          .split('\n')
          .every((line) => Array.from(line).length <= 80),
        'a line is wider than the terminal',
      );
    },
    'q ends top with 0': topEnded,
    'the kernel log says so': (results) => {
      assert.match(results.text('dmesg'), /nf_conntrack: table full/);
    },
    'nothing else was near its limit': (results) => {
      assert.equal(results.oracles('after').nstat('TcpExtListenOverflows'), 0);
      assert.equal(results.oracles('after').nstat('TcpExtTCPReqQFullDoCookies'), 0);
    },
  },
};

export const conntrackBelowLimit: Scenario = {
  ...common,
  name: 'conntrack-below-limit',
  purpose: 'The same with 20,000 connections, which the stock table holds easily.',
  environment: { CONNECTIONS: '20000' },
  checks: {
    'the limit is the stock one': stockLimit,
    'every connection succeeds': (results) => {
      assert.equal(results.load('client').succeeded, 20_000);
    },
    'diagnose finds nothing, and says ok': (results) => {
      const { status, findings } = diagnosisOf(results, 'diagnosis');
      assert.deepEqual([status, findings], ['ok', []]);
      assert.equal(results.text('diagnosis-exit').trim(), '0');
      assert.equal(lastInCapture(results, capture, 'probe.insert'), 20_000);
      assert.equal(lastInCapture(results, capture, 'probe.table_full'), 0);
    },
    'nothing was lost on the way': nothingLost,
    'q ends top with 0': topEnded,
    'the table holds just those, and nothing was dropped': (results) => {
      const after = results.oracles('after');
      assert.equal(after.conntrackCount, 20_000);
      assert.equal(after.conntrack('drop'), 0);
    },
  },
};

function stockLimit(results: Results): void {
  assert.equal(results.oracles('before').conntrackMax, stockMax);
}

function nothingLost(results: Results, distro: Distro): void {
  const diagnosis = diagnosisOf(results, 'diagnosis');
  const { hooks } = diagnosis.coverage;
  assert.deepEqual(
    hooks.filter((hook) => hook.state !== 'attached').map((hook) => hook.hook),
    hooksMissingOn(distro),
  );
  assert.deepEqual(lossesOf(diagnosis), NO_LOSS);
}

function topEnded(results: Results): void {
  assert.equal(results.text('top-exit').trim(), '0');
}
