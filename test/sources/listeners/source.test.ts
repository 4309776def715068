import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Listener } from '../../../src/records/index.js';
import type { ListenerTotals } from '../../../src/sources/bpftrace/totals.js';
import { createHostView } from '../../../src/sources/host-view.js';
import type { Source } from '../../../src/sources/source.js';
import { openListenerSource } from '../../../src/sources/listeners/listener-source.js';
import { listListeners } from '../../../src/sources/listeners/ss.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A real listener of this process, and what the probes would say of it. */
async function overflowing(): Promise<ListenerTotals> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ssListener = (await listListeners(null)).listeners.find((listener) => listener.port === port);
  if (ssListener?.inode == null) throw new Error(`ss does not show the listener at port ${port}`);
  return {
    netns: 1,
    inode: ssListener.inode,
    port,
    address: '127.0.0.1',
    overflows: 7,
    backlog: 511,
    queue: 512,
  };
}

function sourceOf(probed: ListenerTotals[]): Source {
  const view = createHostView(1);
  view.probes = { isAttached: true, system: null, listeners: probed };
  return openListenerSource({ procRoot: '/proc', sysRoot: '/sys', view });
}

function shown(source: Source, port: number, elapsedMs = 0): Listener | undefined {
  const [record] = source.poll(elapsedMs);
  return record?.type === 'listeners'
    ? record.listeners.find((listener) => listener.port === port)
    : undefined;
}

test('a listener that overflows just before the end still gets its owner', async () => {
  const probed: ListenerTotals[] = [];
  const source = sourceOf(probed);
  // What starts tools is loaded with the first of them: the look below must not begin after the listener.
  await listListeners(null);
  source.poll(0);
  const late = await overflowing();
  probed.push(late);
  expect(shown(source, late.port, 100)).toMatchObject({ overflows: 7 });
  await source.stop();
  expect(shown(source, late.port, 200)?.owner).toMatchObject({ pid: process.pid });
});

test('what overflows while a look is under way is looked for by the next, not five seconds later', async () => {
  const probed: ListenerTotals[] = [];
  const source = sourceOf(probed);
  source.poll(0);
  const late = await overflowing();
  probed.push(late);
  source.poll(500);
  await expect
    // The overflow is over: only what was seen at 500 ms makes this look due.
    .poll(() => shown(source, late.port, 1500)?.owner?.pid, { timeout: 20_000 })
    .toBe(process.pid);
  await source.stop();
});

test('after the end no look starts', async () => {
  const source = sourceOf([]);
  source.poll(0);
  await source.stop();
  const late = await overflowing();
  source.poll(10_000);
  await source.stop();
  expect(shown(source, late.port, 20_000)).toBeUndefined();
});
