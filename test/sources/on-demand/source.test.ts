import { delimiter } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openOnDemandSource } from '../../../src/sources/on-demand/on-demand-source.js';
import { createHostView } from '../../../src/sources/host-view.js';
import type { StreamRecord } from '../../../src/records/index.js';
import { HOST, kernel, probes } from '../../scenarios/stream.js';

beforeEach(() => {
  const standIn = new URL('../../fixtures/ss', import.meta.url).pathname;
  vi.stubEnv('PATH', `${standIn}${delimiter}${process.env['PATH'] ?? ''}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

interface Run {
  readonly note: (record: StreamRecord) => void;
  readonly source: ReturnType<typeof openOnDemandSource>;
}

/** A source that has been polled once: at the first poll it only lets others go first. */
function open(): Run {
  const view = createHostView(HOST);
  const source = openOnDemandSource({ sysRoot: '/nowhere', view });
  source.poll(0);
  return { note: (record) => view.note(record), source };
}

const sockets = (inuse: number, tw = 0): ReturnType<typeof kernel> =>
  kernel(0, {
    'sockstat.TCP.inuse': inuse,
    'sockstat.TCP.tw': tw,
    'net.ipv4.ip_local_port_range.low': 20_000,
    'net.ipv4.ip_local_port_range.high': 20_199,
  });

async function lookedAt({ source }: Run, elapsedMs: number): Promise<unknown[]> {
  source.poll(elapsedMs);
  await source.settled();
  return [...source.poll(elapsedMs)];
}

const USED = {
  netns: HOST,
  source: '10.0.0.1',
  destination: '10.0.0.11',
  port: 9010,
  used: 150,
  timeWait: 0,
};

test('the sockets are looked at when there may be half a range of them, TIME_WAIT included', async () => {
  const run = open();
  run.note(sockets(60));
  expect(await lookedAt(run, 0)).toEqual([]);
  run.note(sockets(60, 60));
  expect(await lookedAt(run, 1000)).toEqual([
    { type: 'ports', elapsedMs: 1000, looked: [HOST], ports: [USED] },
  ]);
});

test.for(['probe.connect_eaddrnotavail', 'probe.bind_no_port'] as const)(
  'and at once when calls fail for want of a port (%s), however few there are',
  async (metric) => {
    const run = open();
    run.note(sockets(3));
    run.note(probes(0, { [metric]: 2 }));
    expect(await lookedAt(run, 0)).toMatchObject([{ looked: [HOST], ports: [USED] }]);
    // The failures are those of the last look: nothing new, and few sockets.
    expect(await lookedAt(run, 60_000)).toMatchObject([{ looked: [HOST], ports: [] }]);
  },
);

test('a tool that fails is named, and nothing is made up', async () => {
  const failing = new URL('../../fixtures/ss-fails', import.meta.url).pathname;
  vi.stubEnv('PATH', `${failing}${delimiter}${process.env['PATH'] ?? ''}`);
  const run = open();
  run.note(sockets(150));
  expect(await lookedAt(run, 0)).toEqual([]);
  expect(run.source.unreadable).toEqual([{ what: 'local ports', why: 'ss failed with exit code 1' }]);
});
