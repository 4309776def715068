import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openPacedOutput } from '../../../tui/index.js';
import { incidentState } from '../incident.js';
import { openOn } from '../open-screen.js';

const onLinux = it.skipIf(process.platform !== 'linux');

/** A line that takes nothing until it is read: a FIFO, which like a terminal holds a little. */
function slowLine(giveUpMs?: number) {
  const folder = mkdtempSync(join(tmpdir(), 'ctdiag-line-'));
  const path = join(folder, 'line');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(path, constants.O_WRONLY);
  let open = true;
  const hangUp = (): void => {
    if (open) closeSync(reader);
    open = false;
  };
  onTestFinished(() => {
    hangUp();
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  const tty = Object.assign(new EventEmitter(), { fd, columns: 80, rows: 24 });
  const pace = openPacedOutput(tty, giveUpMs);
  if (pace === null) throw new Error('the FIFO cannot be opened a second time');
  return {
    tty,
    pace,
    hangUp,
    /** What the far end takes now, at most `most` bytes. */
    take: (most = 1 << 20): string => {
      const into = Buffer.alloc(most);
      let length = 0;
      try {
        while (length < most) {
          const read = readSync(reader, into, length, most - length, null);
          if (read === 0) break;
          length += read;
        }
      } catch {
        // EAGAIN: nothing more is there.
      }
      return into.toString('utf8', 0, length);
    },
  };
}

const FRAME = `${'0123456789'.repeat(20_000)}end`;

onLinux('writes at once what the line takes, and the rest in order as it is read', async () => {
  const { pace, take } = slowLine();
  pace.output.write('first');
  expect(pace.isBehind).toBe(false);
  const caughtUp = new Promise<void>((resolve) => pace.onCaughtUp(resolve));
  pace.output.write(FRAME);
  pace.output.write('last');
  expect(pace.isBehind).toBe(true);
  let read = '';
  const reading = setInterval(() => (read += take(30_000)), 1);
  await caughtUp;
  clearInterval(reading);
  expect(pace.isBehind).toBe(false);
  expect(`${read}${take()}`).toBe(`first${FRAME}last`);
});

onLinux('at the end drops what waits, ends a cut sequence, and writes what gives the terminal back', () => {
  const { pace, take } = slowLine();
  pace.output.write(FRAME);
  pace.finish();
  expect(pace.isBehind).toBe(true);
  const shown = take();
  pace.output.write('restored');
  expect(FRAME.startsWith(shown)).toBe(true);
  expect(shown).not.toBe(FRAME);
  expect(take()).toBe('\x18restored');
  expect(pace.isBehind).toBe(false);
});

onLinux('ends on a line that takes nothing any more', () => {
  const { pace } = slowLine(50);
  pace.output.write(FRAME);
  pace.finish();
  pace.output.write('restored');
  expect(pace.isBehind).toBe(false);
});

onLinux('tells its size and when it changes, and that the line is gone', async () => {
  const { pace, tty, hangUp } = slowLine();
  let resized = 0;
  pace.output.on('resize', () => (resized += 1));
  Object.assign(tty, { columns: 120, rows: 36 }).emit('resize');
  expect(resized).toBe(1);
  expect(pace.output).toMatchObject({ columns: 120, rows: 36, isTTY: true });
  const lost = new Promise<Error>((resolve) => pace.output.on('error', resolve));
  hangUp();
  pace.output.write('x');
  expect(await lost).toMatchObject({ code: 'EPIPE' });
});

it('leaves frames out while the terminal has not taken the last, then shows the newest', async () => {
  const pace = {
    isBehind: false,
    caughtUp: (): void => undefined,
    onCaughtUp(listener: () => void) {
      pace.caughtUp = listener;
    },
    finish: () => undefined,
    resume: () => undefined,
  };
  const { terminal, screen, show } = openOn(80, 24, { pace });
  const first = await show(incidentState(30));
  const written = terminal.written().length;
  pace.isBehind = true;
  for (let second = 31; second <= 60; second += 1) screen.update(incidentState(second));
  expect(await terminal.rows()).toEqual(first);
  expect(terminal.written().length).toBe(written);
  pace.isBehind = false;
  pace.caughtUp();
  const { show: showAlone } = openOn(80, 24);
  expect(await terminal.rows()).toEqual(await showAlone(incidentState(60)));
});
