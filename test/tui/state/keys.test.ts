import { describe, expect, it } from 'vitest';
import { BINDINGS, bindingOf } from '../../../tui/state/bindings.js';
import { textOf } from '../../../tui/draw/line.js';
import { helpLines } from '../../../tui/views/help.js';
import type { ScreenCommand } from '../../../src/playback/screen-state.js';
import { incidentState, LISTENER } from '../incident.js';
import { openOn } from '../open-screen.js';

const ESC = '\u001b';
const FULL = incidentState(60);

describe('the binding table', () => {
  it('binds no key twice', () => {
    const keys = BINDINGS.flatMap((binding) => binding.keys);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it('is the help: every binding has its row there, and nothing else has', () => {
    const rows = helpLines({}, 200).map(textOf);
    const keys = rows.slice(0, rows.indexOf('WORDS'));
    for (const { shown, help } of BINDINGS)
      expect(keys.filter((row) => row.trim().startsWith(shown) && row.includes(help))).toHaveLength(1);
    expect(keys).toHaveLength(BINDINGS.length + 4);
  });

  it('answers for every key it names', () => {
    for (const binding of BINDINGS) for (const key of binding.keys) expect(bindingOf(key)).toBe(binding);
  });
});

describe('a key that only the command can answer', () => {
  it.each<[string, string, ScreenCommand]>([
    ['q', 'q', { kind: 'quit', reason: 'key' }],
    ['ctrl-c', '\u0003', { kind: 'quit', reason: 'interrupt' }],
    ['space', ' ', { kind: 'toggle-freeze' }],
    ['right', `${ESC}[C`, { kind: 'step', frames: 1 }],
    ['left', `${ESC}[D`, { kind: 'step', frames: -1 }],
    ['right, application mode', `${ESC}OC`, { kind: 'step', frames: 1 }],
    ['shift and right', `${ESC}[1;2C`, { kind: 'step', frames: 60 }],
    ['[', '[', { kind: 'step', frames: -60 }],
    ['h', 'h', { kind: 'step', frames: -1 }],
    ['l', 'l', { kind: 'step', frames: 1 }],
    ['G', 'G', { kind: 'jump', to: 'end' }],
    ['f10', `${ESC}[21~`, { kind: 'quit', reason: 'key' }],
    ['home', `${ESC}[H`, { kind: 'jump', to: 'start' }],
    ['end', `${ESC}[F`, { kind: 'jump', to: 'end' }],
    ['n', 'n', { kind: 'verdict-change', direction: 1 }],
    ['N', 'N', { kind: 'verdict-change', direction: -1 }],
    ['+', '+', { kind: 'speed', change: 'faster' }],
    ['-', '-', { kind: 'speed', change: 'slower' }],
    ['r', 'r', { kind: 'toggle-recording' }],
    ['s', 's', { kind: 'write-report', format: 'markdown' }],
    ['S', 'S', { kind: 'write-report', format: 'html' }],
    ['g and a time', 'g-2m\r', { kind: 'go-to', time: '-2m' }],
    ['m and a note', 'mnow it stalls\r', { kind: 'mark', note: 'now it stalls' }],
    ['m, a slip and a note', 'mab\u007fc\r', { kind: 'mark', note: 'ac' }],
  ])('%s is passed on', async (_name, typed, command) => {
    const { terminal, commands, show } = openOn(80, 24);
    await show(FULL);
    terminal.press(typed);
    await terminal.rows();
    expect(commands).toEqual([command]);
  });

  it('is not passed on while a question stands, and an empty time goes nowhere', async () => {
    const { terminal, commands, show } = openOn(80, 24);
    await show(FULL);
    terminal.press('/qrs');
    expect((await terminal.rows()).at(-1)).toContain('namespace: qrs');
    terminal.press(ESC);
    await terminal.rows();
    terminal.press('g\r');
    await terminal.rows();
    expect(commands).toEqual([]);
  });
});

describe('a key of the screen', () => {
  const frame = async (typed: readonly string[], columns = 80, rows = 24): Promise<string[]> => {
    const { terminal, show } = openOn(columns, rows);
    let seen = await show(FULL);
    for (const keys of typed) {
      terminal.press(keys);
      seen = await terminal.rows();
    }
    return seen;
  };

  it.each([
    ['enter', ['\r'], 'EVIDENCE'],
    ['?', ['?'], 'freeze the screen'],
    ['1', ['1'], 'CEILINGS nearest first ──'],
    ['2', ['2'], 'segments resent'],
    ['3', ['3'], 'Conntrack entries ──'],
    ['4', ['4'], 'WHO ──'],
    ['5', ['5'], '20:40:00 ✔ no limit is hit'],
    ['6', ['6'], 'net.netfilter.nf_conntrack_max'],
    ['7', ['7'], 'early_drop                   attached'],
    ['enter, then escape', ['\r', ESC], 'CEILINGS nearest first, 5 of 7'],
    ['? twice', ['?', '?'], 'CEILINGS nearest first, 5 of 7'],
    ['4, then 1', ['4', '1'], 'accept queue 0.0.0.0:22 '],
  ])('%s shows %j', async (_name, typed, words) => {
    expect((await frame(typed)).join('\n')).toContain(words);
  });

  it('scrolls a long text, and no further than its end', async () => {
    const first = await frame(['?']);
    const next = await frame(['?', 'j']);
    expect(next[2]).toBe(first[3]);
    const end = await frame(['?', ...Array<string>(9).fill(`${ESC}[6~`)]);
    expect(end.join('\n')).toContain('a client that retries is counted again');
    const up = await frame(['?', ...Array<string>(9).fill(`${ESC}[6~`), 'k']);
    expect(up[3]).toBe(end[2]);
    expect(first[1]).toMatch(/\d+ more rows below/);
    expect(end[1]).not.toContain('below');
  });

  it('filters the lists, says so, and shows all again', async () => {
    const filtered = await frame(['/sshd\r', '4']);
    expect(filtered.filter((row) => row.includes('0.0.0.0:'))).toHaveLength(1);
    expect(filtered.at(-1)).toMatch(/^\/sshd esc clears/);
    // By its process, though the ladder names a queue by its address.
    expect((await frame(['/sshd\r', '1'])).join('\n')).toContain('accept queue 0.0.0.0:22');
    expect((await frame(['/nothing\r', '4'])).join('\n')).toContain('nothing matches /nothing');
    const all = await frame(['/sshd\r', ESC]);
    expect(all.at(-1)).toMatch(/^space freeze/);
  });

  it('shows evidence, counter-evidence and the fix without borders, commands alone on their rows', async () => {
    const rows = await frame(['\r'], 120, 40);
    await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot('../../goldens/tui/detail-120x40.txt');
    expect(rows).toContain('sysctl -w net.netfilter.nf_conntrack_max=262144');
    expect(rows.some((row) => row.includes('/proc/net/stat/nf_conntrack (drop)'))).toBe(true);
  });

  it('copies the command by OSC 52 and says so', async () => {
    const { terminal, show } = openOn(80, 24);
    await show(FULL);
    terminal.press('\rc');
    const rows = await terminal.rows();
    const command = 'sysctl -w net.netfilter.nf_conntrack_max=262144';
    expect(terminal.written()).toContain(`${ESC}]52;c;${Buffer.from(command).toString('base64')}\u0007`);
    expect(rows[1]).toContain(`sent to the terminal: ${command}`);
  });

  it('copies into the buffer of tmux where it runs inside of it, and says which', async () => {
    const piped: string[] = [];
    const { terminal, show } = openOn(100, 24, {
      env: { TERM: 'tmux-256color', TMUX: '/tmp/tmux-0/default,1,0' },
      pipeTo: (program, args, text) => {
        piped.push(`${program} ${args.join(' ')} < ${text}`);
        // A tmux before 3.2 does not know -w.
        return Promise.resolve(!args.includes('-w'));
      },
    });
    await show(FULL);
    terminal.press('c');
    const rows = await terminal.rows();
    const command = 'sysctl -w net.netfilter.nf_conntrack_max=262144';
    expect(piped).toEqual([`tmux load-buffer -w - < ${command}`, `tmux load-buffer - < ${command}`]);
    expect(rows[1]).toContain("in tmux's buffer (prefix ]): sysctl");
    expect(terminal.written()).not.toContain(`${ESC}]52`);
  });

  it('has nothing to explain and nothing to copy when nothing is wrong', async () => {
    const { terminal, show } = openOn(80, 24);
    await show(incidentState(20, { triedPerSec: () => 5 }));
    terminal.press('\rc');
    const rows = await terminal.rows();
    expect(rows.join('\n')).toContain('No findings in the last minute');
    expect(rows[1]).toContain('no command to copy');
  });

  it('goes from one finding to the next', async () => {
    const { terminal, show } = openOn(80, 24);
    await show(incidentState(60, { overflowsPerSec: 9, listeners: [LISTENER] }));
    terminal.press('\r');
    expect((await terminal.rows())[2]).toBe('finding 1 of 2');
    terminal.press('\t');
    expect((await terminal.rows())[2]).toBe('finding 2 of 2');
  });

  it('says so when there is no other finding, and what there is to do', async () => {
    expect((await frame(['\t']))[1]).toContain(' enter opens the finding');
    expect((await frame(['\r', '\t']))[1]).toContain(' no other finding');
  });

  it('takes the notice with it, even when the screen answers it itself', async () => {
    const { terminal, commands, show } = openOn(80, 24);
    await show(FULL);
    terminal.press('4');
    await terminal.rows();
    await show({ ...FULL, notice: { kind: 'report-written', path: 'x.md', notHere: null } });
    terminal.press('5');
    await terminal.rows();
    expect(commands).toEqual([{ kind: 'noticed' }]);
  });

  it('is answered on a terminal too small for panes, too', async () => {
    expect((await frame(['g-5'], 40, 6))[0]).toBe('go to (20:41:07, -2m, +30s): -5');
  });

  it('says so when it is bound to nothing', async () => {
    const [head, rule, ...rest] = await frame(['x']);
    const [quietHead, , ...quietRest] = await frame([]);
    expect(rule).toMatch(/─ x is not bound; \? lists the keys$/);
    expect([head, rest]).toEqual([quietHead, quietRest]);
    expect((await frame([`${ESC}[2~`]))[1]).toContain(' insert is not bound');
    expect(await frame([`${ESC}[99~`])).toEqual(await frame([]));
  });
});

describe('a page', () => {
  const pressed = async (
    ...typed: readonly string[]
  ): Promise<{ rows: string[]; commands: ScreenCommand[] }> => {
    const { terminal, commands, show } = openOn(80, 24);
    let rows = await show(FULL);
    for (const keys of typed) {
      terminal.press(keys);
      rows = await terminal.rows();
    }
    return { rows, commands };
  };

  it.each(['q', ESC])('is closed by %j, which quits nothing', async (key) => {
    const { rows, commands } = await pressed('?', key);
    expect(rows.join('\n')).toContain('CEILINGS nearest first');
    expect(commands).toEqual([]);
  });

  it('is scrolled by end, home and half pages, and no time is travelled', async () => {
    const top = await pressed('?');
    const bottom = await pressed('?', 'G');
    expect(bottom.rows.join('\n')).toContain('a client that retries is counted again');
    expect((await pressed('?', `${ESC}[F`)).rows).toEqual(bottom.rows);
    expect((await pressed('?', 'G', `${ESC}[H`)).rows).toEqual(top.rows);
    expect((await pressed('?', '\u0004')).rows[2]).toBe(top.rows[2 + 10]);
    expect((await pressed('?', '\u0004', '\u0015')).rows).toEqual(top.rows);
    expect(bottom.commands).toEqual([]);
  });

  it('is filtered while one types, with the match marked; esc brings the old filter back', async () => {
    const { terminal, show } = openOn(80, 24);
    await show(FULL);
    terminal.press('4/ssh');
    const typing = await terminal.rows();
    expect(typing.filter((row) => row.includes('0.0.0.0:'))).toHaveLength(1);
    const row = typing.findIndex((text) => text.includes('sshd'));
    const column = typing[row]?.indexOf('sshd') ?? -1;
    const line = terminal.emulator.buffer.active.getLine(row);
    const isMarked = (at: number): boolean => line?.getCell(at)?.isInverse() !== 0;
    expect([column - 1, column, column + 2, column + 3].map(isMarked)).toEqual([false, true, true, false]);
    terminal.press(ESC);
    expect((await terminal.rows()).filter((text) => text.includes('0.0.0.0:'))).toHaveLength(2);
  });

  it('is sorted by the next column with o', async () => {
    const names = async (...typed: string[]): Promise<(string | undefined)[]> =>
      (await pressed('1', ...typed)).rows.slice(5, 8).map((row) => row.slice(2, 12).trim());
    expect(await names()).toEqual(['conntrack', 'fds mosqui', 'TIME_WAIT']);
    expect(await names('o')).toEqual(['file handl', 'fds mosqui', 'conntrack']);
    expect(await names('o', 'o', 'o')).toEqual(['accept que', 'accept que', 'conntrack']);
  });
});

describe('the mouse', () => {
  const WHEEL_DOWN = `${ESC}[<65;5;5M`;
  const clickAt = (column: number, row: number): string => `${ESC}[<0;${column + 1};${row + 1}M`;

  it('opens the pane it clicks on, scrolls a page with the wheel, and goes to a time on the time line', async () => {
    const { terminal, commands, show } = openOn(80, 24);
    const main = await show(FULL);
    terminal.press(clickAt(5, main.findIndex((row) => row.startsWith('WHO')) + 1));
    expect((await terminal.rows())[4]).toMatch(/^WHO /);
    terminal.press('?');
    const help = await terminal.rows();
    terminal.press(WHEEL_DOWN);
    expect((await terminal.rows())[2]).toBe(help[5]);
    terminal.press('q');
    await terminal.rows();
    const line = { fromMs: 0, toMs: 60_000, atMs: 60_000, tracks: [] };
    await show({ ...FULL, mode: 'replay', speed: 1, timeline: line });
    terminal.press(clickAt(0, 1));
    await terminal.rows();
    expect(commands).toEqual([{ kind: 'go-to', time: '-60s' }]);
  });

  it('is left to the terminal after M, on the page of a finding, and at the end', async () => {
    const { terminal, screen, show } = openOn(80, 24);
    const modes: boolean[] = [];
    const isOn = (): boolean => terminal.emulator.modes.mouseTrackingMode !== 'none';
    await show(FULL);
    modes.push(isOn());
    for (const key of ['M', 'M', '\r', 'q']) {
      terminal.press(key);
      await terminal.rows();
      modes.push(isOn());
    }
    screen.close();
    await terminal.rows();
    modes.push(isOn());
    expect(modes).toEqual([true, false, true, false, true, false]);
  });
});

it('keys of the user’s own do what the others do', async () => {
  const { terminal, commands, show } = openOn(80, 24, { keys: { x: 'q', Z: 'S', f2: 's' } });
  await show(FULL);
  for (const typed of ['x', 'Z', '\u001bOQ']) terminal.press(typed);
  await terminal.rows();
  expect(commands.map((command) => command.kind)).toEqual(['quit', 'write-report', 'write-report']);
  terminal.press('?');
  for (let page = 0; page < 3; page += 1) terminal.press(`${ESC}[6~`);
  const help = (await terminal.rows()).join('\n');
  expect(help).toContain('YOUR OWN, from the settings');
  expect(help).toMatch(/^ {2}x {7}same as q: close the page; without one, quit$/m);
  expect(help).toMatch(/^ {2}Z {7}same as S: write it as HTML, with charts$/m);
});

it('the help says what lost means, in the header and in WHO', () => {
  const text = helpLines({}, 120).map(textOf).join('\n');
  expect(text).toMatch(/lost +in the header: events that bpftrace dropped/);
  expect(text).toMatch(/lost 1m +in WHO: attempts refused there/);
});

it('the help is read whole on 80 columns', () => {
  expect(
    helpLines({ x: 'q' }, 80)
      .map(textOf)
      .filter((row) => row.length > 80),
  ).toEqual([]);
});
