import { describe, expect, it } from 'vitest';
import type { PortUse, ProcessUse, StreamRecord } from '../../src/records/index.js';
import { countersOnly, readBundled } from '../scenarios/bundled.js';
import {
  CONTAINER,
  COVERAGE,
  everySecond,
  HEADER,
  HOST,
  kernel,
  listening,
  node,
  tick,
} from '../scenarios/stream.js';
import { linesOf, samplesAfter } from './snapshots.js';

const named = (netns: number, label: string): StreamRecord => ({ type: 'netns', elapsedMs: 0, netns, label });
const owned = (...processes: ProcessUse[]): StreamRecord => ({ type: 'processes', elapsedMs: 0, processes });
const using = (...ports: PortUse[]): StreamRecord => ({ type: 'ports', elapsedMs: 0, looked: [HOST], ports });
const route = { netns: HOST, source: '10.0.0.1', destination: '10.0.0.9', port: 5432, timeWait: 0 };

describe('the samples of a host', () => {
  it('are the build alone before the first frame', () => {
    expect(samplesAfter([])).toEqual([{ name: 'ctdiag_build_info', labels: { version: '1.2.3' }, value: 1 }]);
  });

  it('show a recorded incident: the finding, its namespace, the full table and who was refused', async () => {
    const { header, records } = await readBundled('conntrack-table-full');
    const samples = samplesAfter(records, header);
    expect(linesOf(samples, 'ctdiag_finding')).toContainEqual(
      expect.stringMatching(/^code=conntrack-table-full severity=critical netns=netns server = 1$/),
    );
    expect(linesOf(samples, 'ctdiag_verdict')).toContain('status=critical = 1');
    expect(linesOf(samples, 'ctdiag_refused_total')).toContainEqual(
      expect.stringMatching(/^cause=conntrack-table-full source=bpftrace = [1-9]\d*$/),
    );
    // The same flows, counted by the kernel.
    expect(linesOf(samples, 'ctdiag_refused_total')).toContainEqual(
      expect.stringMatching(/^cause=conntrack-drop source=kernel = [1-9]\d*$/),
    );
  });

  it('say nothing of what only the probes count, when there are none', async () => {
    const { header, records } = await readBundled('conntrack-table-full');
    const refused = linesOf(samplesAfter(countersOnly(records), header), 'ctdiag_refused_total');
    expect(refused.filter((line) => line.includes('bpftrace'))).toEqual([]);
    expect(refused.length).toBeGreaterThan(3);
  });

  it('leave out a limit that is none or unknown, and a time that is far', () => {
    const samples = samplesAfter([
      node(0, { 'net.netfilter.nf_conntrack_max': 0, 'fs.file-nr.allocated': 900, 'fs.file-max': null }),
      kernel(0, { 'net.netfilter.nf_conntrack_count': 12 }),
      tick(0),
    ]);
    expect(linesOf(samples, 'ctdiag_ceiling_used')).toEqual([
      'ceiling=conntrack netns=host = 12',
      'ceiling=file-handles = 900',
    ]);
    expect(linesOf(samples, 'ctdiag_ceiling_limit')).toEqual([]);
    expect(linesOf(samples, 'ctdiag_ceiling_full_seconds')).toEqual([]);
  });

  it('tell when a growing table will be full', () => {
    const samples = samplesAfter(
      everySecond(10, (second) => [
        node(second * 1000, { 'net.netfilter.nf_conntrack_max': 1000 }),
        kernel(second * 1000, { 'net.netfilter.nf_conntrack_count': 400 + second * 10 }),
      ]),
    );
    expect(linesOf(samples, 'ctdiag_ceiling_full_seconds')).toEqual(['ceiling=conntrack netns=host = 50']);
  });

  it('keep a finding for a minute after it was last seen, and no longer', () => {
    // The table is full and refuses in the first ten seconds; a queue stays nearly full, so the incident goes on.
    const after = (seconds: number): string[] =>
      linesOf(
        samplesAfter(
          everySecond(seconds, (second) => [
            node(second * 1000, { 'net.netfilter.nf_conntrack_max': 1000 }),
            kernel(second * 1000, {
              'net.netfilter.nf_conntrack_count': second <= 10 ? 1000 : 10,
              'nf_conntrack.drop': Math.min(second, 10) * 100,
              'nf_conntrack.insert_failed': 0,
            }),
          ]),
        ),
        'ctdiag_finding',
      );
    expect(after(10)).toEqual(['code=conntrack-table-full severity=critical netns=host = 1']);
    expect(after(60)).toHaveLength(1);
    expect(after(90)).toEqual([]);
  });

  it('count the probes by state, and what hides a refusal by kind', () => {
    const samples = samplesAfter([
      {
        ...COVERAGE,
        hooks: [...COVERAGE.hooks, { hook: 'syn', state: 'failed', variant: null, reason: 'no BTF' }],
        lostEvents: 7,
        unread: [{ kind: 'processes', count: 3, names: ['nginx(812)'], why: 'EACCES' }],
      },
      kernel(0, { 'Tcp.PassiveOpens': 1 }),
      tick(0),
    ]);
    expect(linesOf(samples, 'ctdiag_probes')).toEqual([
      'state=attached = 1',
      'state=pending = 0',
      'state=missing = 0',
      'state=failed = 1',
    ]);
    expect(linesOf(samples, 'ctdiag_records_lost_total')).toContain('where=bpftrace = 7');
    expect(linesOf(samples, 'ctdiag_blind_spots')).toContain('kind=processes = 3');
  });
});

