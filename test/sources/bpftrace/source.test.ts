import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { GapRecord, SampleRecord, StreamRecord } from '../../../src/records/index.js';
import { installCommand } from '../../../src/shell/install.js';
import { startProbes } from '../../../src/sources/bpftrace/probe-source.js';
import type { ProbeSource } from '../../../src/sources/bpftrace/probe-source.js';
import { machine } from './machine.js';
import type { MachineOptions } from './machine.js';

const PATIENCE = { timeout: 20_000, interval: 20 };

interface Run {
  readonly probes: ProbeSource;
  readonly records: StreamRecord[];
  /** Where the stand-in leaves its pid. */
  readonly proc: string;
  /** Added to the clock: how a test makes time pass. */
  skewMs: number;
}

function start(options: MachineOptions, startTimeoutMs = 20_000, versionTimeoutMs = 20_000): Run {
  const records: StreamRecord[] = [];
  const startedMs = performance.now();
  const run: { skewMs: number } = { skewMs: 0 };
  const roots = machine(options);
  const probes = startProbes({
    roots,
    netns: 7,
    clock: () => Math.round(performance.now() - startedMs + run.skewMs),
    emit: (record) => records.push(record),
    startTimeoutMs,
    versionTimeoutMs,
  });
  onTestFinished(() => probes.stop());
  return Object.assign(run, { probes, records, proc: roots.proc });
}

const samples = (run: Run): SampleRecord[] => run.records.filter((record) => record.type === 'sample');
const gaps = (run: Run): GapRecord[] => run.records.filter((record) => record.type === 'gap');
const inserts = (run: Run): (number | null | undefined)[] =>
  samples(run)
    .filter((sample) => sample.netns === 42)
    .map((sample) => sample.values['probe.insert']);

async function attached(run: Run): Promise<void> {
  await vi.waitFor(() => {
    expect(run.probes.coverage).toMatchObject({ probes: 'attached', reason: null });
    expect(inserts(run).length).toBeGreaterThan(1);
  }, PATIENCE);
}

/** The process of the stand-in, once its probes have attached. */
async function pidOf(run: Run): Promise<number> {
  await attached(run);
  return Number(readFileSync(join(run.proc, 'pids'), 'utf8').trim().split('\n').at(-1));
}

async function stop(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await vi.waitFor(() => {
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) T /);
  }, PATIENCE);
}

/** What was printed before is read: it would be heard after the time has passed. No line comes for many turns. */
async function readAll(run: Run): Promise<void> {
  let seen = run.records.length;
  for (let quiet = 0; quiet < 100; quiet += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (run.records.length > seen) quiet = 0;
    seen = run.records.length;
  }
}

/** Seconds of which we see every one, as the frames of a live stream do. */
async function passSeconds(run: Run, seconds: number): Promise<void> {
  await readAll(run);
  for (let second = 0; second < seconds; second += 1) {
    run.skewMs += 1000;
    run.probes.poll(0);
  }
}

