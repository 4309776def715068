import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createHostView } from '../../../src/sources/host-view.js';
import { gap, probes } from '../../scenarios/stream.js';
import { findNamespaces, isInNetns, netnsOf } from '../../../src/sources/kernel/namespaces.js';
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
      writeFileSync(join(root, String(pid), 'net/snmp'), 'Tcp: CurrEstab InSegs\nTcp: 3 40\n');
      writeFileSync(
        join(root, String(pid), 'net/sockstat'),
        'sockets: used 3\nTCP: inuse 3 orphan 0 tw 0 alloc 4 mem 1\nUDP: inuse 0 mem 0\n',
      );
    },
    /** Another process in a namespace of its own, whose counters are those of `pid`. */
    addLike: (pid: number, other: number): void => {
      mkdirSync(join(root, String(other), 'ns'), { recursive: true });
      symlinkSync(`net:[${other}]`, join(root, String(other), 'ns/net'));
      symlinkSync(join(root, String(pid), 'net'), join(root, String(other), 'net'));
    },
    /** One more overflow, of a segment that came in. */
    growing: (pid: number): void => {
      const grow = (name: string, titles: string): void => {
        const file = join(root, String(pid), 'net', name);
        const text = readFileSync(file, 'utf8');
        const count = Number(/(\d+)\n$/.exec(text)?.[1]);
        writeFileSync(file, titles.replace('N', String(count + 1)));
      };
      grow('netstat', 'TcpExt: ListenOverflows\nTcpExt: N\n');
      grow('snmp', 'Tcp: CurrEstab InSegs\nTcp: 3 N\n');
    },
    remove: (pid: number): void => rmSync(join(root, String(pid)), { recursive: true }),
  };
}

test('namespaces are named by pod or container, else by a process; that of the kernel is the host', () => {
  const { root, add } = proc();
  add('self', { netns: 1 });
  add(1, { netns: 9, comm: 'systemd' });
  add(2, { netns: 9, comm: 'kthreadd' });
  add(10, { netns: 1 });
  add(11, { netns: 2, cgroup: `0::/docker/${ID}` });
  add(13, { netns: 3, cgroup: `0::/docker/${ID}`, environ: 'A=1\0HOSTNAME=broker-0\0' });
  add(14, { netns: 5, comm: 'unshare' });
  expect(findNamespaces(root, 1, []).namespaces).toEqual([
    { netns: 9, pid: 1, file: join(root, '1/ns/net'), label: 'host' },
    { netns: 2, pid: 11, file: join(root, '11/ns/net'), label: 'docker 3f2a91c0b1d2' },
    { netns: 3, pid: 13, file: join(root, '13/ns/net'), label: 'docker broker-0' },
    { netns: 5, pid: 14, file: join(root, '14/ns/net'), label: 'netns of unshare(14)' },
  ]);
});

test('a container is not asked for its name again while its process is the same', () => {
  const { root, add, remove } = proc();
  add(13, { netns: 3, cgroup: `0::/docker/${ID}`, environ: 'HOSTNAME=broker-0\0' });
  add(14, { netns: 5, comm: 'unshare' });
  const { namespaces: before } = findNamespaces(root, 1, []);
  remove(14);
  add(14, { netns: 5, comm: 'nginx' });
  writeFileSync(join(root, '13/cgroup'), '0::/\n');
  const labels = (): string[] =>
    findNamespaces(root, 1, [], before).namespaces.map((namespace) => namespace.label);
  expect(labels()).toEqual(['docker broker-0', 'netns of nginx(14)']);
  remove(13);
  add(15, { netns: 3, cgroup: `0::/docker/${ID}`, environ: 'HOSTNAME=broker-1\0' });
  expect(labels()).toEqual(['netns of nginx(14)', 'docker broker-1']);
});