describe('the subject of a sample', () => {
  const ceilings = (...records: StreamRecord[]): string[] =>
    linesOf(samplesAfter([...records, tick(0)]), 'ctdiag_ceiling_used');

  it('is a listener by address and port, and its namespace by name without a process id', () => {
    expect(
      ceilings(
        named(CONTAINER, 'netns of broker(4711)'),
        listening(0, { acceptQueue: 3 }, { netns: CONTAINER, address: '::', port: 1883, acceptQueue: 5 }),
      ),
    ).toEqual([
      'ceiling=accept-queue subject=[::]:1883 netns=netns of broker = 5',
      'ceiling=accept-queue subject=10.0.0.1:8883 netns=host = 3',
    ]);
  });

  it.each([
    ['/system.slice/mosquitto.service', 'mosquitto.service'],
    ['/user.slice/user-1000.slice/session-4.scope', 'broker in a session of uid 1000'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/a.service', 'a.service of uid 1000'],
    [
      '/system.slice/docker-3f2a91c0b1d23f2a91c0b1d23f2a91c0b1d23f2a91c0b1d23f2a91c0b1d23f2a.scope',
      'docker 3f2a91c0b1d2',
    ],
    [
      '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a2b3c4d_0000_1111_2222_333344445555.slice',
      'pod 1a2b3c4d',
    ],
    ['/', 'broker'],
  ])('is the owner of a control group: %s', (cgroup, subject) => {
    const process = { pid: 171, comm: 'broker', fds: 9, fdLimit: 1024, cgroup };
    expect(ceilings(owned(process))).toEqual([`ceiling=process-fds subject=${subject} = 9`]);
  });

  it('is one for all processes of a unit, with the figures of the nearest to its limit', () => {
    const worker = { comm: 'nginx', fdLimit: 1024, cgroup: '/system.slice/nginx.service' };
    expect(ceilings(owned({ ...worker, pid: 8, fds: 20 }, { ...worker, pid: 9, fds: 900 }))).toEqual([
      'ceiling=process-fds subject=nginx.service = 900',
    ]);
  });

  it('is the server that connections go to, and never a client', () => {
    // 40 connections from one address and port may be those of a client to forty listeners.
    const client = { ...route, destination: '192.0.2.7', port: 50_123, used: 40 };
    expect(ceilings(using({ ...route, used: 28_000 }))).toEqual([
      'ceiling=ephemeral-ports subject=to 10.0.0.9:5432 netns=host = 28000',
    ]);
    expect(ceilings(using(client))).toEqual(['ceiling=ephemeral-ports netns=host = 40']);
  });

  it('is safe to print, whatever a process calls itself', () => {
    const process = { pid: 171, comm: 'a"\\\n\u{1b}[31m', fds: 9, fdLimit: 1024 };
    expect(ceilings(owned(process))).toEqual(['ceiling=process-fds subject=a"\\··[31m = 9']);
  });

  it('tells the host apart from the namespace of a container that ctdiag runs in', () => {
    const samples = samplesAfter(
      [
        named(HOST, 'host'),
        node(0, { 'net.netfilter.nf_conntrack_max': 100 }),
        kernel(0, { 'net.netfilter.nf_conntrack_count': 1 }, HOST),
        kernel(0, { 'net.netfilter.nf_conntrack_count': 2 }, CONTAINER),
        tick(0),
      ],
      { ...HEADER, netns: CONTAINER },
    );
    expect(linesOf(samples, 'ctdiag_ceiling_used')).toEqual([
      'ceiling=conntrack netns=own = 2',
      'ceiling=conntrack netns=host = 1',
    ]);
  });

  it('is one of the twenty nearest, and the rest together', () => {
    const listeners = Array.from({ length: 30 }, (_, index) => ({
      port: 1000 + index,
      acceptQueue: index,
      backlog: 100,
    }));
    const lines = ceilings(listening(0, ...listeners));
    expect(lines).toHaveLength(21);
    expect(lines[0]).toBe('ceiling=accept-queue subject=10.0.0.1:1029 netns=host = 29');
    expect(lines[19]).toBe('ceiling=accept-queue subject=10.0.0.1:1010 netns=host = 10');
    // The nearest of the ten that are left.
    expect(lines[20]).toBe('ceiling=accept-queue subject=other = 9');
  });
});
