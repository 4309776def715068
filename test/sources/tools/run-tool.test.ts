import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createToolRunner } from '../../../src/sources/tools/run-tool.js';
import { toolFailure } from '../../../src/sources/tools/tool-failure.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/tools/${name}`, import.meta.url));
/** Far longer than anything here takes: what waits for it has failed. */
const NEVER = { timeoutMs: 250_000 };
const PATIENCE = { timeout: 20_000, interval: 20 };

let pidFile = '';
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'ctdiag-tool-'));
  pidFile = join(folder, 'pid');
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

async function pidLeft(): Promise<number> {
  return await vi.waitFor(() => {
    const text = readFileSync(pidFile, 'utf8');
    expect(text).toMatch(/^\d+\n$/);
    return Number(text);
  }, PATIENCE);
}

/** Whether the process runs; one that waits to be reaped does not. */
function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

test('a tool that has ended is not waited for because a child of it holds the pipe; the child is ended', async () => {
  const lines: string[] = [];
  const end = await createToolRunner().run(
    [fixture('leaves-a-child'), pidFile],
    (line) => lines.push(line),
    NEVER,
  );
  expect(end).toMatchObject({ failed: false, exitCode: 0 });
  expect(lines).toEqual(['before']);
  const pid = await pidLeft();
  await vi.waitFor(() => expect(runs(pid)).toBe(false), PATIENCE);
});

test('a tool that ignores SIGTERM ends with its group, by its time limit or when ctdiag ends', async () => {
  for (const isKilled of [false, true]) {
    const tools = createToolRunner();
    const lines: string[] = [];
    const limits = isKilled ? NEVER : { timeoutMs: 1000 };
    const run = tools.run([fixture('ignores-sigterm'), pidFile], (line) => lines.push(line), limits);
    const pid = await pidLeft();
    await vi.waitFor(() => expect(lines).toEqual(['before']), PATIENCE);
    if (isKilled) tools.kill();
    expect(await run).toMatchObject({ failed: true, timedOut: !isKilled, signal: 'SIGKILL' });
    expect(runs(pid)).toBe(false);
    rmSync(pidFile);
  }
});

test('nothing starts after the runner was ended', async () => {
  const tools = createToolRunner();
  tools.kill();
  expect(await tools.run([fixture('leaves-a-child'), pidFile], () => undefined, NEVER)).toMatchObject({
    failed: true,
  });
  expect(existsSync(pidFile)).toBe(false);
});

test('a flood without a newline is cut, not held, and what came before it is given', async () => {
  const lines: number[] = [];
  const before = process.memoryUsage.rss();
  const end = await createToolRunner().run([fixture('floods')], (line) => lines.push(line.length), NEVER);
  expect(end).toMatchObject({ failed: true, isCut: true });
  expect(toolFailure('ss', end)).toBe('ss printed too much; the list is incomplete');
  expect(lines).toEqual([5, 64 * 1024]);
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
});

test('all of a long output is read, however late', async () => {
  let count = 0;
  const end = await createToolRunner().run(['seq', '1000000'], () => (count += 1), NEVER);
  expect([count, end.failed]).toEqual([1_000_000, false]);
});

test('a child gets none of our environment', async () => {
  for (const name of ['LD_PRELOAD', 'NODE_OPTIONS', 'BPFTRACE_STACK_MODE']) vi.stubEnv(name, '');
  vi.stubEnv('SECRET', '1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const lines: string[] = [];
  await createToolRunner().run(['env'], (line) => lines.push(line), NEVER);
  expect(lines.map((line) => line.replace(/=.*/, '')).sort()).toEqual(['HOME', 'LC_ALL', 'PATH']);
});
