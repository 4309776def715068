import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Listener } from '../../../src/records/index.js';
import type { ListenerTotals } from '../../../src/sources/bpftrace/totals.js';
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

function sourceOf(probed: ListenerTotals[]): ReturnType<typeof openListenerSource> {
  return openListenerSource({
    procRoot: '/proc',
    sysRoot: '/sys',
    netns: 1,
    probed: () => probed,
    probesAttached: () => true,
    others: () => [],
  });
}

function shown(source: ReturnType<typeof openListenerSource>, port: number): Listener | undefined {
  const [record] = source.records(0);
  return record?.type === 'listeners'
    ? record.listeners.find((listener) => listener.port === port)
    : undefined;
}

test('a listener that overflows just before the end still gets its owner', async () => {
  const late = await overflowing();
  const source = sourceOf([late]);
  expect(shown(source, late.port)).toMatchObject({ owner: null, overflows: 7 });
  await source.finish();
  expect(shown(source, late.port)?.owner).toMatchObject({ pid: process.pid });
});

test('what overflows while a look is under way is looked for by the next, not five seconds later', async () => {
  const probed: ListenerTotals[] = [];
  const source = sourceOf(probed);
  source.refresh(0, false);
  const late = await overflowing();
  probed.push(late);
  source.refresh(500, true);
  await expect
    .poll(
      () => {
        // The overflow is over: only what was said at 500 ms makes this look due.
        source.refresh(1500, false);
        return shown(source, late.port)?.owner?.pid;
      },
      { timeout: 20_000 },
    )
    .toBe(process.pid);
  await source.finish();
});

test('after the end no look starts', async () => {
  const source = sourceOf([]);
  await source.finish();
  source.refresh(10_000, true);
  const late = await overflowing();
  await source.finish();
  expect(shown(source, late.port)).toBeUndefined();
});
