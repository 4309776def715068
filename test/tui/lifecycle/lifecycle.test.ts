import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { guardTerminal, terminalRefusal } from '../../../tui/index.js';
import type { ScreenState } from '../../../src/playback/screen-state.js';
import { needsAscii, terminfoName } from '../../../tui/lifecycle/terminal.js';
import { fakeTerminal } from '../fake-terminal.js';
import { incidentState } from '../incident.js';
import { openOn } from '../open-screen.js';
import { lineTo } from '../time-line.js';

const FULL = incidentState(60);

interface Emitting {
  emit(event: string, ...given: unknown[]): boolean;
}

/** Everything that a program may leave changed. */
function modesOf({ emulator, input }: ReturnType<typeof fakeTerminal>): unknown {
  return {
    buffer: emulator.buffer.active.type,
    modes: { ...emulator.modes },
    cursorHidden: hidden(emulator),
    raw: input.isRaw,
  };
}

function hidden(emulator: unknown): unknown {
  return (emulator as { _core: { coreService: { isCursorHidden: boolean } } })._core.coreService
    .isCursorHidden;
}

describe('the terminal', () => {
  it('is as it was once the screen is closed, text and modes', async () => {
    const untouched = modesOf(fakeTerminal(80, 24));
    const { terminal, screen, show } = openOn(80, 24);
    await show(FULL);
    expect(modesOf(terminal)).not.toEqual(untouched);
    screen.close();
    expect((await terminal.rows()).join('')).toBe('');
    expect(modesOf(terminal)).toEqual(untouched);
  });

  it('can be closed twice, and closing leaves no handler of blessed behind', async () => {
    const events = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGCONT', 'uncaughtException', 'exit'];
    const counts = (): number[] => events.map((event) => process.listenerCount(event));
    const before = counts();
    const { screen, show } = openOn(80, 24);
    await show(FULL);
    screen.close();
    screen.close();
    expect(counts()).toEqual(before);
  });

  it('keeps the error and leaves no handler behind when a screen cannot be made', () => {
    const handlers = (): unknown[] =>
      ['exit', 'uncaughtException', 'SIGTERM', 'SIGINT', 'SIGQUIT'].flatMap((event) =>
        process.listeners(event as 'exit'),
      );
    const before = handlers();
    const broken = fakeTerminal(80, 24);
    Object.assign(broken.input, {
      setRawMode() {
        throw new Error('setRawMode EIO');
      },
    });
    expect(() => openOn(80, 24, { input: broken.input, output: broken.output })).toThrow('setRawMode EIO');
    expect(handlers()).toEqual(before);
  });

  it('is given back for the time the process is stopped, then drawn on anew', async () => {
    const untouched = modesOf(fakeTerminal(80, 24));
    const { terminal, screen, show } = openOn(80, 24);
    const before = await show(FULL);
    screen.suspend();
    await terminal.rows();
    expect(modesOf(terminal)).toEqual(untouched);
    screen.update(incidentState(61));
    expect((await terminal.rows()).join('')).toBe('');
    screen.update(FULL);
    screen.resume();
    expect(await terminal.rows()).toEqual(before);
    expect(terminal.input.isRaw).toBe(true);
  });

  it('is asked for by ctrl-z', async () => {
    let asked = 0;
    const { terminal, show } = openOn(80, 24, { onSuspend: () => (asked += 1) });
    await show(FULL);
    terminal.press('\u001a');
    await terminal.rows();
    expect(asked).toBe(1);
  });

  it.each([
    ['its end', (input: Emitting) => input.emit('end')],
    ['an error when reading', (input: Emitting) => input.emit('error', new Error('EIO'))],
    ['an error when writing', (_input: Emitting, output: Emitting) => output.emit('error', new Error('EIO'))],
  ])('that is gone is told once: %s', async (_what, happen) => {
    const { terminal, commands, screen, show } = openOn(80, 24);
    await show(FULL);
    happen(terminal.input, terminal.output);
    happen(terminal.input, terminal.output);
    expect(commands).toEqual([{ kind: 'quit', reason: 'terminal-lost' }]);
    expect(() => screen.update(FULL)).not.toThrow();
  });
});

describe('a change of size', () => {
  it.each([
    [[[40, 8]]],
    [[[1, 1]]],
    [[[0, 0]]],
    [
      [
        [200, 60],
        [60, 16],
        [59, 15],
        [3, 50],
        [200, 2],
      ],
    ],
  ])('to %j and back shows the same again', async (sizes) => {
    const { terminal, show } = openOn(120, 36);
    const before = await show(FULL);
    for (const [columns = 0, rows = 0] of sizes) {
      terminal.resize(columns, rows);
      await terminal.rows();
    }
    terminal.resize(120, 36);
    expect(await terminal.rows()).toEqual(before);
  });

  it('to nothing and back while a replay plays on shows what a screen of that size shows', async () => {
    const at = (second: number): ScreenState => ({
      ...incidentState(second),
      mode: 'replay',
      speed: 1,
      timeline: lineTo(60_000, second * 1000),
    });
    const { terminal, show } = openOn(120, 36);
    const sizes = [
      [120, 36],
      [1, 1],
      [0, 0],
      [3, 50],
      [200, 2],
      [59, 15],
      [200, 60],
      [80, 24],
    ] as const;
    for (const [step, [columns, rows]] of sizes.entries()) {
      terminal.resize(columns, rows);
      await show(at(40 + step * 2));
    }
    expect(await show(at(58))).toEqual(await openOn(80, 24).show(at(58)));
  });

  it.each([
    [80, 24],
    [160, 50],
    [100, 30],
  ])('to %ix%i shows what a screen of that size shows', async (columns, rows) => {
    const { terminal, show } = openOn(120, 36);
    await show(FULL);
    terminal.resize(columns, rows);
    expect(await terminal.rows()).toEqual(await openOn(columns, rows).show(FULL));
  });

  it('while a long view is open, at every height', async () => {
    const { terminal, show } = openOn(120, 36);
    await show(FULL);
    for (const keys of ['3', '?', '\r', '4']) {
      terminal.press(keys);
      for (let rows = 1; rows <= 40; rows += 3) {
        terminal.resize(61 + rows, rows);
        expect(await terminal.rows()).toHaveLength(rows);
      }
    }
  });
});