/** A kernel source over that /proc, and which namespaces a poll has figures of. */
function open(root: string) {
  const view = createHostView(1);
  const source = openKernelSource({ procRoot: root, netns: 1, view, intervalMs: 1000 });
  onTestFinished(() => source.kill());
  const namespaces = (elapsedMs: number): number[] =>
    source.poll(elapsedMs).flatMap((record) => {
      if (record.type !== 'sample' || record.netns === 0) return [];
      return record.netns === 1 || Object.values(record.values).some((value) => value !== null)
        ? [record.netns]
        : [];
    });
  return { view, source, namespaces };
}

test('a namespace that the probes point at is read at once, not at the next search', () => {
  const { root, add } = proc();
  const { view, namespaces } = open(root);
  expect(namespaces(0)).toEqual([1]);
  add(20, { netns: 42 });
  expect(namespaces(1000)).toEqual([1]);
  view.note(probes(1500, { 'probe.syn': 1 }, 42));
  expect(namespaces(2000)).toEqual([1, 42]);
});

test('a namespace that vanishes, or whose process becomes another, gives no figure of anybody else', () => {
  const { root, add, remove, growing } = proc();
  add(20, { netns: 42 });
  add(21, { netns: 43 });
  const { namespaces } = open(root);
  expect(namespaces(0)).toEqual([1, 42, 43]);
  for (const pid of [20, 21]) growing(pid);
  expect(namespaces(9000)).toEqual([1, 42, 43]);
  remove(20);
  remove(21);
  add(21, { netns: 44 });
  expect(namespaces(9500)).toEqual([1]);
  expect(namespaces(10_500)).toEqual([1, 44]);
});

describe('with many namespaces', () => {
  const MANY = 60;
  function many() {
    const tree = proc();
    for (let pid = 1000; pid < 1000 + MANY; pid += 1) tree.add(pid, { netns: pid });
    const opened = open(tree.root);
    expect(opened.namespaces(0)).toHaveLength(MANY + 1);
    return { ...tree, ...opened };
  }

  test('each of a thousand is read within ten seconds, in turn, and what did not change is not reported again', () => {
    const THOUSAND = 1000;
    const { root, add, addLike, growing } = proc();
    add(1000, { netns: 1000 });
    for (let pid = 1001; pid < 1000 + THOUSAND; pid += 1) addLike(1000, pid);
    const { namespaces } = open(root);
    expect(namespaces(0)).toHaveLength(THOUSAND + 1);
    growing(1000);
    const seen = new Set<number>();
    for (let second = 1; second <= 9; second += 1) {
      const now = namespaces(second * 1000).filter((netns) => netns !== 1);
      expect(now.length).toBeLessThan(THOUSAND);
      for (const netns of now) seen.add(netns);
    }
    expect(seen.size).toBe(THOUSAND);
  });

  test('each is read within ten seconds also where all are busy and the machine is too slow to read them all', () => {
    const { namespaces, growing, source } = many();
    const growAll = (): void => {
      for (let pid = 1000; pid < 1000 + MANY; pid += 1) growing(pid);
    };
    growAll();
    for (let second = 1; second <= 9; second += 1) source.poll(second * 1000);
    // A clock on which whatever is done takes too long.
    let nowMs = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 1000));
    onTestFinished(() => clock.mockRestore());
    const seen = new Set<number>();
    for (let second = 10; second <= 18; second += 1) {
      growAll();
      for (const netns of namespaces(second * 1000)) if (netns !== 1) seen.add(netns);
    }
    expect(seen.size).toBe(MANY);
  });

  test('of those that stand still the dearest file is not read again', () => {
    const { root, source } = many();
    for (let second = 1; second <= 9; second += 1) source.poll(second * 1000);
    for (let pid = 1000; pid < 1000 + MANY; pid += 1) rmSync(join(root, String(pid), 'net/netstat'));
    for (let second = 10; second <= 18; second += 1) {
      // What is counted for the whole node moves in every namespace.
      for (let pid = 1000; pid < 1000 + MANY; pid += 1)
        writeFileSync(
          join(root, String(pid), 'net/sockstat'),
          `sockets: used 3\nTCP: inuse 3 orphan ${second} tw 0 alloc ${second} mem ${second}\nUDP: inuse 0 mem ${second}\n`,
        );
      source.poll(second * 1000);
      expect(source.unreadable.filter(({ what }) => what.endsWith('net/netstat'))).toHaveLength(1);
    }
  });

  test('those that stand still are not reported', () => {
    const { namespaces } = many();
    for (let second = 1; second <= 20; second += 1) expect(namespaces(second * 1000)).toEqual([1]);
  });

  test('after a stretch in which nothing was read each is reported anew', () => {
    const { namespaces, view } = many();
    for (let second = 1; second <= 9; second += 1) expect(namespaces(second * 1000)).toEqual([1]);
    view.note(gap(10_000, 'kernel'));
    const seen = new Set<number>();
    for (let second = 10; second <= 18; second += 1)
      for (const netns of namespaces(second * 1000)) if (netns !== 1) seen.add(netns);
    expect(seen.size).toBe(MANY);
  });

  test('one in which something moves is read at every poll', () => {
    const { namespaces, growing } = many();
    growing(1059);
    let second = 1;
    while (!namespaces(second * 1000).includes(1059)) second += 1;
    expect(second).toBeLessThanOrEqual(9);
    for (let poll = 1; poll < 5; poll += 1) {
      growing(1059);
      expect(namespaces((second + poll) * 1000)).toContain(1059);
    }
  });

  test('one that ended has no levels any more', () => {
    const { source, remove } = many();
    remove(1000);
    const records = Array.from({ length: 12 }, (_, second) => source.poll((second + 1) * 1000)).flat();
    const last = records.filter((record) => record.type === 'sample' && record.netns === 1000).at(-1);
    expect(last).toMatchObject({ values: { 'Tcp.CurrEstab': null } });
  });
});

