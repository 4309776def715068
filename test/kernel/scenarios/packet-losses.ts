import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { PrintedDiagnosis } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

type Finding = PrintedDiagnosis['findings'][number];

export const packetLosses: Scenario = {
  name: 'packet-losses',
  onRequest: true,
  purpose:
    'Evicted entries, services that are gone, UDP buffers, unix sockets, rp_filter, expectations, NFQUEUE, IPVS, limits of rules, invalid packets, losses without a name.',
  guestScript: 'packet-losses.sh',
  memoryMiB: 1024,
  timeoutMs: 2_400_000,
  checks: {
    'every loss was gone through': (results) => {
      assert.equal(results.has('failed') ? results.text('failed') : '', '');
    },
  },
  verdicts: [
    {
      diagnosis: 'early-drop',
      code: 'conntrack-table-filling',
      severity: 'warning',
      confidence: 0.9,
      others: [['conntrack-early-drop', null]],
      kernel: (results) => {
        const [, second] = diagnosisOf(results, 'early-drop').findings;
        const evicted = number(results, 'early-drop.after') - number(results, 'early-drop.before');
        assert.ok(evicted > 900, `early_drop ${evicted}`);
        assert.equal(number(results, 'early-drop.drop'), 0);
        assert.equal(valueOf(second, 'nf_conntrack.early_drop'), evicted);
        return `conntrack -S: early_drop ${evicted}, drop 0`;
      },
    },
    {
      diagnosis: 'gone',
      code: 'nobody-listening',
      confidence: 0.8,
      kernel: (results, first) => {
        assert.equal(results.load('gone-client').failed['ECONNREFUSED'], 120);
        const resets = number(results, 'gone.after') - number(results, 'gone.before');
        assert.equal(resets, 120);
        assert.equal(valueOf(first, 'Tcp.OutRsts'), resets);
        return `120 connects told ECONNREFUSED; nstat TcpOutRsts ${resets}`;
      },
    },
    {
      diagnosis: 'full-buffer',
      code: 'udp-receive-queue',
      confidence: 0.9,
      kernel: counted('Udp.RcvbufErrors', 'full-buffer.errors'),
    },
    {
      diagnosis: 'unix-queue',
      code: 'unix-queue-overflow',
      confidence: 0.9,
      kernel: (results, first) => {
        assert.deepEqual(JSON.parse(results.text('proxy.out')), { connected: 17, EAGAIN: 23 });
        const [, , waiting, backlog] = results.text('unix-queue.ss').trim().split(/\s+/).map(Number);
        assert.deepEqual([waiting, backlog], [17, 16]);
        assert.deepEqual(levelOf(first, 'unix.accept_queue'), [17, 16]);
        return '23 of 40 connects told EAGAIN; ss -xl: 17 of 16';
      },
    },
    {
      diagnosis: 'reverse-path',
      code: 'reverse-path-filter',
      confidence: 0.7,
      kernel: counted('TcpExt.IPReversePathFilter', 'reverse-path.filtered'),
    },
    {
      diagnosis: 'expectations',
      code: 'conntrack-expectations-full',
      confidence: 0.8,
      kernel: (results, first) => {
        assert.equal(number(results, 'expectations.listed'), 20);
        assert.match(results.text('expectations.log'), /expectation table full/);
        assert.deepEqual(levelOf(first, 'nf_conntrack.expect_count'), [20, 20]);
        return 'conntrack -L expect: 20; dmesg: expectation table full';
      },
    },
    {
      diagnosis: 'full-queue',
      code: 'nfqueue-drop',
      confidence: 0.9,
      kernel: (results, first) => {
        const [queue, , waiting, , , dropped] = results
          .text('full-queue.queues')
          .trim()
          .split(/\s+/)
          .map(Number);
        assert.deepEqual([queue, waiting], [3, 16]);
        assert.ok((dropped ?? 0) >= 40, `dropped ${dropped}`);
        assert.equal(valueOf(first, 'nfnetlink_queue.queue_dropped'), dropped);
        return `nfnetlink_queue: ${dropped} dropped, ${waiting} waiting`;
      },
    },
    {
      diagnosis: 'unread-queue',
      code: 'nfqueue-drop',
      confidence: 0.9,
      kernel: (results, first) => {
        assert.equal(results.load('inspected-client').succeeded, 60);
        const packets = number(results, 'unread-queue.packets');
        assert.ok(packets >= 60, `the rule counted ${packets}`);
        assert.equal(valueOf(first, 'rules.unread_queue_packets'), packets);
        return `the rule's own counter: ${packets} packets`;
      },
    },
    {
      diagnosis: 'bypassed-queue',
      code: null,
      kernel: (results) =>
        `the rule's own counter: ${number(results, 'bypassed-queue.packets')} packets passed`,
    },
    {
      diagnosis: 'no-name',
      code: 'unexplained-loss',
      severity: 'warning',
      confidence: 0.5,
      kernel: (results, first) => {
        const resent = number(results, 'no-name.resent') - number(results, 'no-name.before');
        const dropped = Number(/packets (\d+)/.exec(results.text('no-name.rules'))?.[1]);
        assert.equal(dropped, 60 + resent);
        assert.equal(valueOf(first, 'TcpExt.TCPSynRetrans'), resent);
        return `the rule's own counter: ${dropped} packets; nstat TCPSynRetrans of the clients ${resent}`;
      },
    },
    {
      diagnosis: 'invalid',
      code: 'invalid-drop',
      severity: 'warning',
      confidence: 0.6,
      kernel: (results, first) => {
        const dropped = Number(/packets (\d+)/.exec(results.text('invalid.rules'))?.[1]);
        assert.ok(dropped >= 200, `the rule counted ${dropped}`);
        // The kernel went on counting between nft and the last frame.
        assert.ok((valueOf(first, 'probe.netfilter_drop') ?? 0) >= dropped);
        return `the rule's own counter: ${dropped} packets`;
      },
    },
    {
      diagnosis: 'empty-service',
      code: 'ipvs-no-destination',
      confidence: 0.9,
      kernel: (results, first) => {
        const { succeeded, failed } = results.load('empty-client');
        // The kernel answers once a second at most: most clients are told nothing, and ask again.
        const answers = number(results, 'empty-service.after') - number(results, 'empty-service.before');
        const refused = failed['ECONNREFUSED'] ?? 0;
        assert.equal(succeeded, 0);
        // An answer may come to a client that has given up.
        assert.ok(refused > 0 && refused <= answers, `${refused} refused, ${answers} answers`);
        assert.ok((valueOf(first, 'probe.netfilter_drop_syn') ?? 0) >= 60);
        assert.equal(valueOf(first, 'ip_vs.asked_destinations'), 0);
        return `no connect of 60 succeeded; nstat IcmpOutDestUnreachs ${answers}`;
      },
    },
    {
      diagnosis: 'full-service',
      code: 'ipvs-no-destination',
      confidence: 0.9,
      kernel: (results, first) => {
        assert.equal(results.load('full-client').succeeded, 5);
        assert.match(results.text('full-service.thresholds'), /-> 10\.9\.0\.2:8906 +5 +0 +5 /);
        assert.equal(valueOf(first, 'ip_vs.asked_overloaded'), 1);
        return '5 connects of 60 succeeded; ipvsadm: threshold 5';
      },
    },
    {
      diagnosis: 'connection-limit',
      code: 'firewall-limit',
      confidence: 0.9,
      kernel: (results, first) => {
        assert.equal(results.load('limited-client').succeeded, 5);
        const dropped = Number(/packets (\d+)/.exec(results.text('connection-limit.rules'))?.[1]);
        assert.equal(valueOf(first, 'probe.netfilter_drop_syn'), dropped);
        assert.equal(valueOf(first, 'rules.connection_limit'), 5);
        return `5 connects of 80 succeeded; the rule's own counter: ${dropped} packets`;
      },
    },
  ],
};

/** The kernel's own counter says just what the finding says, and not 0. */
function counted(metric: string, file: string): (results: Results, first: Finding | undefined) => string {
  return (results, first) => {
    const said = number(results, file);
    assert.ok(said > 0);
    assert.equal(valueOf(first, metric), said);
    return `nstat ${metric} ${said}`;
  };
}

function levelOf(finding: Finding | undefined, metric: string): (number | null | undefined)[] {
  const found = finding?.evidence.find((item) => item.metric === metric);
  return [found?.value, found?.limit];
}

function valueOf(finding: Finding | undefined, metric: string): number | null | undefined {
  return levelOf(finding, metric)[0];
}

function number(results: Results, file: string): number {
  return Number(results.text(file));
}
