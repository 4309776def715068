import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import { costOf, onTerminal } from '../screen/on-terminal.js';
import type { Cost } from '../screen/on-terminal.js';

/** A command on a terminal of its own, and what can be read there. */
export interface Table {
  /** Milliseconds from its start until the screen is as wanted; fails after five minutes. */
  until(isWanted: (text: string) => boolean): Promise<number>;
  cost(forMs: number): Promise<Cost>;
  /** Presses q, and waits for its end. */
  quit(): Promise<void>;
}

const COLUMNS = 120;
const GIVE_UP_MS = 300_000;

/** Starts a command on a terminal with so many rows. */
export function openTable(command: string, rows: number): Table {
  const begun = performance.now();
  const emulator = new xterm.Terminal({ cols: COLUMNS, rows, allowProposedApi: true });
  const child = onTerminal(command, { columns: COLUMNS, rows });
  child.stdout?.on('data', (chunk: Buffer) => emulator.write(chunk));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = (): string =>
    Array.from(
      { length: rows },
      (_, row) => emulator.buffer.active.getLine(row)?.translateToString(true) ?? '',
    ).join('\n');
  return {
    async until(isWanted) {
      while (!isWanted(lines())) {
        if (performance.now() - begun > GIVE_UP_MS || child.exitCode !== null)
          throw new Error(`not seen on the screen of ${command}:\n${lines()}`);
        await sleep(50);
      }
      return performance.now() - begun;
    },
    cost: (forMs) => costOf(child, forMs),
    async quit() {
      if (child.exitCode !== null) return;
      child.stdin?.write('q');
      await ended;
    },
  };
}
