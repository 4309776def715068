import { describe, expect, it } from 'vitest';
import { createFleet } from '../../src/playback/fleet.js';
import { createPlayer } from '../../src/playback/player.js';
import type { Player, PlayerOptions } from '../../src/playback/player.js';
import { createSession } from '../../src/playback/session.js';
import type { Session } from '../../src/playback/session.js';
import type { StreamRecord } from '../../src/records/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { everySecond, HEADER, HOST, kernel, node } from '../scenarios/stream.js';

/** The records of each second. */
function secondsOf(records: readonly StreamRecord[]): StreamRecord[][] {
  const found: StreamRecord[][] = [[]];
  for (const record of records) {
    found.at(-1)?.push(record);
    if (record.type === 'tick') found.push([]);
  }
  return found.slice(0, -1);
}

const SECONDS = 120;
const seconds = secondsOf(
  everySecond(SECONDS, (second) => [
    node(second * 1000, { 'net.netfilter.nf_conntrack_max': 65_536 }),
    kernel(
      second * 1000,
      {
        'net.netfilter.nf_conntrack_count': second < 30 ? 100 : 65_536,
        'nf_conntrack.drop': second < 30 ? 0 : (second - 30) * 500,
        'nf_conntrack.insert_failed': 0,
      },
      HOST,
    ),
  ]),
);

interface Stage {
  readonly player: Player;
  readonly session: Session;
  readonly state: () => ScreenState;
  /** The second on the screen. */
  readonly second: () => number;
  /** Lets the next timer fire; returns how long it would have waited. */
  readonly pass: () => number | null;
}

function stage(options: Partial<PlayerOptions> = {}, count = seconds.length): Stage {
  const session = createSession(HEADER, true);
  for (const record of seconds.slice(0, count).flat()) session.take(record);
  const shown: ScreenState[] = [];
  const timers: { run: () => void; waitMs: number }[] = [];
  const player = createPlayer({
    fleet: createFleet([
      { file: 'one', session, why: null, state: options.follow === true ? 'growing' : 'whole' },
    ]),
    mode: 'replay',
    screen: { update: (state) => void shown.push(state) },
    follow: false,
    speed: 1,
    recorder: null,
    later: (run, waitMs) => {
      timers.splice(0, timers.length, { run, waitMs });
      return () => void timers.splice(0);
    },
    ...options,
  });
  const state = (): ScreenState => {
    const newest = shown.at(-1);
    if (newest === undefined) throw new Error('nothing was shown');
    return newest;
  };
  return {
    player,
    session,
    state,
    second: () => (state().frames.at(-1)?.elapsedMs ?? -1) / 1000,
    pass: () => {
      const next = timers.shift();
      next?.run();
      return next?.waitMs ?? null;
    },
  };
}

describe('a replay', () => {
  it.each([
    [1, 1000, 1],
    [0.1, 2000, 1],
    [10, 100, 1],
    [1000, 33, 33],
    [Number.POSITIVE_INFINITY, 0, 1],
  ])('at %sx shows the next frame after %s ms, %s seconds on', (speed, waitMs, seconds) => {
    const { pass, second } = stage({ speed });
    expect(second()).toBe(0);
    expect(pass()).toBe(waitMs);
    expect(second()).toBe(seconds);
  });

  it('plays to the end, stops there, and starts over', () => {
    const { player, pass, second, state } = stage({ speed: 1000 });
    while (pass() !== null);
    expect(second()).toBe(SECONDS);
    expect(state().frozen).toBe(true);
    player.command({ kind: 'toggle-freeze' });
    expect([second(), state().frozen]).toEqual([0, false]);
  });

  it('goes to the changes of the verdict and back, and says when there is no further one', () => {
    const { player, second, state } = stage();
    player.command({ kind: 'verdict-change', direction: 1 });
    const first = second();
    expect(first).toBeGreaterThan(0);
    player.command({ kind: 'jump', to: 'end' });
    player.command({ kind: 'verdict-change', direction: 1 });
    expect(state().notice).toEqual({ kind: 'no-verdict-change', direction: 1, soFar: false });
    while (state().notice === null || second() === SECONDS)
      player.command({ kind: 'verdict-change', direction: -1 });
    expect(state().notice).toEqual({ kind: 'no-verdict-change', direction: -1, soFar: false });
    expect(second()).toBeLessThanOrEqual(first);
  });

  it('goes to a time and refuses what is none', () => {
    const { player, second, state } = stage();
    player.command({ kind: 'go-to', time: '+50s' });
    expect([second(), state().frozen]).toEqual([50, true]);
    player.command({ kind: 'go-to', time: 'noon' });
    expect(state().notice).toEqual({ kind: 'not-a-time', text: 'noon' });
    player.command({ kind: 'go-to', time: '-20s' });
    expect(second()).toBe(30);
  });

  it('follows a growing file, and says how it ended', () => {
    const { player, session, second, state } = stage({ follow: true }, 10);
    expect(second()).toBe(9);
    for (const records of seconds.slice(10, 20)) {
      for (const record of records) session.take(record);
      player.frameAdded();
    }
    expect(second()).toBe(19);
    const truncated = { kind: 'truncated', captures: [] } as const;
    player.ended(truncated);
    expect([state().frozen, state().notice]).toEqual([true, truncated]);
  });
});

