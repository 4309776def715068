import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { FlowsRecord } from '../../../src/records/index.js';
import { lookupsOfVariants } from '../../../src/sources/bpftrace/compose.js';
import { createDetail } from '../../../src/sources/bpftrace/detail.js';
import type { DetailMode } from '../../../src/sources/bpftrace/detail.js';
import { inspectSystem } from '../../../src/sources/bpftrace/system.js';
import type { Source } from '../../../src/sources/source.js';
import { machine } from './machine.js';

const PATIENCE = { timeout: 20_000, interval: 20 };

interface Run {
  readonly detail: Source;
  /** Polls when so many flows have been refused. */
  readonly check: (refusedFlows: number) => void;
  readonly flows: FlowsRecord[];
  readonly pids: () => number[];
  skewMs: number;
}

async function start(mode: DetailMode, bpftrace = 'tells-flows'): Promise<Run> {
  const roots = machine({ bpftrace });
  const pidFile = join(roots.proc, 'pids');
  const system = await inspectSystem(roots, lookupsOfVariants());
  const flows: FlowsRecord[] = [];
  const run = { skewMs: 0 };
  const view = { refusedFlows: 0, probes: { isAttached: true, system, listeners: [] } };
  const startedMs = performance.now();
  const detail = createDetail({
    mode,
    view,
    roots,
    clock: () => Math.round(performance.now() - startedMs + run.skewMs),
    emit: (record) => {
      if (record.type === 'flows') flows.push(record);
    },
  });
  onTestFinished(() => detail.stop());
  const check = (refusedFlows: number): void => {
    view.refusedFlows = refusedFlows;
    detail.poll(0);
  };
  const pids = (): number[] =>
    existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim().split('\n').map(Number) : [];
  return Object.assign(run, { detail, flows, pids, check });
}

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the detail program', () => {
  test('starts when something was refused, and says who, to where, and how many it has no place for', async () => {
    const run = await start('auto');
    run.check(0);
    run.check(0);
    run.check(3);
    await vi.waitFor(() => expect(run.flows.length).toBeGreaterThan(1), PATIENCE);
    expect(run.flows[0]).toMatchObject({
      refused: [
        { netns: 42, source: '10.0.11.0/24', destination: '10.0.0.1', port: 8884, protocol: 'tcp', count: 5 },
      ],
      refusedOthers: 2,
      opened: [],
      openedOthers: 0,
    });
    expect(run.detail.unreadable).toEqual([]);
  });

  test('does not start while nothing is refused, or when it is not wanted', async () => {
    const quiet = await start('auto');
    quiet.check(0);
    await quiet.detail.stop();
    expect(quiet.pids()).toEqual([]);
    const off = await start('off');
    off.check(3);
    await off.detail.stop();
    expect(off.pids()).toEqual([]);
  });

  test('ends when nothing was refused for a minute, after its last figures, and starts again with the next', async () => {
    const run = await start('auto');
    run.check(3);
    await vi.waitFor(() => expect(run.flows.length).toBeGreaterThan(0), PATIENCE);
    const [pid = 0] = run.pids();
    run.skewMs = 61_000;
    run.check(3);
    await vi.waitFor(() => expect(runs(pid)).toBe(false), PATIENCE);
    await vi.waitFor(() => expect(run.flows.at(-1)?.refusedOthers).toBe(4), PATIENCE);
    expect(run.detail.unreadable).toEqual([]);
    await vi.waitFor(() => {
      run.check(4);
      expect(run.pids()).toHaveLength(2);
    }, PATIENCE);
  });

  test('runs from the start where it is asked for', async () => {
    const run = await start('on');
    run.check(0);
    await vi.waitFor(() => expect(run.flows.length).toBeGreaterThan(0), PATIENCE);
  });

  test('that cannot run is tried by its other variant, then given up, and that is said', async () => {
    const run = await start('auto', 'exits-at-once');
    let refused = 0;
    await vi.waitFor(() => {
      run.check((refused += 1));
      expect(run.detail.unreadable[0]?.why).toMatch(/RLIMIT_MEMLOCK/);
    }, PATIENCE);
    expect(run.flows).toEqual([]);
  });
});