describe('drawing', () => {
  it('writes nothing when nothing has changed, and little when little has', async () => {
    const { terminal, show } = openOn(120, 36);
    await show(FULL);
    const whole = terminal.written().length;
    await show(incidentState(60));
    expect(terminal.written()).toHaveLength(whole);
    await show({ ...FULL, frozen: true });
    expect(terminal.written().length - whole).toBeLessThan(600);
  });
});

describe('where no screen can be opened', () => {
  const tty = { isTTY: true } as never;
  const pipe = {} as never;
  it.each([
    ['a pipe behind', tty, pipe, { TERM: 'xterm' }, /standard output is not a terminal/],
    ['a pipe before', pipe, tty, { TERM: 'xterm' }, /standard input is not a terminal/],
    ['a dumb terminal', tty, tty, { TERM: 'dumb' }, /TERM=dumb/],
    ['no TERM', tty, tty, {}, /TERM is not set/],
  ])('says why: %s', (_what, input, output, env, words) => {
    expect(terminalRefusal(input, output, env)).toMatch(words);
  });

  it('says nothing of a terminal', () => {
    expect(terminalRefusal(tty, tty, { TERM: 'xterm-256color' })).toBeNull();
  });

  it.each([
    ['screen-256color', 'xterm-256color', false],
    ['tmux-256color', 'xterm-256color', false],
    ['xterm-kitty', 'xterm-kitty', false],
    ['linux', 'linux', true],
  ])('draws on %s as on %s', (term, name, ascii) => {
    expect(terminfoName({ TERM: term })).toBe(name);
    expect(needsAscii({ TERM: term })).toBe(ascii);
  });

  it.each([
    [{ LANG: 'de_DE.UTF-8' }, false],
    [{ LANG: 'C.utf8' }, false],
    [{ LANG: 'C' }, true],
    [{ LANG: 'en_US' }, true],
    [{ LANG: 'en_US.ISO-8859-1' }, true],
    [{ LC_ALL: 'POSIX', LANG: 'C.UTF-8' }, true],
    [{ LC_CTYPE: 'C.UTF-8', LANG: 'C' }, false],
    [{ LC_ALL: '', LANG: 'C.UTF-8' }, false],
    // sudo and many services name none.
    [{}, false],
  ])('under %j takes ASCII: %s', async (locale, ascii) => {
    const env = { TERM: 'xterm-256color', ...locale };
    expect(needsAscii(env)).toBe(ascii);
    const rows = await openOn(80, 24, { env, ascii: null }).show(FULL);
    expect(/[^ -~]/.test(rows.join(''))).toBe(!ascii);
    const asked = await openOn(80, 24, { env, ascii: false }).show(FULL);
    expect(asked.join('')).toContain('█');
  });

  it.each(['screen-256color', 'tmux-256color', 'xterm-ghostty', 'vt220', 'xterm'])(
    'shows the verdict on %s and prints nothing before',
    async (term) => {
      const { terminal, show } = openOn(80, 24, { env: { TERM: term } });
      expect((await show(FULL))[2]).toContain('conntrack table full: 65,536 of 65,536');
      expect(terminal.written().startsWith('\u001b')).toBe(true);
    },
  );
});

describe('a guarded terminal', () => {
  interface Guarded {
    readonly target: EventEmitter & { kill(pid: number, signal: NodeJS.Signals): void };
    readonly log: string[];
    readonly release: () => void;
  }

  function guarded(): Guarded {
    const log: string[] = [];
    const target = Object.assign(new EventEmitter(), {
      kill: (pid: number, signal: NodeJS.Signals) => {
        log.push(`kill ${pid} ${signal}, ${target.listenerCount('SIGTSTP')} handlers`);
      },
    });
    const note = (word: string) => () => {
      log.push(word);
    };
    const release = guardTerminal(
      { close: note('close'), suspend: note('suspend'), resume: note('resume') },
      {
        onSignal: (signal) => log.push(signal),
        onException: (error) => log.push(String(error)),
      },
      target,
    );
    return { target, log, release };
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])('is given back before %s is told', (signal) => {
    const { target, log } = guarded();
    target.emit(signal);
    expect(log).toEqual(['close', signal]);
  });

  it.each(['uncaughtException', 'unhandledRejection'])('is given back before an %s is told', (event) => {
    const { target, log } = guarded();
    target.emit(event, new Error('boom'));
    expect(log).toEqual(['close', 'Error: boom']);
  });

  it('is given back at a plain exit', () => {
    const { target, log } = guarded();
    target.emit('exit');
    expect(log).toEqual(['close']);
  });

  it('stops the whole job without a handler in the way, and is taken again, twice over', () => {
    const { target, log } = guarded();
    for (let time = 0; time < 2; time += 1) {
      target.emit('SIGTSTP');
      target.emit('SIGCONT');
    }
    const once = ['suspend', 'kill 0 SIGTSTP, 0 handlers', 'resume'];
    expect(log).toEqual([...once, ...once]);
  });

  it('leaves no handler when it is released', () => {
    const { target, release } = guarded();
    release();
    expect(target.eventNames()).toEqual([]);
  });
});
