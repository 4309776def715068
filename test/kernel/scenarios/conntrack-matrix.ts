import assert from 'node:assert/strict';
import { diagnosisOf, lossesOf, NO_LOSS, lastInCapture, lastRecord } from '../capture.js';
import { hooksMissingOn } from '../distros.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

const capture = 'matrix.ctd.gz';
const places = ['netns', 'host'] as const;
type Place = (typeof places)[number];

const inEach =
  (check: (results: Results, place: Place) => void): Scenario['checks'][string] =>
  (results) => {
    for (const place of places) check(results, place);
  };

/** What the probes counted in that namespace, and in no other. */
function probed(results: Results, place: Place, metric: string): number {
  return lastInCapture(results, capture, metric, Number(results.text(`${place}-netns`)));
}

/** What became of a client's attempts. */
function client(results: Results, place: Place, name: string) {
  return results.load(`${place}-${name}`);
}

const protocols = ['tcp4', 'tcp6', 'udp4', 'udp6', 'icmp4', 'icmp6'];
const evicting = ['udp4-evicting', 'udp6-evicting'];

/** As the script gives them: the networks of the clients, and the server's addresses. */
const ADDRESSES = {
  netns: {
    v4: { from: '10.0.0.0/24', to: '10.0.0.1' },
    v6: { from: 'fd00::/64', to: 'fd00::1' },
  },
  host: {
    v4: { from: '10.1.0.0/24', to: '10.1.0.1' },
    v6: { from: 'fd01::/64', to: 'fd01::1' },
  },
} satisfies Record<Place, Record<'v4' | 'v6', { from: string; to: string }>>;

interface RefusedFlow {
  readonly netns: number;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number | null;
  readonly count: number;
}

/** What the detail program said last of that namespace; it ran all the time. */
function refusedFlows(results: Results, place: Place): RefusedFlow[] {
  const last = lastRecord(results, capture, 'flows') as {
    readonly refused: readonly RefusedFlow[];
    readonly refusedOthers: number;
  };
  assert.equal(last.refusedOthers, 0);
  return last.refused.filter((refusedFlow) => refusedFlow.netns === Number(results.text(`${place}-netns`)));
}

/** Of the datagrams that met a table full of unanswered flows, those that were dropped. */
function droppedWhileEvicting(results: Results, place: Place): number {
  const at = (name: string): number => results.oracles(`${place}-${name}`).conntrack('drop');
  return at('after') - at('refused');
}

export const conntrackMatrix: Scenario = {
  name: 'conntrack-matrix',
  purpose: 'TCP, UDP and ICMP, v4 and v6, against a full table, evictable or not, in two namespaces.',
  guestScript: 'conntrack-matrix.sh',
  memoryMiB: 2048,
  timeoutMs: 1_500_000,
  checks: {
    'what has room gets through, whatever its protocol': inEach((results, place) => {
      for (const protocol of protocols) {
        const { attempted, succeeded } = client(results, place, `${protocol}-room`);
        assert.equal(succeeded, attempted, `${place} ${protocol}`);
      }
    }),
    'what meets a table of established connections is refused, whatever its protocol': inEach(
      (results, place) => {
        for (const protocol of protocols) {
          const { attempted, timedOut } = client(results, place, `${protocol}-refused`);
          assert.equal(timedOut, attempted, `${place} ${protocol}`);
        }
        assert.equal(results.oracles(`${place}-refused`).conntrack('early_drop'), 0);
        assert.equal(results.oracles(`${place}-refused`).conntrackCount, 1000);
      },
    ),
    'table-full is the drop of conntrack -S, in each namespace': inEach((results, place) => {
      const drop = results.oracles(`${place}-after`).conntrack('drop');
      assert.ok(drop >= 200, `${place}: only ${drop} dropped`);
      assert.equal(results.oracles(`${place}-after`).conntrack('insert_failed'), 0);
      assert.equal(probed(results, place, 'probe.table_full'), drop, place);
    }),
    'inserts are the flows that the clients got through, and those that nobody answered': inEach(
      (results, place) => {
        const answered = protocols.map((name) => client(results, place, `${name}-room`).succeeded);
        const unanswered = evicting.map((name) => client(results, place, name).attempted);
        const opened = [...answered, ...unanswered].reduce((sum, value) => sum + value, 0);
        assert.equal(
          probed(results, place, 'probe.insert'),
          opened - droppedWhileEvicting(results, place),
          place,
        );
        assert.equal(probed(results, place, 'probe.insert_failed'), 0, place);
      },
    ),
    'every flow that was inserted was destroyed, now that the table is empty': inEach((results, place) => {
      assert.equal(probed(results, place, 'probe.destroy'), probed(results, place, 'probe.insert'), place);
    }),
    'flows were evicted, by calls that conntrack -S counts the victims of': inEach((results, place) => {
      const left = ['room', 'full', 'last'].map((name) => Number(results.text(`${place}-flushed-${name}`)));
      const evicted = results.oracles(`${place}-after`).conntrack('early_drop');
      assert.ok(evicted >= 100, `${place}: only ${evicted} evicted`);
      // Above 95 % the kernel's garbage collector takes unanswered flows too, and counts them nowhere.
      const destroyed = left.reduce((sum, value) => sum + value, evicted);
      assert.ok(probed(results, place, 'probe.destroy') >= destroyed, place);
      // A call evicts at least one, often several.
      const calls = probed(results, place, 'probe.early_drop');
      assert.ok(calls > 0 && calls <= evicted, `${place}: ${calls} calls evicted ${evicted}`);
    }),
    'who was refused: networks, destinations, ports of the clients, and as often as conntrack -S dropped':
      inEach((results, place) => {
        const groups = refusedFlows(results, place);
        const { v4, v6 } = ADDRESSES[place];
        const flow = (to: typeof v4, protocol: string, port: number | null) =>
          `${to.from} ${to.to} ${protocol} ${port ?? ''}`;
        assert.deepEqual(
          groups
            .map((group) => flow({ from: group.source, to: group.destination }, group.protocol, group.port))
            .sort(),
          [
            ...[v4, v6].flatMap((to) => [flow(to, 'tcp', 8883), flow(to, 'udp', 5683)]),
            flow(v4, 'icmp', null),
            flow(v6, 'icmpv6', null),
          ].sort(),
        );
        const drop = results.oracles(`${place}-after`).conntrack('drop');
        assert.equal(
          groups.reduce((sum, group) => sum + group.count, 0),
          drop,
        );
        // Those that do not try again are refused once each.
        for (const protocol of ['icmp', 'icmpv6'])
          assert.equal(groups.find((group) => group.protocol === protocol)?.count, 20, protocol);
      }),
    'diagnose names the full table, and in which namespaces': (results) => {
      const { findings, status } = diagnosisOf(results, 'diagnosis');
      assert.equal(status, 'critical');
      assert.equal(findings[0]?.code, 'conntrack-table-full');
      assert.ok(
        findings.some(
          (finding) => finding.code === 'conntrack-table-full' && finding.title.includes('netns server'),
        ),
      );
    },
    'nothing was lost on the way': (results, distro) => {
      const diagnosis = diagnosisOf(results, 'diagnosis');
      const { hooks } = diagnosis.coverage;
      assert.deepEqual(
        hooks.filter((hook) => hook.state !== 'attached').map((hook) => hook.hook),
        hooksMissingOn(distro),
      );
      assert.deepEqual(lossesOf(diagnosis), NO_LOSS);
    },
  },
};