describe('live', () => {
  const live = { mode: 'live', follow: true } as const;

  it('freezes, scrubs back and forth, jumps and plays by the same keys while frames come', () => {
    const { player, session, second, state, pass } = stage(live, 60);
    player.command({ kind: 'toggle-freeze' });
    expect([second(), state().frozen]).toEqual([59, true]);
    for (const records of seconds.slice(60, 80)) {
      for (const record of records) session.take(record);
      player.frameAdded();
    }
    expect(second()).toBe(59);
    player.command({ kind: 'step', frames: -40 });
    expect(second()).toBe(19);
    player.command({ kind: 'verdict-change', direction: 1 });
    expect(second()).toBeGreaterThan(29);
    player.command({ kind: 'jump', to: 'start' });
    expect(second()).toBe(0);
    player.command({ kind: 'speed', change: 'faster' });
    expect(pass()).toBe(500);
    expect(second()).toBe(1);
    player.command({ kind: 'jump', to: 'end' });
    expect([second(), state().frozen]).toEqual([79, false]);
  });

  it('starts and stops a recording and marks it', () => {
    const done: string[] = [];
    let path: string | null = null;
    const recorder = {
      get path() {
        return path;
      },
      toggle: () => ({ kind: 'recording-started', path: (path = 'x.ctd.gz') }) as const,
      mark: (note: string) => {
        done.push(note);
        return { kind: 'marked', note, recorded: true } as const;
      },
    };
    const { player, state } = stage({ ...live, recorder });
    player.command({ kind: 'toggle-recording' });
    expect(state().recording).toBe('x.ctd.gz');
    player.command({ kind: 'mark', note: 'restarted the broker' });
    expect(done).toEqual(['restarted the broker']);
    expect(state().notice).toEqual({ kind: 'marked', note: 'restarted the broker', recorded: true });
  });
});

it('a large capture that is being read says how far, and is drawn again when that has grown by a percent', () => {
  let readBytes = 1000;
  const updates: (number | undefined)[] = [];
  const { player, session } = stage(
    {
      loading: true,
      startAt: '+0s',
      progress: () => ({ readBytes, totalBytes: 100_000 }),
      screen: { update: ({ loadProgress }) => void updates.push(loadProgress?.readBytes) },
    },
    1,
  );
  for (const bytes of [1100, 1900, 2000, 2500, 7000]) {
    for (const record of seconds[session.length] ?? []) session.take(record);
    readBytes = bytes;
    player.frameAdded();
  }
  expect(updates).toEqual([1000, 2000, 7000]);
  player.ended(null);
  expect(updates.at(-1)).toBeUndefined();
});

it('a capture that is still being read goes on playing when more of it has come', () => {
  const { player, session, state, second, pass } = stage({ loading: true }, 1);
  expect(pass()).toBeNull();
  expect(state().frozen).toBe(false);
  for (const records of seconds.slice(1, 3)) {
    for (const record of records) session.take(record);
    player.frameAdded();
  }
  expect(pass()).toBe(1000);
  expect(pass()).toBe(1000);
  expect([second(), state().frozen]).toEqual([2, false]);
  expect(pass()).toBeNull();
  player.ended(null);
  expect(state().frozen).toBe(true);
});

it('a replay that was begun at a moment stands there while the rest is read, and after', () => {
  const { player, session, second, state, pass } = stage({ loading: true, startAt: '+20s' }, 40);
  expect(second()).toBe(20);
  for (const records of seconds.slice(session.length)) {
    for (const record of records) session.take(record);
    player.frameAdded();
    expect(second()).toBe(20);
  }
  player.ended(null);
  expect(pass()).toBeNull();
  expect([second(), state().frozen]).toEqual([20, true]);
});

describe('a capture that is still being read', () => {
  const readOn = ({ session, player }: Stage, to: number): void => {
    for (const records of seconds.slice(session.length, to)) {
      for (const record of records) session.take(record);
      player.frameAdded();
    }
  };

  it('is read on to its end when the end is asked for', () => {
    const stood = stage({ loading: true }, 10);
    stood.player.command({ kind: 'jump', to: 'end' });
    expect(stood.state().notice).toEqual({ kind: 'reading-on', to: null });
    readOn(stood, seconds.length);
    stood.player.ended(null);
    expect([stood.second(), stood.state().frozen, stood.state().notice]).toEqual([SECONDS, true, null]);
  });

  it('is read on to a time beyond what is read, and stays where another key is pressed', () => {
    const gone = stage({ loading: true }, 10);
    gone.player.command({ kind: 'go-to', time: '+50s' });
    expect(gone.state().notice).toEqual({ kind: 'reading-on', to: '+50s' });
    readOn(gone, 60);
    expect([gone.second(), gone.state().notice]).toEqual([50, null]);
    const stayed = stage({ loading: true }, 10);
    stayed.player.command({ kind: 'jump', to: 'end' });
    stayed.player.command({ kind: 'step', frames: -1 });
    readOn(stayed, seconds.length);
    stayed.player.ended(null);
    expect(stayed.second()).toBe(8);
  });

  it('says of several how many are read', () => {
    const { state } = stage({
      loading: true,
      progress: () => ({ readBytes: 1, totalBytes: 9, captures: { whole: 4, all: 12 } }),
    });
    expect(state().loadProgress?.captures).toEqual({ whole: 4, all: 12 });
  });
});

