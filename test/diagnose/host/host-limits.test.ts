import { describe, expect, it, test } from 'vitest';
import { fixWords } from '../../../src/render/index.js';
import type { MetricName } from '../../../src/records/index.js';
import { courseOf, findingsIn } from '../host-scenario.js';
import type { Figures } from '../host-scenario.js';

const orphans = (used: number, memory: number) => (): Partial<Record<MetricName, number>> => ({
  'sockstat.TCP.orphan': used,
  'net.ipv4.tcp_max_orphans': 1000,
  'sockstat.TCP.mem': memory,
  'net.ipv4.tcp_mem.low': 500,
  'net.ipv4.tcp_mem.pressure': 700,
  'net.ipv4.tcp_mem.max': 900,
});

describe('orphans', () => {
  const aborts: Figures = (second) => ({ 'TcpExt.TCPAbortOnMemory': 7 * second });

  it('beyond their limit are a warning, for no connection is refused', () => {
    const [first] = findingsIn({ host: aborts, node: orphans(1000, 10) });
    expect(first).toMatchObject({
      code: 'orphan-limit',
      severity: 'warning',
      confidence: 0.95,
      refused: 0,
      fixes: [
        { id: 'shorten-orphans' },
        { id: 'raise-max-orphans', from: 1000, to: 32_768 },
        { id: 'find-orphans' },
      ],
    });
  });

  it('that are reset before they are seen are inferred: there is memory enough', () => {
    expect(findingsIn({ host: aborts, node: orphans(0, 10) })).toMatchObject([
      { code: 'orphan-limit', confidence: 0.8, against: [{ metric: 'sockstat.TCP.orphan', value: 0 }] },
    ]);
  });

  it('are not blamed for what TCP’s memory does', () => {
    expect(courseOf({ host: aborts, node: orphans(20, 901) })).toEqual([
      ['tcp-memory', 'critical', null, 'on'],
    ]);
  });

  it.each([
    ['far from the limit', orphans(900, 10)],
    ['with limits unknown', () => ({ 'sockstat.TCP.orphan': 5000 })],
  ])('%s are no finding', (_what, figures) => {
    expect(courseOf({ node: figures })).toEqual([]);
  });
});

describe('memory of TCP', () => {
  const at = (pages: number): Figures => orphans(0, pages);

  it('used up is critical, surer where the kernel counts what it dropped', () => {
    expect(findingsIn({ node: at(900) })).toMatchObject([{ code: 'tcp-memory', confidence: 0.85 }]);
    const [first] = findingsIn({ node: at(900), host: (second) => ({ 'TcpExt.TCPRcvQDrop': second }) });
    expect(first).toMatchObject({ code: 'tcp-memory', severity: 'critical', confidence: 0.95 });
    expect(fixWords(first?.fixes[0] ?? { id: 'find-orphans' })).toMatchObject({
      command: "sysctl -w 'net.ipv4.tcp_mem=98304 131072 196608'",
      undo: "sysctl -w 'net.ipv4.tcp_mem=500 700 900'; rm -f /etc/sysctl.d/90-ctdiag-tcp-mem.conf",
    });
  });

  it('is counted in pages of this kernel: half of 8 GiB are 65,536 of 64 KiB', () => {
    const node: Figures = () => ({
      ...orphans(0, 60_000)(),
      'net.ipv4.tcp_mem.max': 60_000,
    });
    const fixes = findingsIn({ node, kernel: '5.14.0-427.el9.aarch64+64k' })[0]?.fixes;
    expect(fixes?.[0]).toMatchObject({
      id: 'raise-tcp-mem',
      to: [32_768, 43_690, 65_536],
      pageBytes: 65_536,
    });
    expect(fixWords(fixes?.[0] ?? { id: 'find-orphans' }).effect).toContain('4.0 GiB in all');
  });

  it('under pressure is a warning, and goes on while it stands above the second figure', () => {
    const host: Figures = (second) => ({ 'TcpExt.TCPMemoryPressures': second < 3 ? 0 : 1 });
    expect(courseOf({ node: at(750), host })).toEqual([['tcp-memory', 'warning', null, 'on']]);
    expect(courseOf({ node: at(600), host })).toEqual([['tcp-memory', 'warning', null, 'ended']]);
  });

  it('half used is no finding', () => {
    expect(courseOf({ node: at(699) })).toEqual([]);
  });
});

