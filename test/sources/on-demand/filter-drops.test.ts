import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHostView } from '../../../src/sources/host-view.js';
import { filterDropsIn, xdpDropsIn } from '../../../src/sources/on-demand/filter-drops.js';
import { openFilterSource } from '../../../src/sources/on-demand/filter-source.js';
import { HOST, probes } from '../../scenarios/stream.js';

// As iproute2 6.1 prints them.
const QDISCS = `qdisc noqueue 0: dev lo root refcnt 2
 Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0)
 backlog 0b 0p requeues 0
qdisc fq_codel 0: dev eth0 root refcnt 2 limit 10240p
 Sent 900 bytes 9 pkt (dropped 400, overlimits 0 requeues 0)
qdisc clsact ffff: dev eth0 parent ffff:fff1
 Sent 180 bytes 3 pkt (dropped 60, overlimits 0 requeues 0)
 backlog 0b 0p requeues 0
qdisc ingress ffff: dev veth0 parent ffff:fff1 ----------------
 Sent 180 bytes 3 pkt (dropped 7, overlimits 0 requeues 0)`;

test('drops of filters are summed, those of queues on their way out are not', () => {
  expect(filterDropsIn(QDISCS.split('\n'))).toBe(67);
  expect(
    filterDropsIn(['qdisc fq_codel 0: dev eth0 root', ' Sent 1 bytes 1 pkt (dropped 4, overlimits 0)']),
  ).toBe(null);
  expect(
    filterDropsIn(['qdisc clsact ffff: dev eth0', ' (dropped 99999999999999999999, overlimits 0)']),
  ).toBe(null);
  expect(filterDropsIn([])).toBe(null);
});

test.each([
  [['     rx_queue_0_xdp_drops: 40', '     rx_queue_1_xdp_drops: 2', '     rx_queue_0_xdp_packets: 90'], 42],
  [['     rx_xdp_drop: 42', '     rx0_xdp_drop: 40', '     rx1_xdp_drop: 2'], 42],
  [['     queue_0_rx_xdp_drop: 5'], 5],
  [['     rx_packets: 42', '     peer_ifindex: 3'], null],
  [['     rx_queue_0_xdp_drops: -4', '     rx_queue_0_xdp_drops: 1e9'], null],
])('%j: %s', (lines, drops) => {
  expect(xdpDropsIn(lines)).toBe(drops);
});

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'ctdiag-filters-'));
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH'] ?? ''}`);
  write('ethtool', 'echo "     rx_queue_0_xdp_drops: 11"');
});
afterEach(() => {
  rmSync(bin, { recursive: true });
  vi.unstubAllEnvs();
});

function write(tool: string, script: string): void {
  writeFileSync(join(bin, tool), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, tool), 0o755);
}

const dropping = (count: number): void => {
  write(
    'tc',
    `echo 'qdisc clsact ffff: dev eth0 parent ffff:fff1'\necho ' (dropped ${count}, overlimits 0)'`,
  );
};

test('nothing is asked where there are no filters; what is there is asked soon a second time, then seldom', async () => {
  const view = createHostView(HOST);
  const source = openFilterSource({ view });
  const look = async (elapsedMs: number): Promise<unknown> => {
    source.poll(elapsedMs);
    await source.settled();
    return view.extraFigures.get(HOST);
  };
  dropping(1);
  expect(await look(0)).toBeUndefined();
  view.filtered = { tc: ['eth0'], xdp: ['eth1'] };
  expect(await look(1000)).toEqual({ 'tc.filter_dropped': 1, 'xdp.dropped': 11 });
  dropping(2);
  expect(await look(5000)).toMatchObject({ 'tc.filter_dropped': 1 });
  expect(await look(6000)).toMatchObject({ 'tc.filter_dropped': 2 });
  dropping(3);
  expect(await look(12_000)).toMatchObject({ 'tc.filter_dropped': 2 });
  expect(await look(16_000)).toMatchObject({ 'tc.filter_dropped': 3 });
  expect(source.unreadable).toEqual([]);
});

test('tc is not asked while the probe sees that filters drop nothing', async () => {
  const view = createHostView(HOST);
  view.filtered = { tc: ['eth0'], xdp: [] };
  const source = openFilterSource({ view });
  const look = async (elapsedMs: number, dropped: number): Promise<unknown> => {
    view.note(probes(elapsedMs, { 'probe.tc_drop': dropped }));
    source.poll(elapsedMs);
    await source.settled();
    return view.extraFigures.get(HOST)?.['tc.filter_dropped'];
  };
  dropping(1);
  expect(await look(0, 7)).toBe(1);
  dropping(9);
  expect(await look(60_000, 7)).toBe(1);
  expect(await look(61_000, 8)).toBe(9);
});

test('a tool that fails is named, and what it would have told is unknown', async () => {
  write('tc', 'exit 2');
  const view = createHostView(HOST);
  view.filtered = { tc: ['eth0'], xdp: [] };
  const source = openFilterSource({ view });
  source.poll(0);
  await source.settled();
  expect(source.unreadable).toMatchObject([
    { what: 'what tc filters and XDP programs drop', why: 'tc failed with exit code 2' },
  ]);
  expect(view.extraFigures.get(HOST)).toEqual({ 'tc.filter_dropped': null });
});
