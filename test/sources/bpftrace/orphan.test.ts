import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { machine } from './machine.js';
import { fixtureProgram } from '../../programs.js';

const PATIENCE = { timeout: 30_000, interval: 20 };

/** Whether the process runs still; a zombie that its new parent has not yet buried does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

// pdeathsig is Linux's; elsewhere ctdiag starts no bpftrace.
describe.skipIf(process.platform !== 'linux' || !existsSync('/usr/bin/setpriv'))('kill -9 of ctdiag', () => {
  test.for(['attaches', 'hangs'])('leaves no bpftrace behind: one that %s', async (bpftrace) => {
    const roots = machine({ bpftrace });
    const pidFile = join(roots.proc, 'pids');
    const child = spawn(
      process.execPath,
      [fixtureProgram('hold-probes'), roots.proc, roots.sys, roots.path],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const pid = await vi.waitFor(() => {
      const text = readFileSync(pidFile, 'utf8');
      expect(text).toMatch(/^\d+\n$/);
      return Number(text);
    }, PATIENCE);
    expect(runs(pid)).toBe(true);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(runs(pid)).toBe(false), PATIENCE);
  });
});
