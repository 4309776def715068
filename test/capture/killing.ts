import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { createCompactor } from '../../src/capture/compact.js';
import { busySeconds } from './busy-host.js';
import { readAll, ticksIn } from './reading.js';
import { fixtureProgram } from '../programs.js';

/** Reads lines until one is what is waited for; whatever comes after it is let pass. */
export async function linesUntil(stream: Readable, isIt: (line: string) => boolean): Promise<void> {
  for await (const line of createInterface({ input: stream })) if (isIt(line)) break;
  stream.resume();
}

/**
 * Kills a recorder with SIGKILL when it has announced so many seconds (chosen at random), and returns what was
 * wrong with the capture that it left; `null` when it reads up to the last second before.
 */
export async function killOnce(suffix: '.ctd' | '.ctd.gz', random: () => number): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'ctdiag-kill-'));
  const path = join(folder, `killed${suffix}`);
  try {
    const child = spawn(process.execPath, [fixtureProgram('write-capture'), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const wanted = 1 + Math.floor(random() * 60);
    let announced = 0;
    await linesUntil(child.stdout, (line) => (announced = Number(line)) >= wanted);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { reader, records } = await readAll(path);
    const ticks = ticksIn(records);
    if (ticks < announced) return `${ticks} seconds read, ${announced} were written a second before`;
    if (reader.tail.complete || reader.tail.badLines > 0) return 'its end is not told as torn';
    const { compact } = createCompactor();
    const expected = busySeconds(ticks + 1).flatMap((record) => compact(record) ?? []);
    return isDeepStrictEqual(records, expected.slice(0, records.length)) ? null : 'what is read is no prefix';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