describe('tasks', () => {
  const group = (used: number, refused: (second: number) => number | null) => (second: number) => ({
    tasks: { cgroup: '/system.slice/broker.service', used, limit: 20, refused: refused(second) },
  });

  it('that a control group refuses are critical, with the unit in what keeps the fix', () => {
    const [first] = findingsIn({ process: group(20, (second) => 3 * second) });
    expect(first).toMatchObject({ code: 'task-limit', severity: 'critical', refused: 60, confidence: 0.95 });
    expect(fixWords(first?.fixes[0] ?? { id: 'find-orphans' })).toMatchObject({
      command: "echo 80 > '/sys/fs/cgroup/system.slice/broker.service/pids.max'",
      persist: 'systemctl set-property -- broker.service TasksMax=80',
      undo: "rm -f /etc/systemd/system.control/broker.service.d/50-TasksMax.conf; systemctl daemon-reload; echo 20 > '/sys/fs/cgroup/system.slice/broker.service/pids.max'",
    });
  });

  it('refused a while ago go on while the group stands at its limit, and are over where it has room', () => {
    const once = (second: number): number => Math.min(3, second);
    const [standing] = findingsIn({ process: group(20, once) });
    expect(standing).toMatchObject({ untilMs: null, fixes: [{ id: 'raise-pids-max' }] });
    const [over] = findingsIn({ process: group(12, once) });
    expect(over).toMatchObject({ untilMs: 3000, fixes: [{ id: 'raise-pids-max' }] });
  });

  it('that were refused before the window are none of it', () => {
    expect(courseOf({ process: group(10, () => 500) })).toEqual([]);
    expect(courseOf({ process: group(10, (second) => (second < 5 ? null : 500)) })).toEqual([]);
  });

  it('nearly used up are a warning', () => {
    expect(courseOf({ process: group(19, () => 0) })).toEqual([['task-limit', 'warning', null, 'on']]);
  });

  it.each([
    ['threads-max', { 'loadavg.tasks': 15_631, 'kernel.threads-max': 15_631, 'kernel.pid_max': 99_999 }],
    ['pid_max', { 'loadavg.tasks': 32_540, 'kernel.pid_max': 32_768, 'pids.usable': 32_540 }],
  ])('of the host at %s', (_what, figures) => {
    expect(courseOf({ node: () => figures })).toEqual([['task-limit', 'critical', null, 'on']]);
  });

  it('near pid_max have ids left while those of the boot are not all taken', () => {
    const figures = { 'loadavg.tasks': 650, 'kernel.pid_max': 1000, 'pids.usable': 770 };
    expect(courseOf({ node: () => figures })).toEqual([]);
  });

  it('keep a process from accepting: its queue is the consequence', () => {
    const given = { acceptQueue: () => 17, overflows: (second: number) => 9 * second };
    expect(courseOf({ ...given, process: group(20, (second) => second) })).toEqual([
      ['task-limit', 'critical', null, 'on'],
      ['accept-queue-overflow', 'critical', 'task-limit', 'on'],
    ]);
  });

  it('of a group with a hostile name get no word into a command', () => {
    const tasks = { cgroup: "/x'; rm -rf /; '.service", used: 20, limit: 20 };
    const [first] = findingsIn({ process: (second) => ({ tasks: { ...tasks, refused: second } }) });
    expect(fixWords(first?.fixes[0] ?? { id: 'find-orphans' })).toMatchObject({
      command: null,
      persist: null,
      undo: null,
    });
  });
});

describe('mappings', () => {
  const maps = (count: number) => ({ process: () => ({ maps: count }) });

  test.for([
    [65_530, 'critical'],
    [65_529, 'critical'],
    [60_000, 'warning'],
    [40_000, undefined],
  ] as const)('%i of 65,530: %s', ([count, severity]) => {
    expect(findingsIn(maps(count)).map((finding) => [finding.code, finding.severity])).toEqual(
      severity === undefined ? [] : [['map-count-limit', severity]],
    );
  });

  it('not looked for are none', () => {
    expect(courseOf({ process: () => ({}) })).toEqual([]);
  });
});

describe('a limit that was lowered', () => {
  it('and raised again is over at once, with nothing left to mend', () => {
    const [first] = findingsIn({
      node: (second) => ({
        'fs.file-nr.allocated': second < 19 ? 224 : 96,
        'fs.file-max': second >= 5 && second < 19 ? 156 : 199_602,
      }),
    });
    expect(first).toMatchObject({ code: 'system-file-limit', fixes: [], untilMs: 18_000 });
  });

  it('and raised, and full again, has its fix', () => {
    const [first] = findingsIn({
      node: (second) => ({
        'fs.file-nr.allocated': second < 10 ? 224 : 300,
        'fs.file-max': second < 10 ? 156 : 300,
      }),
    });
    expect(first).toMatchObject({ untilMs: null, fixes: [{ id: 'raise-file-max', from: 300 }] });
  });

  it('is raised to what it was, not to a multiple of what it is', () => {
    const [first] = findingsIn({
      node: (second) => ({ 'fs.file-nr.allocated': 156, 'fs.file-max': second < 5 ? 9_999_999 : 156 }),
    });
    expect(first).toMatchObject({
      untilMs: null,
      fixes: [{ id: 'raise-file-max', from: 156, to: 9_999_999 }],
    });
  });
});
describe('the host’s file handles', () => {
  test.for([
    [940, []],
    [960, [['system-file-limit', 'warning', null, 'on']]],
    [1000, [['system-file-limit', 'critical', null, 'on']]],
  ] as const)('%d of 1,000', ([used, expected]) => {
    expect(courseOf({ node: () => ({ 'fs.file-nr.allocated': used, 'fs.file-max': 1000 }) })).toEqual(
      expected,
    );
  });
});
