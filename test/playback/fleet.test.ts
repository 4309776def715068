import { beforeAll, describe, expect, it } from 'vitest';
import { createFleet } from '../../src/playback/fleet.js';
import type { Fleet, Recording } from '../../src/playback/fleet.js';
import { createPlayer } from '../../src/playback/player.js';
import type { Player } from '../../src/playback/player.js';
import { createSession } from '../../src/playback/session.js';
import type { ScreenCommand, ScreenState } from '../../src/playback/screen-state.js';
import { everySecond, HEADER } from '../scenarios/stream.js';
import { bundledFleet } from '../scenarios/two-hosts.js';

/** A host that is recorded for so many seconds, begun so long after the others. */
function host(
  name: string,
  startMs: number,
  seconds: number,
  state: Recording['state'] = 'whole',
): Recording {
  const session = createSession({ ...HEADER, host: name, startedAtMs: HEADER.startedAtMs + startMs }, true);
  for (const record of everySecond(seconds, () => [])) session.take(record);
  return { file: `${name}.ctd.gz`, session, why: null, state };
}

const momentsOf = (fleet: Fleet): number[] => {
  const found = [fleet.fromMs];
  for (let at = fleet.next(fleet.fromMs); at !== null; at = fleet.next(at)) found.push(at);
  return found;
};
const kinds = (fleet: Fleet, atMs: number): string[] =>
  (fleet.at(atMs, null).hosts?.rows ?? []).map(({ presence }) => presence.kind);

describe('hosts on one time line', () => {
  it('of one are its own frames', () => {
    const member = host('a', 0, 20);
    const frames = Array.from({ length: member.session?.length ?? 0 }, (_, index) =>
      member.session?.elapsedAt(index),
    );
    expect(momentsOf(createFleet([member]))).toEqual(frames);
  });

  it('have a moment a second, whatever their frames lie apart, up to the end of the last', () => {
    const fleet = createFleet([host('a', 0, 20), host('b', 300, 20), host('c', 10_700, 20)]);
    const moments = momentsOf(fleet);
    expect(moments.at(-1)).toBe(fleet.toMs);
    expect(fleet.toMs).toBe(30_700);
    const gaps = moments.map((at, index) => at - (moments[index - 1] ?? at)).slice(1);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1700);
    expect(moments.length).toBeGreaterThanOrEqual(30);
    expect(moments.length).toBeLessThanOrEqual(33);
  });

  it('step back through the moments that they stepped on through', () => {
    const fleet = createFleet([host('a', 0, 20), host('b', 300, 20), host('c', 10_700, 20)]);
    const moments = momentsOf(fleet).slice(1);
    const back = [fleet.toMs];
    for (let at = fleet.step(fleet.toMs, -1); at !== back.at(-1); at = fleet.step(at, -1)) back.push(at);
    expect(back.reverse()).toEqual(moments);
    expect(fleet.step(fleet.toMs, 60)).toBe(fleet.toMs);
    expect(fleet.step(fleet.toMs, -10)).toBe(moments.at(-11));
  });

  it('are told where they stand', () => {
    const fleet = createFleet([
      host('a', 0, 20),
      host('b', 15_000, 20),
      { file: 'c', session: null, why: 'it is damaged', state: 'whole' },
    ]);
    expect(kinds(fleet, 5000)).toEqual(['recorded', 'not-begun', 'unreadable']);
    expect(kinds(fleet, 18_000)).toEqual(['recorded', 'recorded', 'unreadable']);
    expect(kinds(fleet, 20_000)).toEqual(['recorded', 'recorded', 'unreadable']);
    expect(kinds(fleet, 21_000)).toEqual(['ended', 'recorded', 'unreadable']);
    expect(fleet.at(21_000, null).hosts?.rows[0]?.presence).toEqual({
      kind: 'ended',
      atMs: HEADER.startedAtMs + 20_000,
    });
  });

  it('go no further than what is read of those that are still being read', () => {
    const fleet = createFleet([host('a', 0, 20), host('b', 0, 8, 'reading')]);
    expect(fleet.toMs).toBe(8000);
    expect(fleet.next(8000)).toBeNull();
    expect(fleet.snap(15_000)).toBe(8000);
  });

  it('that grow are silent when they say nothing while others do', () => {
    const fleet = createFleet([host('a', 0, 20, 'growing'), host('b', 0, 8, 'growing')]);
    expect(kinds(fleet, 10_000)).toEqual(['recorded', 'recorded']);
    expect(kinds(fleet, 20_000)).toEqual(['recorded', 'silent']);
  });

  it('are called by their hosts, and by their files where hosts share a name', () => {
    const member = (name: string, file: string): Recording => ({ ...host(name, 0, 1), file });
    const fleet = createFleet([
      member('web', 'x/one.ctd.gz'),
      member('web', 'two.ctd'),
      member('db', 'three'),
    ]);
    expect(fleet.at(0, null).hosts?.rows.map(({ name }) => name)).toEqual(['one', 'two', 'db']);
  });
});

