import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHostView } from '../../../src/sources/host-view.js';
import { createUnreadLook, mostUnread } from '../../../src/sources/on-demand/unread-sockets.js';
import type { UnreadLook } from '../../../src/sources/on-demand/unread-sockets.js';
import { openUnreadSource } from '../../../src/sources/on-demand/unread-source.js';
import { HOST, kernel } from '../../scenarios/stream.js';

function lookAt(...lines: string[]): UnreadLook {
  const look = createUnreadLook();
  for (const line of lines) look.take(line);
  return look.result();
}

test('a connection counts where as much waits as before, or more, at the port with most of them', () => {
  const before = lookAt(
    '200 0 10.0.0.1:8883 10.0.0.11:4711',
    '200 0 10.0.0.1:8883 10.0.0.11:4712',
    '9 0 10.0.0.1:443 10.0.0.11:4713',
    '0 0 10.0.0.1:8883 10.0.0.11:4714',
    '200 0 [fd00::1]:8883 [fd00::11]:4715',
  );
  const now = lookAt(
    '200 0 10.0.0.1:8883 10.0.0.11:4711',
    // Read in between.
    '100 0 10.0.0.1:8883 10.0.0.11:4712',
    '9 0 10.0.0.1:443 10.0.0.11:4713',
    // Came in between.
    '7 0 10.0.0.1:8883 10.0.0.11:4714',
    '300 0 [fd00::1]:8883 [fd00::11]:4715',
  );
  expect(mostUnread(before, now)).toEqual({ port: 8883, established: 4, unread: 2 });
  expect(mostUnread(now, lookAt())).toBe(null);
});

test('lines that are no connections count nowhere', () => {
  const look = lookAt(
    '',
    'Recv-Q Send-Q Local',
    '-1 0 10.0.0.1:1 10.0.0.2:2',
    '5 0 10.0.0.1:99999999 a:1',
    '5 0 x y',
  );
  expect([look.established.size, look.waiting.size]).toEqual([0, 0]);
});

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'ctdiag-unread-'));
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH'] ?? ''}`);
});
afterEach(() => {
  rmSync(bin, { recursive: true });
  vi.unstubAllEnvs();
});

function ssPrints(...lines: string[]): void {
  writeFileSync(join(bin, 'ss'), `#!/bin/sh\n${lines.map((line) => `echo '${line}'`).join('\n')}\n`);
  chmodSync(join(bin, 'ss'), 0o755);
}

test('sockets are listed only while connections are accepted in silence, and until all are read', async () => {
  const view = createHostView(HOST);
  const source = openUnreadSource({ view });
  source.poll(0);
  const look = async (elapsedMs: number, accepted: number, sent: number): Promise<unknown> => {
    view.note(kernel(elapsedMs, { 'Tcp.PassiveOpens': accepted, 'TcpExt.TCPOrigDataSent': sent }));
    source.poll(elapsedMs);
    await source.settled();
    return view.extraFigures.get(HOST);
  };
  ssPrints('200 0 10.0.0.1:8883 10.0.0.11:4711');
  // Answered; too few; then silent at two looks.
  expect(await look(1000, 100, 100)).toBeUndefined();
  expect(await look(6000, 150, 200)).toBeUndefined();
  expect(await look(11_000, 159, 200)).toBeUndefined();
  expect(await look(16_000, 200, 200)).toBeUndefined();
  expect(await look(21_000, 201, 200)).toEqual({
    'unserved.port': 8883,
    'unserved.established': 1,
    'unserved.unread': 1,
  });
  ssPrints('0 0 10.0.0.1:8883 10.0.0.11:4711');
  expect(await look(22_000, 201, 200)).toMatchObject({ 'unserved.unread': 1 });
  expect(await look(26_000, 201, 200)).toMatchObject({ 'unserved.unread': 0 });
});
