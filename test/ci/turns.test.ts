import { describe, expect, it } from 'vitest';
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
  it('is Debian 12 whole, then the short set of each other suite', () => {
    expect(namesOf('00000000')).toEqual([
      ...['bookworm guest', 'bookworm sizing', 'bookworm hooks'],
      ...['bullseye guest', 'bullseye hooks', 'trixie guest', 'trixie hooks', 'sid guest', 'sid hooks'],
    ]);
  });

  it('turns with the commit, so that each suite comes first for some', () => {
    const second = ['00000003ffff', '00000001ffff', 'ffffff02'].map((commit) => namesOf(commit)[3]);
    expect(second).toEqual(['bullseye guest', 'trixie guest', 'sid guest']);
    expect(new Set(namesOf('fedcba98'))).toEqual(new Set(namesOf('00000000')));
  });

  it('has an order where there is no commit', () => {
    expect(namesOf('')).toEqual(namesOf('00000000'));
  });
});

describe('a guest that may not end in time', () => {
  const ended = [{ turn: { distro: 'bookworm', scenario: hooks } as const, elapsedMs: 60_000 }];
  const onTrixie = [...ended, { turn: { distro: 'trixie', scenario: guest } as const, elapsedMs: 9_000 }];

  it('does not begin, and says why', () => {
    expect(whyNotRun({ distro: 'trixie', scenario: hooks }, onTrixie, 89_000)).toBe(
      '89 s left, it may take 90 s',
    );
    expect(whyNotRun({ distro: 'trixie', scenario: hooks }, onTrixie, 90_000)).toBeUndefined();
  });

  it('is the first of a suite where its root may have to be made', () => {
    expect(whyNotRun({ distro: 'trixie', scenario: hooks }, ended, 269_000)).toBe(
      '269 s left, it may take 270 s',
    );
  });

  it('may need all its time where it was not seen on Debian 12', () => {
    expect(whyNotRun({ distro: 'trixie', scenario: sizing }, onTrixie, -5000)).toBe(
      '0 s left, it may take 900 s',
    );
  });

  it('begins on Debian 12 whatever is left', () => {
    expect(whyNotRun({ distro: 'bookworm', scenario: sizing }, [], 0)).toBeUndefined();
  });
});
