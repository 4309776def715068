import { expect, test } from 'vitest';
import { ladderOf, namespacesWorthALook } from '../../src/limits/index.js';
import type { Ladder } from '../../src/limits/index.js';
import type { Window } from '../../src/model/index.js';
import { limitsText } from '../../src/render/index.js';
import { everySecond, HOST, kernel, windowFrom } from '../scenarios/stream.js';

const windowOf = (established: number, high = 60_999): Window =>
  windowFrom(
    everySecond(4, (second) => [
      kernel(second * 1000, {
        'Tcp.CurrEstab': established,
        'net.ipv4.ip_local_port_range.low': 32_768,
        'net.ipv4.ip_local_port_range.high': high,
      }),
    ]),
  );

/** The ladder of a host with 70,000 connections, so many of them of one address to port 1883. */
function withPeer(connections: number | null, plateau: number | null = null, high?: number): Ladder {
  const others = { netns: HOST, port: 1883, peer: '192.0.2.9', connections: 300 };
  const peers =
    connections === null ? null : [{ netns: HOST, port: 1883, peer: '10.0.0.11', connections }, others];
  return ladderOf(windowOf(70_000, high), { port: null, pid: null, plateau }, peers);
}

test.for<[connections: number, of: string | undefined, ports?: number, high?: number]>([
  [28_232, 'linux', 28_232],
  [28_100, 'linux', 28_232],
  [64_511, 'from-1024', 64_512],
  [64_512, 'from-1024', 64_512],
  [16_380, 'windows-bsd', 16_384],
  [54_990, 'nat-gateway', 55_000],
  // Its clients are set up as this host is.
  [37_231, 'this-host', 37_233, 70_000],
  // A pool, or more than the range can hold.
  [20_000, undefined],
  [29_000, undefined],
  [65_400, undefined],
])('%d connections of one client to one port: the range is %s', ([connections, of, ports, high]) => {
  const { clients } = withPeer(connections, null, high);
  expect(clients?.map(({ peer, range }) => [peer, range.of, range.ports])).toEqual(
    of === undefined ? [] : [['10.0.0.11', of, ports]],
  );
});

test('a plateau at a range of ports is that of a client where a client has as many, and else is not', () => {
  const verdict = (connections: number | null): unknown => {
    const [plateau] = withPeer(connections, 28_232).plateaus;
    return plateau?.suspects.find(({ name }) => name === 'client-ports')?.verdict;
  };
  expect([verdict(28_230), verdict(9000), verdict(null)]).toEqual(['reached', 'cleared', 'unknown']);
  expect(withPeer(28_230, 40_000).plateaus[0]?.suspects.map(({ name }) => name)).not.toContain(
    'client-ports',
  );
});

test('who it is stands in the text, with what to look at there, whether or not a plateau was asked for', () => {
  const text = limitsText(withPeer(28_230), windowOf(70_000), false).replaceAll(/\n +/g, ' ');
  expect(text).toContain(
    '- 10.0.0.11 has 28,230 to port 1883; 28,232 is the default of Linux, 32768 to 60999',
  );
  expect(text).toContain('Check on the client: sysctl net.ipv4.ip_local_port_range');
  expect(limitsText(withPeer(null), windowOf(70_000), false)).not.toContain('Clients with');
});

test('the peers are looked at only where one client may be at the end of its ports', () => {
  expect([...namespacesWorthALook(windowOf(16_300))]).toEqual([HOST]);
  expect([...namespacesWorthALook(windowOf(12_000))]).toEqual([]);
});
