import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { engineName, isMadeUp } from '../../../src/sources/kernel/engine-name.js';

const ID = '3f2a91c0b1d2'.padEnd(64, 'e');
const proc = mkdtempSync(join(tmpdir(), 'ctdiag-engines-'));
afterAll(() => rmSync(proc, { recursive: true }));

function plant(path: string, text: string): void {
  mkdirSync(join(proc, path, '..'), { recursive: true });
  writeFileSync(join(proc, path), text);
}

/** As /proc tells a process and its parent. */
function process(pid: number, comm: string, parent: number, cmdline: readonly string[] = []): void {
  plant(`${pid}/stat`, `${pid} (${comm}) S ${parent} ${pid} ${pid} 0 -1 4194560 0 0`);
  plant(`${pid}/cmdline`, cmdline.map((arg) => `${arg}\0`).join(''));
}

describe('the name that an engine gives a container', () => {
  process(1, 'systemd', 0);
  // As podman 4.3 starts its monitor, shortened.
  const monitor = [
    '/usr/bin/conmon',
    '--api-version',
    '1',
    '-c',
    ID,
    '-u',
    ID,
    '-r',
    '/usr/bin/crun',
    '-n',
    'broker',
  ];
  process(100, 'conmon', 1, monitor);
  process(101, 'beam.smp', 100);
  process(102, 'sh (x) S 1 ', 101);
  plant(`1/root/var/lib/docker/containers/${ID}/config.v2.json`, JSON.stringify({ ID, Name: '/web_1' }));
  plant(`1/root/var/lib/docker/containers/${'a'.repeat(64)}/config.v2.json`, '{"Name":');
  plant(`1/root/var/lib/docker/containers/${'b'.repeat(64)}/config.v2.json`, '{"Name":["x"]}');

  test.for([
    ['podman, of its first process', 101, 'podman', ID.slice(0, 12), 'broker'],
    ['podman, of a process below it', 102, 'podman', ID.slice(0, 12), 'broker'],
    ['podman, of the monitor of another container', 101, 'podman', 'a'.repeat(12), null],
    ['podman, of a process that is gone', 999, 'podman', ID.slice(0, 12), null],
    ['podman, of a process without a monitor', 1, 'podman', ID.slice(0, 12), null],
    ['docker', 101, 'docker', ID.slice(0, 12), 'web_1'],
    ['docker, of another container', 101, 'docker', 'c'.repeat(12), null],
    ['docker, of a file that is cut off', 101, 'docker', 'a'.repeat(12), null],
    ['docker, of a file of another form', 101, 'docker', 'b'.repeat(12), null],
    ['a pod, which its host name names', 101, 'pod', '1a2b3c4d', null],
  ] as const)('%s', ([, pid, kind, id, name]) => {
    expect(engineName(proc, pid, kind, id)).toBe(name);
  });

  test('is bounded', () => {
    process(103, 'conmon', 1, ['conmon', '-c', ID, '-n', 'x'.repeat(100_000)]);
    process(104, 'sleep', 103);
    expect(engineName(proc, 104, 'podman', ID.slice(0, 12))).toHaveLength(128);
  });

  test('is not looked for without end', () => {
    process(105, 'a', 106);
    process(106, 'b', 105);
    expect(engineName(proc, 105, 'podman', ID.slice(0, 12))).toBeNull();
  });
});

describe('the name of a network namespace', () => {
  const uuid = '1a2b3c4d-0001-4002-8003-0123456789ab';
  test.for([`cni-${uuid}`, `netns-${uuid}`, '3f2a91c0b1d2', uuid])('%s was made up by an engine', (name) => {
    expect(isMadeUp(name)).toBe(true);
  });
  test.for(['broker', 'netns-web', 'client', '3f2a91c0b1d'])('%s was given by a person', (name) => {
    expect(isMadeUp(name)).toBe(false);
  });
});