describe('a replay of captures that were recorded for real', () => {
  let fleet: Fleet;
  let player: Player;
  let shown: ScreenState | null = null;
  beforeAll(async () => {
    fleet = await bundledFleet();
    player = createPlayer({
      fleet,
      mode: 'replay',
      screen: { update: (state) => void (shown = state) },
      follow: false,
      speed: 1,
      recorder: null,
      later: () => () => undefined,
    });
  });
  const press = (...commands: ScreenCommand[]): ScreenState => {
    for (const command of commands) player.command(command);
    if (shown === null) throw new Error('nothing was shown');
    return shown;
  };
  const clock = ({ hosts }: ScreenState): string => new Date(hosts?.atMs ?? 0).toISOString().slice(11, 19);

  it('goes with n through the changes of all hosts at the table, and of the open one in it', () => {
    const next: ScreenCommand = { kind: 'verdict-change', direction: 1 };
    press({ kind: 'jump', to: 'start' });
    const all = [next, next, next, next].map((item) => clock(press(item)));
    expect(all).toEqual(['22:38:33', '22:39:22', '22:42:01', '22:42:25']);
    press({ kind: 'jump', to: 'start' }, { kind: 'open-host', host: 1 });
    expect([next, next].map((item) => clock(press(item)))).toEqual(['22:39:22', '22:42:01']);
    press({ kind: 'open-host', host: 0 });
    expect(press(next).notice).toEqual({ kind: 'no-verdict-change', direction: 1, soFar: false });
    const back: ScreenCommand = { kind: 'verdict-change', direction: -1 };
    expect(clock(press(back))).toBe('22:38:33');
  });

  it('opens a host at the moment of the table, moves there, and goes back at the same moment', () => {
    press({ kind: 'open-host', host: null }, { kind: 'jump', to: 'end' });
    const table = press({ kind: 'step', frames: -20 });
    const host = press({ kind: 'open-host', host: 1 });
    expect(host.hosts?.atMs).toBe(table.hosts?.atMs);
    expect(host.hosts?.open?.name).toBe('conntrack-table-full');
    expect(host.diagnosis).toEqual(table.hosts?.rows[1]?.diagnosis);
    const moved = press({ kind: 'step', frames: -5 });
    const back = press({ kind: 'open-host', host: null });
    expect(back.hosts?.atMs).toBe(moved.hosts?.atMs);
    expect((table.hosts?.atMs ?? 0) - (back.hosts?.atMs ?? 0)).toBeGreaterThanOrEqual(4900);
  });

  it('says of every host at any moment what a replay of it alone says', () => {
    for (let step = 0, at = 1; step < 40; step += 1, at = (at * 31 + 17) % 269) {
      const atMs = fleet.snap(at * 1000);
      const { hosts } = fleet.at(atMs, null);
      fleet.recordings.forEach(({ session }, place) => {
        if (session === null) return;
        const alone = createFleet([{ file: '', session, why: null, state: 'whole' }]);
        const ownMs = atMs + fleet.startedAtMs - alone.startedAtMs;
        if (ownMs < 0) return;
        expect(hosts?.rows[place]?.diagnosis).toEqual(alone.at(alone.snap(ownMs), 0).diagnosis);
      });
    }
  });
});