test('the rate of a change that was read late counts from the reading before it', () => {
  const { root, add, growing } = proc();
  add(20, { netns: 42 });
  const { source } = open(root);
  const of42 = (elapsedMs: number) =>
    source
      .poll(elapsedMs)
      .flatMap((record) => (record.type === 'sample' && record.netns === 42 ? [record.elapsedMs] : []));
  expect(of42(0)).toEqual([0]);
  expect(of42(9000)).toEqual([]);
  growing(20);
  expect(of42(18_000)).toEqual([9000, 18_000]);
  // One more says that it is over.
  expect(of42(19_000)).toEqual([19_000]);
  expect(of42(20_000)).toEqual([]);
});

// Another user may see which namespace a process is in only by what the namespace shows of itself.
describe.skipIf(process.geteuid?.() !== 0 || process.seteuid === undefined)('a user who is not root', () => {
  test('finds the namespaces of processes that are not theirs, and knows their own', async () => {
    const child = spawn('unshare', ['--net', 'sleep', '300'], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const pid = child.pid ?? 0;
    await vi.waitFor(() => expect(netnsOf('/proc', String(pid))).not.toBe(netnsOf('/proc', 'self')), 20_000);
    // A child that has ended, and whose parent does not ask for it: it is in no namespace.
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 300'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const zombie = await new Promise<string>((resolve) =>
      parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
    );
    await vi.waitFor(() => expect(readFileSync(`/proc/${zombie}/stat`, 'utf8')).toContain(') Z '), 20_000);
    process.seteuid?.(65_534);
    onTestFinished(() => process.seteuid?.(0));
    const { namespaces, unreadableProcesses } = findNamespaces('/proc', netnsOf('/proc', 'self'), []);
    expect(namespaces.filter((namespace) => namespace.pid === pid)).toMatchObject([
      { label: `netns of sleep(${pid})` },
    ]);
    expect(namespaces.some((namespace) => namespace.pid === process.pid)).toBe(false);
    expect(unreadableProcesses).toBe(0);
    const [found] = namespaces.filter((namespace) => namespace.pid === pid);
    expect(isInNetns('/proc', pid, found?.netns ?? 0)).toBe(true);
  });
});
