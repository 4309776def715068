import type { EventEmitter } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import type { TerminalInput, TerminalOutput } from '../../tui/index.js';

/** A terminal emulator with a pair of TTY-like streams on it: what is written can be read as seen. */
export interface FakeTerminal {
  readonly input: TerminalInput & { isRaw: boolean };
  readonly output: TerminalOutput;
  readonly emulator: InstanceType<typeof xterm.Terminal>;
  /** Bytes written so far. */
  written(): string;
  /** The visible rows, once everything written has been shown. */
  rows(): Promise<string[]>;
  /** Types as a person does. */
  press(keys: string): void;
  resize(columns: number, rows: number): void;
}

export function fakeTerminal(columns: number, rows: number): FakeTerminal {
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let written = '';
  const output = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString();
        emulator.write(chunk, () => done());
      },
    }),
    { isTTY: true, columns, rows },
  );
  const raw = new PassThrough();
  const input = Object.assign(raw, {
    isTTY: true,
    isRaw: false,
    setRawMode(mode: boolean) {
      input.isRaw = mode;
      return input;
    },
  });
  return {
    input: input,
    output: output,
    emulator,
    written: () => written,
    async rows() {
      // blessed writes at the next turn of the loop; the emulator parses at a later one.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise<void>((resolve) => emulator.write('', () => resolve()));
      const buffer = emulator.buffer.active;
      return Array.from({ length: emulator.rows }, (_, row) =>
        (buffer.getLine(buffer.viewportY + row)?.translateToString(false) ?? '').trimEnd(),
      );
    },
    press(keys) {
      raw.write(keys);
    },
    resize(nextColumns, nextRows) {
      Object.assign(output, { columns: nextColumns, rows: nextRows });
      if (nextColumns > 0 && nextRows > 0) emulator.resize(nextColumns, nextRows);
      (output as EventEmitter).emit('resize');
    },
  };
}
