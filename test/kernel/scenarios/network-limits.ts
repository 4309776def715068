import assert from 'node:assert/strict';
import type { PrintedDiagnosis } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

type Finding = PrintedDiagnosis['findings'][number];

export const networkLimits: Scenario = {
  name: 'network-limits',
  onRequest: true,
  purpose:
    'NAT and local ports, rules that drop, neighbours, hash buckets, the backlog, the cloud’s allowance.',
  guestScript: 'network-limits.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  checks: {
    'every limit was gone through': (results) => {
      assert.equal(results.has('failed') ? results.text('failed') : '', '');
    },
    'the command of the NAT fix names the address and the place whose ports are used up': (results) => {
      assert.match(results.text('nat-ports.fix'), /^50 src=10\.9\.0\.2 dst=10\.9\.0\.1 sport=9000\n$/);
    },
  },
  verdicts: [
    {
      diagnosis: 'nat-ports',
      code: 'nat-ports-exhausted',
      confidence: 1,
      kernel: (results, first) => {
        const [failed, dropped] = (['insert_failed', 'drop'] as const).map((field) =>
          growth(results, 'nat-ports', field),
        );
        assert.deepEqual([results.load('nat-client').succeeded, dropped], [50, failed]);
        assert.equal(valueOf(first, 'probe.insert_failed_snat'), failed);
        return `conntrack -S: insert_failed ${failed}, drop ${dropped}; ${number(results, 'nat-ports.count')} entries`;
      },
    },
    ...(['nft-drop', 'iptables-drop', 'own-drop'] as const).map((name) => ({
      diagnosis: name,
      code: 'firewall-drop',
      confidence: 0.9,
      kernel: (results: Results, first: Finding | undefined): string => {
        const rules = results.text(`${name}.rules`);
        const dropped = Number((/packets (\d+)/.exec(rules) ?? /\[(\d+):\d+\] -A INPUT/.exec(rules))?.[1]);
        const syn = name === 'own-drop' ? 'probe.netfilter_drop_syn_own' : 'probe.netfilter_drop_syn';
        assert.ok(dropped >= 40, `the rule counted ${dropped}`);
        assert.equal(valueOf(first, syn), dropped);
        return `the rule's own counter: ${dropped} packets`;
      },
    })),
    {
      diagnosis: 'scan',
      code: null,
      kernel: (results) => {
        const dropped = Number(/packets (\d+)/.exec(results.text('scan.rules'))?.[1]);
        assert.ok(dropped > 50, `the rule counted ${dropped}`);
        return `the rule's own counter: ${dropped} packets`;
      },
    },
    {
      diagnosis: 'local-ports',
      code: 'ephemeral-ports-exhausted',
      confidence: 0.95,
      kernel: (results, first) => {
        assert.equal(results.load('ports-client').failed['EADDRNOTAVAIL'], 60);
        assert.equal(valueOf(first, 'probe.connect_eaddrnotavail'), 60);
        assert.deepEqual(levelOf(first, 'local-ports'), [number(results, 'local-ports.held'), 200]);
        return `60 of 260 connects told EADDRNOTAVAIL; ss: ${number(results, 'local-ports.held')} ports held`;
      },
    },
    {
      diagnosis: 'local-ports-counters',
      code: 'ephemeral-ports-exhausted',
      confidence: 0.8,
      kernel: (results, first) => {
        assert.deepEqual(levelOf(first, 'local-ports'), [number(results, 'local-ports.held'), 200]);
        return `ss: ${number(results, 'local-ports.held')} of 200 ports held`;
      },
    },
    {
      diagnosis: 'bound-ports',
      code: 'ephemeral-ports-exhausted',
      confidence: 0.9,
      kernel: (results, first) => {
        assert.equal(results.load('bound-too').failed['EADDRINUSE'], 60);
        assert.equal(valueOf(first, 'probe.bind_no_port'), 60);
        assert.equal(number(results, 'bound-ports.held'), 200);
        // By the time of the last look one of the two destinations may hold none any more.
        const [held, range] = levelOf(first, 'local-ports');
        assert.ok((held ?? 0) >= 150 && range === 200, `${held} of ${range}`);
        return `60 of 260 binds told EADDRINUSE; ss: ${number(results, 'bound-ports.held')} ports held`;
      },
    },
    {
      diagnosis: 'neighbours',
      code: 'neighbour-table-overflow',
      confidence: 0.9,
      kernel: (results, first) => {
        const fulls = column(results, 'neighbours.after') - column(results, 'neighbours.before');
        assert.ok(fulls > 100, `table_fulls ${fulls}`);
        assert.equal(valueOf(first, 'arp_cache.table_fulls'), fulls);
        return `arp_cache table_fulls ${fulls}; log: ${/neighbor table overflow/.exec(results.text('log'))?.[0] ?? 'silent'}`;
      },
    },
    {
      diagnosis: 'clashes',
      code: 'conntrack-insert-failed',
      confidence: 0.9,
      kernel: (results, first) => {
        const failed = growth(results, 'clashes', 'insert_failed');
        // Its part of the handshake is complete.
        assert.equal(results.load('clash-client').succeeded, 150);
        assert.ok(failed >= 150, `insert_failed ${failed}`);
        assert.equal(growth(results, 'clashes', 'drop'), failed);
        assert.equal(valueOf(first, 'probe.insert_failed'), failed);
        return `conntrack -S: insert_failed and drop ${failed}; 150 handshakes without their last ACK`;
      },
    },
    {
      diagnosis: 'few-buckets',
      code: 'conntrack-buckets-undersized',
      confidence: 0.9,
      kernel: (results, first) => {
        const chains = growth(results, 'few-buckets', 'chaintoolong');
        assert.ok(chains > 0);
        assert.equal(valueOf(first, 'nf_conntrack.chaintoolong'), chains);
        return `conntrack -S: chaintoolong ${chains}; buckets, max: ${results.text('few-buckets.limits').trim().split('\n').join(', ')}`;
      },
    },
    {
      diagnosis: 'backlog',
      code: 'netdev-backlog-drop',
      confidence: 0.9,
      kernel: (results, first) => {
        const dropped = drops(results, 'backlog.after') - drops(results, 'backlog.before');
        assert.ok(dropped > 0, 'nothing was dropped');
        // The guest has other packets too, between the two looks and the frames.
        assert.ok((valueOf(first, 'softnet.dropped') ?? 0) >= dropped);
        return `softnet_stat: ${dropped} dropped`;
      },
    },
    {
      diagnosis: 'allowance',
      code: 'cloud-conntrack-allowance',
      confidence: 0.9,
      kernel: (_results, first) => {
        assert.equal(valueOf(first, 'ena.conntrack_allowance_exceeded'), 500);
        return 'none: a stand-in for ethtool';
      },
    },
    {
      diagnosis: 'link-local',
      code: 'cloud-network-allowance',
      severity: 'warning',
      confidence: 0.9,
      kernel: (_results, first) => {
        assert.equal(valueOf(first, 'ena.linklocal_allowance_exceeded'), 200);
        return 'none: a stand-in for ethtool';
      },
    },
  ],
};

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

/** What a field of `conntrack -S` gained. */
function growth(results: Results, name: string, field: string): number {
  const [before, after] = ['before', 'after'].map(
    (when) => (results.json(`${name}.${when}`) as Record<string, number>)[field] ?? 0,
  );
  return (after ?? 0) - (before ?? 0);
}

/** table_fulls of an arp_cache file, hexadecimal, summed over two processors. */
function column(results: Results, file: string): number {
  const [titles = [], ...rows] = results
    .text(file)
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const at = titles.indexOf('table_fulls');
  return rows.reduce((sum, row) => sum + Number.parseInt(row[at] ?? '', 16), 0);
}

function drops(results: Results, file: string): number {
  return results
    .text(file)
    .trim()
    .split('\n')
    .reduce((sum, row) => sum + Number.parseInt(row.trim().split(/\s+/)[1] ?? '', 16), 0);
}
