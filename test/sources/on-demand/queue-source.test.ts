import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHostView } from '../../../src/sources/host-view.js';
import type { HostView } from '../../../src/sources/host-view.js';
import { openQueueSource } from '../../../src/sources/on-demand/queue-source.js';
import { HOST, node } from '../../scenarios/stream.js';

/** Stands in for `nft list ruleset` on a host with two rules that queue, and writes down that it was called. */
const NFT = (calls: string): string => `#!/bin/sh
echo called >>'${calls}'
echo 'tcp dport 9001 counter packets 12 bytes 720 queue to 3'
echo 'tcp dport 9002 queue flags bypass to 4'
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ctdiag-queues-'));
  mkdirSync(join(root, 'net/netfilter'), { recursive: true });
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/nft'), NFT(join(root, 'calls')), { mode: 0o755 });
  vi.stubEnv('PATH', `${join(root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`);
});
afterEach(() => {
  rmSync(root, { recursive: true });
  vi.unstubAllEnvs();
});

function calls(): number {
  const file = join(root, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}

/** A source that has been polled once, on a host with so many rules that use NFQUEUE. */
function open(references: number): {
  readonly view: HostView;
  readonly look: (elapsedMs: number) => Promise<void>;
} {
  const view = createHostView(HOST);
  view.note(node(0, { 'modules.queue_references': references }));
  const source = openQueueSource({ procRoot: root, view });
  source.poll(0);
  return {
    view,
    look: async (elapsedMs) => {
      source.poll(elapsedMs);
      await source.settled();
    },
  };
}

test('rules are read only where one uses NFQUEUE', async () => {
  const { view, look } = open(0);
  await look(1000);
  expect(calls()).toBe(0);
  expect(view.extraFigures.get(HOST)).toBeUndefined();
});

test('a rule whose queue is not bound is told with its packets, and read again soon', async () => {
  const { view, look } = open(2);
  await look(1000);
  expect(view.extraFigures.get(HOST)).toEqual({
    'rules.unread_queue': 1,
    'rules.unread_queue_packets': 12,
  });
  await look(5000);
  expect(calls()).toBe(1);
  await look(6000);
  expect(calls()).toBe(2);
});

test('where the queue is bound nothing is told, and a look comes in minutes', async () => {
  writeFileSync(
    join(root, 'net/netfilter/nfnetlink_queue'),
    '    3   1234     0 2 65531     0     0        5  1\n',
  );
  const { view, look } = open(2);
  await look(1000);
  expect(view.extraFigures.get(HOST)).toMatchObject({ 'rules.unread_queue': 0 });
  await look(50_000);
  expect(calls()).toBe(1);
});

test('rules that are gone are not told any more', async () => {
  const { view, look } = open(2);
  await look(1000);
  view.note(node(2000, { 'modules.queue_references': 0 }));
  await look(2000);
  expect(view.extraFigures.get(HOST)).toMatchObject({ 'rules.unread_queue': 0 });
});