describe('live, a key that leads nowhere', () => {
  const live = { mode: 'live', follow: true } as const;

  it.each([
    ['+ while now is shown', { kind: 'speed', change: 'faster' }, { kind: 'no-live-speed' }, false],
    [
      'N before any change',
      { kind: 'verdict-change', direction: -1 },
      { kind: 'no-verdict-change', direction: -1, soFar: false },
      false,
    ],
    [
      'n after the last',
      { kind: 'verdict-change', direction: 1 },
      { kind: 'no-verdict-change', direction: 1, soFar: false },
      false,
    ],
    [
      'g to before what is kept',
      { kind: 'go-to', time: '-10m' },
      { kind: 'out-of-range', edge: 'first' },
      true,
    ],
    ['g to what is to come', { kind: 'go-to', time: '+10m' }, { kind: 'out-of-range', edge: 'last' }, true],
  ] as const)('%s says so', (_name, command, notice, frozen) => {
    const { player, state } = stage(live, 20);
    player.command(command);
    expect(state().notice).toMatchObject(notice);
    expect(state().frozen).toBe(frozen);
  });

  it('is answered until the next key, whoever that is for', () => {
    const { player, state } = stage(live, 20);
    player.command({ kind: 'speed', change: 'slower' });
    expect(state().notice).not.toBeNull();
    player.command({ kind: 'noticed' });
    expect([state().notice, state().frozen]).toEqual([null, false]);
  });
});

it('live has a time line while another moment than now is held, and says how far behind that is', () => {
  const { player, session, state } = stage({ mode: 'live', follow: true }, 60);
  expect(state().timeline).toBeUndefined();
  player.command({ kind: 'step', frames: -10 });
  const behind = (): number => (state().timeline?.toMs ?? 0) - (state().timeline?.atMs ?? 0);
  expect(behind()).toBe(10_000);
  for (const record of seconds[60] ?? []) session.take(record);
  player.frameAdded();
  expect(behind()).toBe(11_000);
  player.command({ kind: 'jump', to: 'end' });
  expect(state().timeline).toBeUndefined();
});

it('says that there is no higher speed than the highest', () => {
  const { player, state } = stage({ speed: Number.POSITIVE_INFINITY, startAt: '+0s' });
  player.command({ kind: 'speed', change: 'faster' });
  expect(state().notice).toEqual({ kind: 'speed-at-limit', change: 'faster' });
});

it.each([
  [
    'beyond the end of a capture',
    '+10m',
    { kind: 'out-of-range', mode: 'replay', edge: 'last' },
    SECONDS,
    true,
  ],
  ['that is not a time', 'noon', { kind: 'not-a-time', text: 'noon' }, 0, false],
] as const)('a start %s is told from the first state on', (_name, startAt, notice, at, frozen) => {
  const { second, state } = stage({ startAt });
  expect(state().notice).toMatchObject(notice);
  expect([second(), state().frozen]).toEqual([at, frozen]);
});

it('a start beyond what is read of a growing file waits for it, and is reached', () => {
  const { player, session, second, state } = stage({ follow: true, loading: true, startAt: '+20s' }, 10);
  expect(state().notice).toEqual({ kind: 'reading-on', to: '+20s' });
  for (const records of seconds.slice(10, 40)) {
    for (const record of records) session.take(record);
    player.frameAdded();
  }
  expect([second(), state().frozen, state().notice]).toEqual([20, true, null]);
});

describe('hosts of which none has data yet', () => {
  it('can be opened all the same: why there is none stands there', () => {
    const shown: ScreenState[] = [];
    const player = createPlayer({
      fleet: createFleet(
        ['web-1', 'web-2'].map((file) => ({ file, session: null, why: `${file} is away`, state: 'growing' })),
        { fromMs: 0, now: () => 5000 },
      ),
      mode: 'live',
      screen: { update: (state) => void shown.push(state) },
      follow: true,
      speed: 1,
      recorder: null,
      later: () => () => undefined,
    });
    player.command({ kind: 'open-host', host: 1 });
    expect(shown.at(-1)?.hosts?.open).toMatchObject({
      name: 'web-2',
      presence: { kind: 'unreadable', why: 'web-2 is away' },
    });
    player.command({ kind: 'open-host', host: null });
    expect(shown.at(-1)?.hosts?.open).toBeNull();
  });
});
