import assert from 'node:assert/strict';
import { diagnosisOf, lossesOf, NO_LOSS, lastInCapture, overflowsAt } from '../capture.js';
import { hooksMissingOn } from '../distros.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** What the probes counted in that namespace. */
function probed(results: Results, place: 'server' | 'client', metric: string): number {
  return lastInCapture(results, 'hooks.ctd.gz', metric, Number(results.text(`${place}-netns`)));
}

export const hooks: Scenario = {
  name: 'hooks',
  purpose: 'SYN queues; connect, bind and accept by errno; packets dropped by rules.',
  guestScript: 'hooks.sh',
  memoryMiB: 1024,
  timeoutMs: 1_500_000,
  checks: {
    'connect() without a free port is counted as often as the client was told': (results) => {
      const { failed, succeeded } = results.load('ports');
      assert.deepEqual({ failed, succeeded }, { failed: { EADDRNOTAVAIL: 50 }, succeeded: 100 });
      assert.equal(probed(results, 'client', 'probe.connect_eaddrnotavail'), 50);
      assert.equal(probed(results, 'client', 'probe.connect_failed'), 50);
    },
    'bind() without a free port is counted as often as the clients were told': (results) => {
      const told = ['bound', 'bound6'].map((name) => results.load(name).failed);
      assert.deepEqual(told, [{ EADDRINUSE: 30 }, { EADDRINUSE: 20 }]);
      assert.equal(probed(results, 'client', 'probe.bind_no_port'), 50);
      assert.equal(probed(results, 'client', 'probe.bind_eaddrinuse'), 50);
      assert.equal(probed(results, 'client', 'probe.bind_failed'), 50);
    },
    'bind() of a port that is taken, and of an address that is not there, are told from it': (results) => {
      assert.match(results.text('not-bound'), /Address already in use[^]*Cannot assign requested address/);
      assert.equal(results.text('path-taken').trim(), 'EADDRINUSE');
      assert.equal(probed(results, 'server', 'probe.bind_eaddrinuse'), 1);
      assert.equal(probed(results, 'server', 'probe.bind_eaddrnotavail'), 1);
      assert.equal(probed(results, 'server', 'probe.bind_failed'), 2);
      assert.equal(probed(results, 'server', 'probe.bind_no_port'), 0);
    },
    'accept() without a descriptor is counted as often as the server was told': (results) => {
      const told = Number(/"outOfFiles":(\d+)/.exec(results.text('narrow.out'))?.[1]);
      assert.ok(told > 0);
      assert.equal(probed(results, 'server', 'probe.accept_emfile'), told);
      assert.equal(probed(results, 'server', 'probe.accept_failed'), told);
    },
    'SYNs at a full SYN queue are TCPReqQFullDoCookies, and TCPReqQFullDrop without cookies': (results) => {
      const { nstat } = results.oracles('after');
      assert.ok(nstat('TcpExtTCPReqQFullDoCookies') > 30, 'too few cookies');
      assert.ok(nstat('TcpExtTCPReqQFullDrop') > 30, 'too few drops');
      assert.equal(probed(results, 'server', 'probe.syn_cookie'), nstat('TcpExtTCPReqQFullDoCookies'));
      assert.equal(probed(results, 'server', 'probe.syn_queue_drop'), nstat('TcpExtTCPReqQFullDrop'));
    },
    'accept queues that overflow on IPv6, at the SYN and at the ACK, are what the kernel and its sockets counted':
      (results) => {
        const [syn, ack] = [8005, 8006].map((port) => {
          const row = new RegExp(`:${port} [^]*?skmem:\\([^)]*,d(\\d+)\\)`).exec(results.text('listeners'));
          return { told: overflowsAt(results, 'hooks.ctd.gz', port), dropped: Number(row?.[1]) };
        });
        assert.ok(
          (syn?.dropped ?? 0) >= 60 - 17 && (ack?.dropped ?? 0) >= 60 - 17,
          JSON.stringify([syn, ack]),
        );
        // A socket's own drops are also of packets that its queue had no part in, such as resets; what overflowed
        // is told below by the kernel's counter, over both listeners.
        for (const item of [syn, ack]) {
          assert.ok((item?.told ?? 0) >= 60 - 17, JSON.stringify(item));
          assert.ok((item?.told ?? 0) <= (item?.dropped ?? 0), JSON.stringify(item));
        }
        // Nobody else's queue overflows there: what is told of the two is all of it.
        assert.equal(
          (syn?.told ?? 0) + (ack?.told ?? 0),
          results.oracles('after').nstat('TcpExtListenOverflows'),
        );
        assert.ok(probed(results, 'server', 'probe.accept_overflow_ack') > 0);
        assert.equal(
          probed(results, 'server', 'probe.accept_overflow_syn') +
            probed(results, 'server', 'probe.accept_overflow_ack'),
          results.oracles('after').nstat('TcpExtListenOverflows'),
        );
      },
    'packets dropped by rules, out and in, are what the rules counted': (results, distro) => {
      assert.deepEqual(results.load('forbidden').failed, { EPERM: 25 });
      const counted = Array.from(results.text('rules').matchAll(/counter packets (\d+)/g), ([, packets]) =>
        Number(packets),
      );
      assert.equal(counted.length, 2);
      assert.equal(counted[0], 25);
      assert.ok((counted[1] ?? 0) > 60);
      if (hooksMissingOn(distro).includes('netfilter-drop')) return;
      assert.equal(
        probed(results, 'client', 'probe.netfilter_drop'),
        counted.reduce((sum, value) => sum + value, 0),
      );
    },
    'nothing was lost on the way': (results, distro) => {
      const diagnosis = diagnosisOf(results, 'diagnosis');
      const { hooks: all } = diagnosis.coverage;
      assert.deepEqual(
        all.filter((hook) => hook.state !== 'attached').map((hook) => hook.hook),
        hooksMissingOn(distro),
      );
      assert.deepEqual(lossesOf(diagnosis), NO_LOSS);
    },
  },
};
