import { describe, expect, it } from 'vitest';
import type { Distro } from '../kernel/distros.js';
import type { Scenario } from '../kernel/scenario.js';
import { turnsOf, whyNotRun } from '../kernel/turns.js';

const scenario = (name: string): Scenario => ({
  name,
  purpose: '',
  guestScript: '',
  memoryMiB: 1,
  timeoutMs: 900_000,
  checks: {},
});
const [guest, sizing, hooks] = [scenario('guest'), scenario('sizing'), scenario('hooks')] as const;
const scenarios = [guest, sizing, hooks];
const namesOf = (commit: string) =>
  turnsOf(commit, scenarios).map((turn) => `${turn.distro} ${turn.scenario.name}`);

describe('what CI runs on emulated kernels', () => {
  it('is Debian 12 whole, then the short set, each scenario on all others before the next', () => {
    expect(namesOf('00000000')).toEqual([
      ...['bookworm guest', 'bookworm sizing', 'bookworm hooks'],
      ...['bullseye guest', 'bookworm-cloud guest', 'trixie guest', 'sid guest'],
      ...['bullseye hooks', 'bookworm-cloud hooks', 'trixie hooks', 'sid hooks'],
    ]);
  });

  it('turns with the commit, so that each comes first for some', () => {
    const first = ['00000004ffff', '00000001ffff', 'ffffff02', '00000003'].map(
      (commit) => namesOf(commit)[3],
    );
    expect(first).toEqual(['bullseye guest', 'bookworm-cloud guest', 'trixie guest', 'sid guest']);
    expect(new Set(namesOf('fedcba98'))).toEqual(new Set(namesOf('00000000')));
  });

  it('has an order where there is no commit', () => {
    expect(namesOf('')).toEqual(namesOf('00000000'));
  });
});

describe('a guest that may not end in time', () => {
  const ended = [{ turn: { distro: 'bookworm', scenario: hooks } as const, elapsedMs: 60_000 }];
  const why = (distro: Distro, left: Scenario, leftMs: number, isPrepared = true): string | undefined =>
    whyNotRun({ distro, scenario: left }, ended, leftMs, () => isPrepared);

  it('does not begin, and says why', () => {
    expect(why('trixie', hooks, 89_000)).toBe('89 s left, it may take 90 s');
    expect(why('trixie', hooks, 90_000)).toBeUndefined();
  });

  it('needs more where its kernel and root have to be fetched', () => {
    expect(why('trixie', hooks, 269_000, false)).toBe('269 s left, it may take 270 s');
    expect(why('trixie', hooks, 270_000, false)).toBeUndefined();
  });

  it('may need all its time where it was not seen on Debian 12', () => {
    expect(why('trixie', sizing, -5000)).toBe('0 s left, it may take 900 s');
  });

  it('begins on Debian 12 whatever is left', () => {
    expect(why('bookworm', sizing, 0, false)).toBeUndefined();
  });
});
