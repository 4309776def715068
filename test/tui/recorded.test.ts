import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptureReader } from '../../src/capture/index.js';
import { createFleet } from '../../src/playback/fleet.js';
import { createSession } from '../../src/playback/session.js';
import type { Session } from '../../src/playback/session.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { openOn } from './open-screen.js';

// The clock of the screen is local time; that of a recording is not ours.
const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const sessions = new Map<string, Promise<Session>>();

function recorded(name: string): Promise<Session> {
  const known = sessions.get(name) ?? read(name);
  sessions.set(name, known);
  return known;
}

async function read(name: string): Promise<Session> {
  const file = name.endsWith('.ctd') ? `../fixtures/cases/${name}` : `../captures/${name}.ctd.gz`;
  const reader = await openCaptureReader(new URL(file, import.meta.url).pathname);
  const session = createSession(reader.header, true);
  for await (const record of reader.records) session.take(record);
  session.settle();
  return session;
}

/** A replay that stands at the first frame for which `at` holds. */
async function standing(name: string, at: (state: ScreenState) => boolean): Promise<ScreenState> {
  const session = await recorded(name);
  const fleet = createFleet([{ file: name, session, why: null, state: 'whole' }]);
  for (let atMs: number | null = fleet.fromMs; atMs !== null; atMs = fleet.next(atMs)) {
    const state: ScreenState = {
      mode: 'replay',
      ...fleet.at(atMs, 0),
      timeline: fleet.timeline(atMs, 0),
      frozen: true,
      speed: 1,
      recording: null,
      notice: null,
    };
    if (at(state)) return state;
  }
  throw new Error(`${name} never comes to that`);
}

/** Connections are refused now, and at a listener it is known at which. */
function plainlyRefusing({ diagnosis }: ScreenState): boolean {
  const first = diagnosis?.findings[0];
  return (
    first?.severity === 'critical' &&
    (first.refused ?? 0) > 100 &&
    (first.code !== 'accept-queue-overflow' || first.subject.kind === 'listener')
  );
}

describe('the incidents that were recorded for real', () => {
  it.each([
    ['conntrack-table-full', 80, 24, ' net.netfilter.nf_conntrack_max='],
    ['conntrack-table-full', 120, 36, ' net.netfilter.nf_conntrack_max='],
    ['conntrack-table-full', 200, 60, ' net.netfilter.nf_conntrack_max='],
    ['accept-queue-overflow', 80, 24, '/proc/171/task/'],
    ['accept-queue-overflow', 120, 36, '/proc/171/task/'],
  ])('%s at %ix%i says what is hit and what to do', async (name, columns, rows, remedy) => {
    const seen = await openOn(columns, rows).show(await standing(name, plainlyRefusing));
    const text = seen.join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(`../goldens/tui/recorded-${name}-${columns}x${rows}.txt`);
    expect(text).toContain(remedy);
    // What is said of now is the same figure wherever it stands.
    if (columns >= 120)
      expect(text).toMatch(name.startsWith('accept') ? /listen overflows 138/ : /drops \(full\) 512/);
    for (const row of seen) expect(row.length).toBeLessThanOrEqual(columns);
  });

  it('says that the limit was raised as soon as it is, while it is not yet known to have helped', async () => {
    const raised = await standing('demo', ({ diagnosis, window }) => {
      const [first] = diagnosis?.findings ?? [];
      return first?.untilMs === null && (window?.limitChanges ?? []).some(({ atMs }) => atMs > first.sinceMs);
    });
    const seen = await openOn(80, 24).show(raised);
    expect(seen.slice(2, 6).join('\n')).toMatch(
      /conntrack table full: .*\n.*\n {2}check {2}.*\n {7}limit raised to 262,144 at [\d:]+; over after 5 s without a refusal$/,
    );
    // Others are nearer to their limits by then.
    const ladder = seen.slice(seen.findIndex((row) => row.startsWith('CEILINGS')) + 1);
    expect(ladder[0]).toMatch(/^✖ conntrack entries in host .* 262,144 +\d+ % /);
    expect(ladder[1]).toMatch(/^ {2}file handles /);
  });

  it('marks the ceiling that a verdict is about, though its share alone is no alarm', async () => {
    const failing = await standing(
      'eaddrnotavail-bound-first.ctd',
      ({ diagnosis }) => diagnosis?.findings[0]?.code === 'ephemeral-ports-exhausted',
    );
    const rows = await openOn(80, 24).show(failing);
    expect(rows.find((row) => row.includes('→ 10.0.0.2:5432 '))).toMatch(/^✖ local .* 85 % +-$/);
  });
});
