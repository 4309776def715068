import { expect, it } from 'vitest';
import { createFleet } from '../../src/playback/fleet.js';
import type { Recording } from '../../src/playback/fleet.js';
import { createSession } from '../../src/playback/session.js';
import { HEADER } from '../scenarios/stream.js';

/** This machine's clock; those of the hosts are an hour ahead and a day behind. */
const NOW = Date.parse('2026-11-28T12:00:00Z');

interface Coming extends Recording {
  connect(startedAtMs: number, beganAtMs: number): void;
  frame(elapsedMs: number): void;
}

function coming(file: string): Coming {
  let session: Recording['session'] = null;
  let began: number | undefined;
  return {
    file,
    state: 'growing',
    get session() {
      return session;
    },
    get why() {
      return session === null ? 'connecting' : null;
    },
    get beganAtMs() {
      return began;
    },
    connect(startedAtMs, beganAtMs) {
      session = createSession({ ...HEADER, host: file, startedAtMs }, false);
      began = beganAtMs;
    },
    frame: (elapsedMs) => void session?.take({ type: 'tick', elapsedMs }),
  };
}

it('shows hosts as they come, on one clock, whatever their own say', () => {
  const [ahead, behind] = [coming('ahead'), coming('behind')];
  const fleet = createFleet([ahead, behind], { fromMs: NOW, now: () => NOW });
  const kinds = (): unknown => fleet.at(fleet.toMs, null).hosts?.rows.map(({ presence }) => presence.kind);
  expect(kinds()).toEqual(['unreadable', 'unreadable']);

  ahead.connect(NOW + 3_600_000, NOW + 1000);
  ahead.frame(0);
  ahead.frame(1000);
  expect(fleet.toMs).toBe(2000);
  expect(kinds()).toEqual(['recorded', 'unreadable']);

  behind.connect(NOW - 86_400_000, NOW + 2000);
  behind.frame(0);
  expect(fleet.toMs).toBe(2000);
  expect(kinds()).toEqual(['recorded', 'recorded']);
  expect(fleet.at(2000, null).hosts?.rows.map(({ header }) => header?.startedAtMs)).toEqual([
    NOW + 1000,
    NOW + 2000,
  ]);
  // The screen of one host has that host's own clock.
  expect(fleet.at(2000, 1).header?.startedAtMs).toBe(NOW - 86_400_000);
});

it('says of a host that is lost since when, and goes on with its next connection', () => {
  const host = coming('lost');
  let now = NOW;
  const fleet = createFleet([host], { fromMs: NOW, now: () => now });
  host.connect(NOW, NOW);
  host.frame(0);
  host.frame(1000);
  // Nothing comes any more, and the line goes on.
  now = NOW + 60_000;
  expect(fleet.toMs).toBe(60_000);
  expect(fleet.at(fleet.toMs, 0).hosts?.open?.presence).toMatchObject({ kind: 'silent', atMs: NOW + 1000 });
  host.connect(NOW + 100_000, NOW + 100_000);
  host.frame(0);
  expect(fleet.toMs).toBe(100_000);
  expect(fleet.at(fleet.toMs, 0).hosts?.open?.presence).toEqual({ kind: 'recorded' });
});