describe('probes that attach', () => {
  test('are covered hook by hook, with the variant that BTF allows', async () => {
    const run = start({});
    await attached(run);
    expect(run.probes.coverage.bpftraceVersion).toBe('0.17.0');
    const hooks = run.probes.coverage.hooks.map((hook) => [hook.hook, hook.state, hook.variant]);
    expect(hooks).toContainEqual(['conntrack-drop', 'attached', 'fexit']);
    expect(hooks).toContainEqual(['tcp-syn', 'attached', 'fentry']);
  });

  test('count from 0 at their start, and are 0, not unknown, for our own namespace', async () => {
    const run = start({});
    await attached(run);
    expect(inserts(run)[0]).toBe(0);
    const own = samples(run).filter((sample) => sample.netns === 7);
    expect(own.map((sample) => sample.values['probe.table_full'])).toContain(0);
  });

  test('name the listener that overflows, by namespace, inode, address, port and backlog', async () => {
    const run = start({});
    await attached(run);
    expect(run.probes.listeners).toEqual([
      { netns: 42, inode: 17, port: 1883, address: '127.0.0.1', overflows: 5, backlog: 16, queue: null },
    ]);
  });

  test('give their last figures when they are stopped', async () => {
    const run = start({});
    await attached(run);
    await run.probes.stop();
    expect(inserts(run).at(-1)).toBe(1000);
  });

  test('give them before they are taken away, which may take longer than an ending waits', async () => {
    const run = start({ bpftrace: 'detaches-slowly' });
    await attached(run);
    await run.probes.stop();
    expect(inserts(run).at(-1)).toBe(900);
  });

  test('that are stopped make a gap and are said to be silent, and go on when they are woken', async () => {
    const run = start({});
    const pid = await pidOf(run);
    await stop(pid);
    await passSeconds(run, 6);
    expect(gaps(run)).toHaveLength(1);
    expect(gaps(run)[0]?.reason).toMatch(/silent/);
    expect(run.probes.coverage).toMatchObject({
      probes: 'failed',
      reason: expect.stringMatching(/silent/) as string,
    });
    process.kill(pid, 'SIGCONT');
    await attached(run);
    expect(gaps(run)).toHaveLength(1);
  });

  test('that stay stopped are ended, and others are started in their place', async () => {
    const run = start({});
    const pid = await pidOf(run);
    const highest = Math.max(...inserts(run).map(Number));
    await stop(pid);
    await passSeconds(run, 31);
    expect(run.probes.coverage.reason).toMatch(/silent for too long and was ended/);
    const before = inserts(run).length;
    await attached(run);
    await vi.waitFor(() => expect(inserts(run).length).toBeGreaterThan(before + 1), PATIENCE);
    expect(Math.min(...inserts(run).slice(before).map(Number))).toBeGreaterThanOrEqual(highest);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('that turn to garbage are silent, and their lines are counted', async () => {
    const run = start({ bpftrace: 'turns-to-garbage' });
    await vi.waitFor(() => expect(run.probes.coverage.badLines).toBeGreaterThan(0), PATIENCE);
    expect(inserts(run)).toEqual([0, 1]);
    await passSeconds(run, 31);
    expect(gaps(run)[0]?.reason).toMatch(/silent/);
    expect(run.probes.coverage.reason).toMatch(/ended/);
    expect(inserts(run)).toEqual([0, 1]);
  });

  test('that are killed make a gap, are started again, and go on counting from where they were', async () => {
    const run = start({});
    const pid = await pidOf(run);
    const before = inserts(run).length;
    const highest = Math.max(...inserts(run).map(Number));
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => {
      expect(gaps(run)[0]?.reason).toMatch(/killed by SIGKILL/);
      expect(inserts(run).length).toBeGreaterThan(before + 1);
    }, PATIENCE);
    expect(Math.min(...inserts(run).slice(before).map(Number))).toBeGreaterThanOrEqual(highest);
  });
});

describe('probes that do not attach say why', () => {
  const rows: readonly (readonly [name: string, options: MachineOptions, reason: RegExp])[] = [
    [
      'no bpftrace',
      { bpftrace: null },
      new RegExp(`bpftrace is not installed; ${installCommand('bpftrace')}`),
    ],
    ['a bpftrace that is too old', { bpftrace: 'too-old' }, /bpftrace 0\.9\.4 is too old; install/],
    ['a bpftrace without a version', { bpftrace: 'has-no-version' }, /prints no version/],
    ['no root', { isRoot: false }, /not root; run it with sudo/],
    ['no kprobes', { kprobes: false }, /this kernel has no kprobes/],
    ['no tracefs', { tracefs: false }, /tracefs is not mounted; mount -t tracefs/],
    ['lockdown', { lockdown: 'confidentiality' }, /locked down/],
  ];
  test.for(rows)('%s', async ([, options, reason]) => {
    const run = start(options);
    await vi.waitFor(() => expect(run.probes.coverage.probes).toBe('off'), PATIENCE);
    expect(run.probes.coverage.reason).toMatch(reason);
    expect(samples(run)).toEqual([]);
  });

  test.for([
    ['exits-at-once', /ended with code 255: ERROR: Could not set RLIMIT_MEMLOCK/],
    ['out-of-memory', /ended with code 255: ERROR: .*Cannot allocate memory/],
  ] as const)(
    '%s: it is tried again, then ever more seldom, with its own words',
    async ([bpftrace, words]) => {
      const run = start({ bpftrace });
      await vi.waitFor(() => expect(run.probes.coverage.reason).toMatch(/started again in 60 s/), PATIENCE);
      expect(run.probes.coverage).toMatchObject({
        probes: 'failed',
        reason: expect.stringMatching(words) as string,
      });
      expect(samples(run)).toEqual([]);
    },
  );

  test('one that hangs is ended, and that is said', async () => {
    const run = start({ bpftrace: 'hangs' }, 300);
    await vi.waitFor(() => expect(run.probes.coverage.probes).toBe('failed'), PATIENCE);
    expect(run.probes.coverage.reason).toMatch(/did not attach within/);
  });

  test('a bpftrace whose --version times out, as on a host short of CPU, is asked again', async () => {
    const run = start({ bpftrace: 'slow-at-first' }, 20_000, 500);
    await vi.waitFor(() => expect(run.probes.coverage.probes).toBe('failed'), PATIENCE);
    expect(run.probes.coverage.reason).toMatch(/--version timed out/);
    await attached(run);
  });

  test('one that prints garbage is ended, and its lines are counted', async () => {
    const run = start({ bpftrace: 'prints-garbage' }, 1000);
    await vi.waitFor(() => expect(run.probes.coverage.probes).toBe('failed'), PATIENCE);
    expect(run.probes.coverage.badLines).toBeGreaterThan(0);
    expect(samples(run)).toEqual([]);
  });

  test('one that refuses a variant gets the next one', async () => {
    const run = start({ bpftrace: 'refuses-fexit' });
    await vi.waitFor(() => expect(run.probes.coverage.probes).toBe('attached'), PATIENCE);
    expect(run.probes.coverage.hooks.find((hook) => hook.hook === 'conntrack-drop')).toMatchObject({
      state: 'attached',
      variant: 'kprobe',
    });
  });

  test('one that does not understand a fragment loses that hook, not the run', async () => {
    const run = start({ bpftrace: 'refuses-a-line' });
    await vi.waitFor(() => expect(run.probes.coverage.probes).toBe('attached'), PATIENCE);
    const missing = run.probes.coverage.hooks.filter((hook) => hook.state !== 'attached');
    expect(missing).toMatchObject([{ hook: 'netfilter-drop', state: 'failed' }]);
    expect(missing[0]?.reason).toMatch(/^stdin:\d+:5-20: ERROR: Unknown field$/);
  });
});
