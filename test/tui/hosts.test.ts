import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fleet } from '../../src/playback/fleet.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { NASTY } from '../scenarios/hostile.js';
import { bundledFleet, replayState } from '../scenarios/two-hosts.js';
import { openOn } from './open-screen.js';
import type { OpenedScreen } from './open-screen.js';

// The clock of the screen is local time; that of a recording is not ours.
const zone = process.env['TZ'];
let fleet: Fleet;
beforeAll(async () => {
  process.env['TZ'] = 'UTC';
  fleet = await bundledFleet();
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const ESC = '\u001b';
const DOWN = `${ESC}[B`;
const ACCEPT = 0;
const CONNTRACK = 1;
/** Wall clock as the screen tells it, on the day of the recordings. */
const at = (clock: string): number => fleet.snap(Date.parse(`2026-11-21T${clock}.999Z`) - fleet.startedAtMs);
const table = (clock: string): ScreenState => replayState(fleet, at(clock), null);
const opened = (clock: string, host: number): ScreenState => replayState(fleet, at(clock), host);
const rowOf = (rows: readonly string[], name: string): string =>
  rows
    .slice(
      0,
      rows.findIndex((row) => row.startsWith('EVENTS')),
    )
    .find((row) => row.includes(name)) ?? '';

describe('the table of hosts', () => {
  it.each([
    ['before the second has begun', '22:38:35', 80, 24],
    ['after the first has ended', '22:42:30', 80, 24],
    ['after the first has ended', '22:42:30', 120, 36],
    ['after the first has ended', '22:42:30', 200, 60],
    ['after the first has ended', '22:42:30', 59, 15],
  ])('%s, at %s, can be read at %ix%i', async (_when, clock, columns, rows) => {
    const seen = await openOn(columns, rows).show(table(clock));
    const name = `hosts-${clock.replaceAll(':', '')}-${columns}x${rows}`;
    await expect(`${seen.join('\n')}\n`).toMatchFileSnapshot(`../goldens/tui/${name}.txt`);
    for (const row of seen) expect(row).not.toMatch(/ {2,}…$/);
  });

  it('says of each host what it says of itself, and of one without figures of now why', async () => {
    const { show } = openOn(120, 24);
    const early = await show(table('22:38:35'));
    expect(rowOf(early, 'accept-queue-overflow')).toMatch(/✖ .* 22:38:3\d {2}accept queue full/);
    expect(rowOf(early, 'conntrack-table-full')).toMatch(/· .* recording starts 22:39:22/);
    expect(rowOf(early, 'absent')).toMatch(/\? .* captures\/absent\.ctd\.gz does not exist\./);
    const late = await show(table('22:42:30'));
    expect(rowOf(late, 'conntrack-table-full')).toMatch(/✖ .* 22:42:25 {2}conntrack table full/);
    expect(rowOf(late, 'accept-queue-overflow')).toMatch(/■ .* ended 22:38:37; last: accept queue full/);
  });

  it('tells beside a verdict since when that trouble was, not another of the host', async () => {
    const state = table('22:42:30');
    const rows = (state.hosts?.rows ?? []).map((row) => {
      const { diagnosis } = row;
      const first = diagnosis?.findings[0];
      if (diagnosis === null || first === undefined) return row;
      const earlier = { ...first, code: 'tcp-memory', sinceMs: first.sinceMs - 9000 } as const;
      return { ...row, diagnosis: { ...diagnosis, findings: [first, earlier] } };
    });
    if (state.hosts === undefined) throw new Error('no table');
    const seen = await openOn(120, 24).show({ ...state, hosts: { ...state.hosts, rows } });
    expect(rowOf(seen, 'conntrack-table-full')).toMatch(/✖ .* 22:42:25 {2}conntrack table full/);
  });

  it('counts in its header only what is of now', async () => {
    const { show } = openOn(80, 24);
    expect((await show(table('22:38:35')))[0]).toMatch(
      /^ctdiag {2}3 hosts {2}✖ 1 {2}2 without data now +PAUSED [\d-]{10} 22:38:35 UTC$/,
    );
    expect((await show(table('22:39:30')))[0]).toContain('✔ 1  2 without');
  });

  it('shows on one time line where each was recorded, and where none was', async () => {
    const rule = (await openOn(80, 24).show(table('22:42:30')))[1] ?? '';
    expect(rule).toMatch(/^━*✔━+✖━* +━*✔━+.*▲━*✖.* 4 min 15 s of 4 min 28 s$/);
    const own = (await openOn(80, 24).show(opened('22:42:30', CONNTRACK)))[1] ?? '';
    expect(own).toMatch(/^ +━*✔━+.*▲━*✖/);
  });

  it('lists what happened on all of them, newest first, ends among it', async () => {
    const rows = await openOn(80, 24).show(table('22:42:30'));
    const events = rows
      .slice(rows.findIndex((row) => row.startsWith('EVENTS')) + 1, -1)
      .filter((row) => row !== '');
    expect(events.map((row) => row.slice(1, 10).trim())).toEqual([
      '22:42:25',
      '22:42:01',
      '22:39:22',
      '22:38:37',
      '22:38:33',
      '22:38:15',
    ]);
    expect(events[3]).toContain('■ accept-queue-overflow  the recording ended');
  });

  it('needs neither colour nor anything but ASCII', async () => {
    const { terminal, show } = openOn(120, 36, { ascii: true, color: false });
    const text = (await show(table('22:42:30'))).join('\n');
    expect(text).toMatch(/^[ -~\n]*$/);
    expect(text).toMatch(/^>X conntrack-table-full/m);
    expect(terminal.written()).not.toMatch(/\u001b\[[\d;]*(?:3[0-7]|38;5;\d+|9[0-7])m/);
  });

  it('shows a hostile name as text, at every size', async () => {
    const state = table('22:42:30');
    const rows = (state.hosts?.rows ?? []).map((row) => ({ ...row, name: NASTY, file: NASTY }));
    const hostile = { ...state, hosts: { count: 3, atMs: 0, open: null, rows, changes: [] } };
    for (const [columns, lines] of [
      [60, 16],
      [80, 24],
      [200, 60],
      [20, 4],
    ] as const) {
      const seen = await openOn(columns, lines).show(hostile);
      for (const row of seen) {
        expect(row.length).toBeLessThanOrEqual(columns);
        expect(row).not.toMatch(/[\u0000-\u001f\u202e\u200b]/);
      }
    }
  });

  it('keeps the chosen row in sight among more hosts than there are rows', async () => {
    const state = table('22:42:30');
    const [first] = state.hosts?.rows ?? [];
    if (first === undefined || state.hosts === undefined) throw new Error('no rows');
    const rows = Array.from({ length: 50 }, (_, index) => ({
      ...first,
      name: `host-${index}`,
      file: `f${10 + index}`,
    }));
    const { terminal, show } = openOn(80, 24);
    await show({ ...state, hosts: { ...state.hosts, count: 50, rows } });
    for (let press = 0; press < 30; press += 1) terminal.press(DOWN);
    const seen = await terminal.rows();
    expect(seen.some((row) => row.startsWith('▶■ host-30'))).toBe(true);
    expect(seen[2]).toMatch(/^HOSTS \d+ of 50 /);
  });
});

describe('a key at the table of hosts', () => {
  const stage = async (clock = '22:42:30'): Promise<OpenedScreen> => {
    const screen = openOn(80, 24);
    await screen.show(table(clock));
    return screen;
  };

  it.each([
    ['enter opens the first', '\r', CONNTRACK],
    ['enter opens the chosen one', `${DOWN}\r`, ACCEPT],
    ['no further than the last', `${DOWN}jjjjj\r`, 2],
    ['and back up', `jjk\r`, ACCEPT],
    ['a filter leaves only what it names', '/absent\r\r', 2],
    ['also by its verdict', '/accept queue\r\r', ACCEPT],
  ])('%s', async (_name, typed, host) => {
    const { terminal, commands } = await stage();
    for (const key of typed.match(/\u001b\[.|./gsu) ?? []) terminal.press(key);
    await terminal.rows();
    expect(commands).toEqual([{ kind: 'open-host', host }]);
  });

  it('4 opens the chosen host at that pane, esc goes to its panes and then back to the table', async () => {
    const { terminal, commands, show } = await stage();
    terminal.press('4');
    await terminal.rows();
    expect(commands.splice(0)).toEqual([{ kind: 'open-host', host: CONNTRACK }]);
    const zoomed = await show(opened('22:42:30', CONNTRACK));
    expect(zoomed[0]).toMatch(/^ctdiag {2}conntr…-full .*PAUSED [\d-]{10} 22:42:30 UTC$/);
    expect(zoomed[4]).toMatch(/^WHO/);
    terminal.press(ESC);
    expect((await terminal.rows()).at(-1)).toMatch(/enter fix {2}0 hosts/);
    expect(commands).toEqual([]);
    terminal.press(ESC);
    await terminal.rows();
    expect(commands.splice(0)).toEqual([{ kind: 'open-host', host: null }]);
    terminal.press('20');
    await terminal.rows();
    expect(commands).toEqual([{ kind: 'open-host', host: null }]);
    expect((await show(table('22:42:30')))[2]).toMatch(/^HOSTS/);
  });

  it('says so when nothing is left by the filter, and esc shows all again', async () => {
    const { terminal, commands } = await stage();
    terminal.press('/nowhere\r');
    expect((await terminal.rows())[3]).toBe('  nothing matches /nowhere');
    terminal.press('\r');
    expect((await terminal.rows()).at(-1)).toContain('nothing matches /nowhere');
    expect(commands).toEqual([]);
    terminal.press(ESC);
    expect((await terminal.rows())[3]).toMatch(/^▶✖ conntrack-table-full/);
  });

  it('> and < sort the table by another column, and say by which', async () => {
    const { terminal } = await stage();
    const names = async (): Promise<string[]> =>
      (await terminal.rows()).slice(3, 6).map((row) => /[a-z][a-z-]+/.exec(row)?.[0] ?? '');
    expect(await names()).toEqual(['conntrack-table-full', 'accept-queue-overflow', 'absent']);
    terminal.press('<');
    expect(await names()).toEqual(['absent', 'accept-queue-overflow', 'conntrack-table-full']);
    expect((await terminal.rows())[2]).toMatch(/^HOSTS by name/);
    expect((await terminal.rows()).at(-1)).toContain('sorted by name');
    terminal.press('>');
    expect((await terminal.rows())[2]).toMatch(/^HOSTS worst first/);
    terminal.press('>');
    expect((await terminal.rows())[2]).toMatch(/^HOSTS nearest first/);
  });

  it('? lists the keys, and goes back to the table', async () => {
    const { terminal } = await stage();
    terminal.press('?');
    expect((await terminal.rows()).join('\n')).toContain('freeze the screen');
    terminal.press('?');
    expect((await terminal.rows())[2]).toMatch(/^HOSTS/);
  });
});

describe('the bottom line of the table', () => {
  it('offers live only what does something then', async () => {
    const replayed = (await openOn(160, 24).show(table('22:42:30'))).at(-1) ?? '';
    expect(replayed).toMatch(/ g go to .*\+- speed/);
    const live = (await openOn(160, 24).show({ ...table('22:42:30'), mode: 'live' })).at(-1) ?? '';
    expect(live).toMatch(/ g go to /);
    expect(live).not.toContain('speed');
  });
});

describe('an open host', () => {
  it('shows the same as alone at the same moment, but for the time line and the way back', async () => {
    const alone = { ...opened('22:42:30', CONNTRACK) };
    delete (alone as { hosts?: unknown }).hosts;
    const item = await openOn(120, 36).show(opened('22:42:30', CONNTRACK));
    const other = await openOn(120, 36).show(alone);
    expect(item.slice(2, -1)).toEqual(other.slice(2, -1));
  });

  it.each([
    ['has ended', '22:42:30', ACCEPT, /^■ this recording ended at 22:38:37, 3 min 53 s earlier; last data:$/],
    [
      'has not started',
      '22:38:35',
      CONNTRACK,
      /^· not started: this recording starts at 22:39:22, in \d+ s$/,
    ],
    ['cannot be read', '22:38:35', 2, /^\? captures\/absent\.ctd\.gz does not exist\.$/],
  ])('that %s says so where its verdict stands', async (_what, clock, host, says) => {
    const rows = await openOn(80, 24).show(opened(clock, host));
    expect(rows[2]).toMatch(says);
    expect(rows[0]).toMatch(new RegExp(`${clock} UTC$`));
  });
});
