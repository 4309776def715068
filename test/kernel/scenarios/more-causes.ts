import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { PrintedDiagnosis } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

type Finding = PrintedDiagnosis['findings'][number];

export const moreCauses: Scenario = {
  name: 'more-causes',
  onRequest: true,
  purpose: 'Filters of tc, XDP programs, what a table is full of, connections that nobody reads.',
  guestScript: 'more-causes.sh',
  memoryMiB: 1024,
  timeoutMs: 2_400_000,
  checks: {
    'every cause was gone through': (results) => {
      assert.equal(results.has('failed') ? results.text('failed') : '', '');
    },
    'programs are named': (results) => {
      assert.match(results.text('xdp.link'), /prog\/xdp id \d+ name drop_port/);
      assert.match(results.text('xdp.txt'), /there is\s+to-client: xdp drop_port/);
      assert.match(results.text('tc-probed.txt'), /there is\s+to-client: tc filter bpf drop_port/);
    },
  },
  verdicts: [
    {
      diagnosis: 'tc-counted',
      code: 'tc-drop',
      severity: 'warning',
      confidence: 0.7,
      kernel: dropsAre('tc-counted', 'tc.filter_dropped', 'tc -s qdisc'),
    },
    { diagnosis: 'tc-harmless', code: null, kernel: dropsOf('tc-harmless', 'tc -s qdisc') },
    {
      diagnosis: 'xdp',
      code: 'xdp-drop',
      severity: 'warning',
      confidence: 0.7,
      kernel: dropsAre('xdp', 'xdp.dropped', 'ethtool -S'),
    },
    { diagnosis: 'xdp-harmless', code: null, kernel: dropsOf('xdp-harmless', 'ethtool -S') },
    {
      diagnosis: 'unserved',
      code: 'accepted-unserved',
      severity: 'warning',
      confidence: 0.5,
      kernel: (results, first) => {
        const unread = results
          .text('unserved.ss')
          .split('\n')
          .filter((line) => Number(line.trim().split(/\s+/)[0]) >= 200).length;
        const said = valueOf(first, 'unserved.unread') ?? 0;
        assert.ok(said >= 10 && said <= unread + 40, `${said} said, ${unread} listed`);
        return `ss: ${unread} connections with unread data`;
      },
    },
    {
      diagnosis: 'served',
      code: null,
      kernel: (results) => `${results.load('answered-client').succeeded} of 120 answered`,
    },
    {
      diagnosis: 'unanswered',
      code: 'conntrack-table-filling',
      severity: 'warning',
      confidence: 0.9,
      kernel: (results, first) => {
        const unreplied = number(results, 'unanswered.unreplied');
        assert.ok(unreplied > 900, `${unreplied} unreplied`);
        const said = valueOf(first, 'entries.unreplied') ?? 0;
        assert.ok(said > 0.8 * (valueOf(first, 'entries.sampled') ?? Infinity));
        assert.equal(valueOf(first, 'entries.unreplied_dnat'), said);
        return `conntrack -L: ${unreplied} UNREPLIED of ${number(results, 'unanswered.count')}`;
      },
    },
    {
      diagnosis: 'zoned',
      code: 'conntrack-table-filling',
      severity: 'warning',
      confidence: 0.9,
      kernel: (results, first) => {
        const inZone = number(results, 'zoned.entries');
        assert.ok(inZone >= 900, `${inZone} in the zone`);
        assert.equal(valueOf(first, 'entries.zone'), 7);
        return `conntrack -L -w 7: ${inZone}`;
      },
    },
    {
      diagnosis: 'tc-probed',
      code: 'tc-drop',
      confidence: 0.9,
      kernel: (results, first) => {
        const dropped = number(results, 'tc-probed.dropped');
        assert.equal(results.load('probed-client').succeeded, 0);
        assert.equal(valueOf(first, 'probe.tc_drop_syn'), dropped);
        assert.equal(valueOf(first, 'probe.tc_drop_port'), 8906);
        return `tc -s qdisc: ${dropped} dropped`;
      },
    },
  ],
};

/** The tool says as many drops as the finding, and SYNs were resent for them. */
function dropsAre(
  name: string,
  metric: string,
  tool: string,
): (results: Results, first: Finding | undefined) => string {
  return (results, first) => {
    const dropped = number(results, `${name}.dropped`) - number(results, `${name}.dropped-before`);
    const resent = number(results, `${name}.resent`) - number(results, `${name}.before`);
    assert.equal(dropped, 60 + resent);
    assert.equal(valueOf(first, metric), dropped);
    return `${tool}: ${dropped} dropped; nstat TCPSynRetrans of the clients ${resent}`;
  };
}

/** Packets were dropped, and whoever was served was. */
function dropsOf(name: string, tool: string): (results: Results) => string {
  return (results) => {
    assert.equal(results.load(`${name}-client`).succeeded, 60);
    const dropped = number(results, `${name}.dropped`);
    assert.ok(dropped >= 60, `${dropped} dropped`);
    assert.deepEqual(diagnosisOf(results, name).findings, []);
    return `${tool}: ${dropped} dropped`;
  };
}

function valueOf(finding: Finding | undefined, metric: string): number | null | undefined {
  return finding?.evidence.find((item) => item.metric === metric)?.value;
}

function number(results: Results, file: string): number {
  return Number(results.text(file));
}
