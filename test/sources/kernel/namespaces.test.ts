import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findNamespaces } from '../../../src/sources/kernel/namespaces.js';
import { openKernelSource } from '../../../src/sources/kernel/kernel-source.js';

const ID = '3f2a91c0b1d2'.padEnd(64, 'e');

interface Process {
  readonly netns: number;
  readonly comm?: string;
  readonly cgroup?: string;
  readonly environ?: string;
}

/** A /proc of our own, to which processes can be added and from which they can vanish. */
function proc() {
  const root = mkdtempSync(join(tmpdir(), 'ctdiag-proc-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return {
    root,
    add: (pid: number | 'self', { netns, comm = 'sleep', cgroup = '0::/', environ = '' }: Process): void => {
      mkdirSync(join(root, String(pid), 'ns'), { recursive: true });
      mkdirSync(join(root, String(pid), 'net/stat'), { recursive: true });
      symlinkSync(`net:[${netns}]`, join(root, String(pid), 'ns/net'));
      writeFileSync(join(root, String(pid), 'comm'), `${comm}\n`);
      writeFileSync(join(root, String(pid), 'cgroup'), `${cgroup}\n`);
      writeFileSync(join(root, String(pid), 'environ'), environ);
      writeFileSync(join(root, String(pid), 'net/netstat'), 'TcpExt: ListenOverflows\nTcpExt: 7\n');
    },
    remove: (pid: number): void => rmSync(join(root, String(pid)), { recursive: true }),
  };
}

test('namespaces are named by pod or container, by ip netns, else by a process', () => {
  const { root, add } = proc();
  const names = join(root, 'netns');
  mkdirSync(names);
  for (const name of ['blue', 'cni-4f1a']) writeFileSync(join(names, name), '');
  const [blue, cni] = ['blue', 'cni-4f1a'].map((name) => statSync(join(names, name)).ino);
  add('self', { netns: 1 });
  add(10, { netns: 1 });
  add(11, { netns: 2, cgroup: `0::/docker/${ID}` });
  add(12, { netns: blue ?? 0, cgroup: '0::/user.slice' });
  add(13, { netns: cni ?? 0, cgroup: `0::/docker/${ID}`, environ: 'A=1\0HOSTNAME=broker-0\0' });
  add(14, { netns: 5, comm: 'unshare' });
  expect(findNamespaces(root, 1, names)).toEqual([
    { netns: 2, pid: 11, label: 'docker 3f2a91c0b1d2' },
    { netns: blue, pid: 12, label: 'netns blue' },
    { netns: cni, pid: 13, label: 'docker broker-0' },
    { netns: 5, pid: 14, label: 'netns of unshare(14)' },
  ]);
});

const namespacesIn = (records: ReturnType<ReturnType<typeof openKernelSource>['sample']>): number[] =>
  records.flatMap((record) => (record.type === 'sample' && record.netns !== 0 ? [record.netns] : []));

test('a namespace that the probes notice is read at once, not at the next search', () => {
  const { root, add } = proc();
  const source = openKernelSource(root, 1);
  expect(namespacesIn(source.sample(0))).toEqual([1]);
  add(20, { netns: 42 });
  expect(namespacesIn(source.sample(1000))).toEqual([1]);
  source.noticed(42);
  expect(namespacesIn(source.sample(2000))).toEqual([1, 42]);
  source.close();
});

test('a namespace that vanishes, or whose process becomes another, gives no figure of anybody else', () => {
  const { root, add, remove } = proc();
  add(20, { netns: 42 });
  add(21, { netns: 43 });
  const source = openKernelSource(root, 1);
  expect(namespacesIn(source.sample(0))).toEqual([1, 42, 43]);
  remove(20);
  remove(21);
  add(21, { netns: 44 });
  expect(namespacesIn(source.sample(1000))).toEqual([1]);
  expect(namespacesIn(source.sample(2000))).toEqual([1, 44]);
  source.close();
});
