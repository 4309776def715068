import { EventEmitter } from 'node:events';
// eslint-disable-next-line no-restricted-imports -- To the terminal, which is no file.
import { constants, openSync, writeSync } from 'node:fs';
import { errnoOf } from '../../src/errno.js';
import type { TerminalOutput } from './terminal.js';

/** How long a full terminal is left alone before more is tried. */
const RETRY_MS = 20;
/** How long the sequences that give the terminal back are tried at the end. */
const GIVE_UP_MS = 1000;
/** CAN: ends an escape sequence of which the rest was dropped. */
const CANCEL = '\x18';

/** A terminal's output that never blocks the program, however slow the line. */
export interface PacedOutput {
  readonly output: TerminalOutput;
  /** The terminal has not yet taken all that was written: another frame would only queue up. */
  readonly isBehind: boolean;
  /** Calls once everything has been taken. */
  onCaughtUp(listener: () => void): void;
  /** Drops what still waits; from here on `write` returns when it is done, or after a second on a dead line. */
  finish(): void;
  /** Paced again. */
  resume(): void;
}

/** The part of a TTY stream that the screen reads. */
interface Tty extends EventEmitter {
  readonly fd: number;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Opens the terminal behind a TTY stream a second time, not blocking: Node's own stream blocks the whole program while
 * a slow line is full, and a key such as `q` would wait for it. `null` where that is not allowed (the terminal of
 * another user, after su): then the stream itself has to do.
 */
export function openPacedOutput(tty: Tty, giveUpMs = GIVE_UP_MS): PacedOutput | null {
  let fd: number;
  try {
    fd = openSync(`/proc/self/fd/${tty.fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return null;
  }
  const queue: Buffer[] = [];
  const caughtUp = new EventEmitter();
  let retry: NodeJS.Timeout | undefined;
  let finishing = false;
  let bytesWritten = 0;

  const output = Object.assign(new EventEmitter(), { isTTY: true, writable: true, write });
  Object.defineProperties(output, {
    columns: { get: () => tty.columns },
    rows: { get: () => tty.rows },
    bytesWritten: { get: () => bytesWritten },
  });
  tty.on('resize', () => output.emit('resize'));

  /** Writes what the terminal takes now; `false` when it is full. */
  function writeSome(): boolean {
    for (let chunk = queue[0]; chunk !== undefined; chunk = queue[0]) {
      try {
        const taken = writeSync(fd, chunk);
        bytesWritten += taken;
        if (taken < chunk.length) queue[0] = chunk.subarray(taken);
        else queue.shift();
      } catch (error) {
        if (errnoOf(error) === 'EAGAIN') return false;
        queue.length = 0;
        output.writable = false;
        // As a stream does it: later, when its listeners are there.
        process.nextTick(() => output.emit('error', error));
      }
    }
    return true;
  }

  function writeWhenTaken(): void {
    retry = undefined;
    if (!writeSome()) retry = setTimeout(writeWhenTaken, RETRY_MS);
    else caughtUp.emit('caught-up');
  }

  function writeNow(): void {
    const until = performance.now() + giveUpMs;
    const clock = new Int32Array(new SharedArrayBuffer(4));
    while (!writeSome() && performance.now() < until) Atomics.wait(clock, 0, 0, RETRY_MS);
    queue.length = 0;
  }

  function write(text: string | Uint8Array): boolean {
    queue.push(Buffer.from(text));
    if (finishing) writeNow();
    else if (retry === undefined && !writeSome()) retry = setTimeout(writeWhenTaken, RETRY_MS);
    return queue.length === 0;
  }

  return {
    output: output as unknown as TerminalOutput,
    get isBehind() {
      return queue.length > 0;
    },
    onCaughtUp(listener) {
      caughtUp.on('caught-up', listener);
    },
    finish() {
      clearTimeout(retry);
      retry = undefined;
      finishing = true;
      if (queue.length > 0) queue.splice(0, queue.length, Buffer.from(CANCEL));
    },
    resume() {
      finishing = false;
    },
  };
}
