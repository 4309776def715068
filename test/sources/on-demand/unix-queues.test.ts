import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHostView } from '../../../src/sources/host-view.js';
import { mostWaiting, parseUnixListener } from '../../../src/sources/on-demand/unix-queues.js';
import { openUnixSource } from '../../../src/sources/on-demand/unix-source.js';
import { HOST } from '../../scenarios/stream.js';

const HEAD = 'Num       RefCount Protocol Flags    Type St Inode Path\n';
const line = (state: string, inode: string, path: string): string =>
  `0000000031a66905: 00000003 00000000 00000000 0001 ${state} ${inode.padStart(5)} ${path}\n`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ctdiag-unix-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
  vi.unstubAllEnvs();
});

test.for([
  ['nothing', HEAD, 0],
  ['connections that were accepted', HEAD + line('03', '77', '/run/a') + line('03', '78', '/run/a'), 0],
  ['the listener alone', HEAD + line('01', '76', '/run/a'), 0],
  [
    'two that wait at one path, one at another',
    HEAD + line('02', '0', '/run/a b') + line('02', '0', '/run/c') + line('02', '0', '/run/a b'),
    2,
  ],
] as const)('%s', ([, text, expected]) => {
  expect(mostWaiting(text)).toBe(expected);
});

test.for([
  ['u_str LISTEN 6      5               /tmp/ux.sock 302079 * 0', { waiting: 6, backlog: 5 }],
  ['u_seq LISTEN 0      128             /run/udev/control 1 * 0', { waiting: 0, backlog: 128 }],
  ['u_str ESTAB  0      0               * 302080 * 302081', null],
] as const)('%s', ([text, expected]) => {
  expect(parseUnixListener(text)).toEqual(expected);
});

test('ss is asked only where connections wait, and an empty queue is told once it had one', async () => {
  mkdirSync(join(root, 'net'));
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/ss'), "#!/bin/sh\necho 'u_str LISTEN 6 5 /run/app.sock 1 * 0'\n", {
    mode: 0o755,
  });
  vi.stubEnv('PATH', `${join(root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`);
  const view = createHostView(HOST);
  const source = openUnixSource({ procRoot: root, view });
  const look = async (elapsedMs: number, text: string): Promise<unknown> => {
    writeFileSync(join(root, 'net/unix'), text);
    source.poll(elapsedMs);
    await source.settled();
    return view.extraFigures.get(HOST);
  };
  source.poll(0);
  expect(await look(1000, HEAD + line('02', '0', '/run/app.sock'))).toBeUndefined();
  const full = HEAD + line('02', '0', '/run/app.sock').repeat(6);
  expect(await look(11_000, full)).toEqual({ 'unix.accept_queue': 6, 'unix.backlog': 5 });
  expect(await look(13_000, HEAD)).toEqual({ 'unix.accept_queue': 0, 'unix.backlog': 5 });
});
