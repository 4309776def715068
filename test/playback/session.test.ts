import { describe, expect, it } from 'vitest';
import { openCaptureReader } from '../../src/capture/index.js';
import { createSession } from '../../src/playback/session.js';
import type { Session } from '../../src/playback/session.js';
import type { ProcessUse, StreamHeader, StreamRecord } from '../../src/records/index.js';
import { busySeconds } from '../capture/busy-host.js';
import { readBundled } from '../scenarios/bundled.js';
import {
  COVERAGE,
  everySecond,
  framesOf,
  HEADER,
  HOST,
  kernel,
  listening,
  node,
  tick,
} from '../scenarios/stream.js';

function sessionOf(records: readonly StreamRecord[], header: StreamHeader = HEADER, keepAll = true): Session {
  const session = createSession(header, keepAll);
  for (const record of records) session.take(record);
  session.settle();
  return session;
}

/** Troubles of a minute and more, with calm between them. */
const troubled = everySecond(1200, (second) => {
  const inTrouble = second % 400 > 150 && second % 400 < 290;
  const drops = Math.floor(second / 400) * 1390 + Math.min(139, Math.max(0, (second % 400) - 150)) * 10;
  return [
    node(second * 1000, { 'net.netfilter.nf_conntrack_max': 65_536 }),
    kernel(
      second * 1000,
      {
        'net.netfilter.nf_conntrack_count': inTrouble ? 65_536 : 100 + second,
        'nf_conntrack.drop': drops,
        'nf_conntrack.insert_failed': 0,
      },
      HOST,
    ),
  ];
});

it('has an event where a finding that warned becomes critical', async () => {
  const reader = await openCaptureReader(
    new URL('../fixtures/cases/queue-full-nobody-comes.ctd', import.meta.url).pathname,
  );
  const session = createSession(reader.header, true);
  for await (const record of reader.records) session.take(record);
  session.settle();
  expect(session.verdicts.map(({ status }) => status)).toEqual(['warning', 'critical']);
});

describe('a session', () => {
  it('has at any moment the frames that were folded, in whatever order it is asked', () => {
    const records = busySeconds(900);
    const frames = framesOf(records);
    const session = sessionOf(records);
    expect(session.length).toBe(900);
    for (let step = 0, index = 0; step < 60; step += 1, index = (index * 31 + 17) % 900) {
      const shown = session.at(index).frames;
      expect(shown.at(-1)).toEqual(frames[index]);
      expect(shown[0]).toEqual(frames[index - shown.length + 1]);
      expect(shown.length).toBeGreaterThanOrEqual(Math.min(index + 1, 300));
    }
  });

  it('has the lists of any moment, though they change and stand still', () => {
    const using = (fds: number): ProcessUse => ({ pid: 171, comm: 'broker', fds, fdLimit: 1024 });
    const records = everySecond(600, (second) => {
      const ms = second * 1000;
      const flows = { refused: [], refusedOthers: second, opened: [], openedOthers: 0, sinceMs: 0 };
      return [
        kernel(ms, { 'nf_conntrack.found': second }),
        ...(second % 70 === 0 ? [listening(ms, { acceptQueue: second })] : []),
        ...(second % 90 === 0
          ? [{ type: 'processes' as const, elapsedMs: ms, processes: [using(second)] }]
          : []),
        ...(second % 110 === 0 ? [{ type: 'flows' as const, elapsedMs: ms, ...flows }] : []),
        ...(second % 130 === 0
          ? [{ type: 'ports' as const, elapsedMs: ms, looked: [second], ports: [] }]
          : []),
        ...(second % 150 === 0 ? [{ ...COVERAGE, elapsedMs: ms, lostEvents: second }] : []),
      ];
    });
    const frames = framesOf(records);
    const session = sessionOf(records);
    for (let step = 0, index = 0; step < 60; step += 1, index = (index * 31 + 17) % 600)
      expect(session.at(index).frames.at(-1)).toEqual(frames[index]);
  });

  it('tells as silences what is longer than two and a half intervals, and only those before the moment', () => {
    const records = [0, 1000, 3400, 4400, 7000, 8000].map((atMs) => tick(atMs));
    const session = sessionOf(records);
    expect(session.gaps).toEqual([{ fromMs: 4400, toMs: 7000 }]);
    expect(session.at(3).silences).toEqual([]);
    expect(session.at(4).silences).toEqual(session.gaps);
    const slow = sessionOf(records, { ...HEADER, intervalMs: 2000 });
    expect(slow.gaps).toEqual([]);
  });

  it('keeps what a source said it missed, longer than the minute that is judged', () => {
    const gap = {
      type: 'gap',
      elapsedMs: 5500,
      source: 'kernel',
      fromMs: 5000,
      reason: 'the host slept',
    } as const;
    const seconds = Array.from({ length: 200 }, (_, second) => tick(second * 1000));
    const session = sessionOf([...seconds.slice(0, 6), gap, ...seconds.slice(6)]);
    expect(session.at(199).gaps).toEqual([{ source: 'kernel', reason: 'the host slept', atMs: 6000 }]);
    expect(session.at(3).gaps).toEqual([]);
  });

  it('that begins later has the frames from there on, the first with its rates', () => {
    const records = busySeconds(200);
    const from = 137_000;
    const session = createSession(HEADER, true, undefined, from);
    for (const record of records) session.take(record);
    const expected = framesOf(records).filter(({ elapsedMs }) => elapsedMs >= from);
    expect(session.length).toBe(expected.length);
    for (const index of [0, 1, session.length - 1])
      expect(session.at(index).frames.at(-1)).toEqual(expected[index]);
    expect([...(expected[0]?.readings.values() ?? [])].some(({ perSec }) => perSec !== null)).toBe(true);
  });

  it.each(['conntrack-table-full', 'accept-queue-overflow'] as const)(
    'of %s finds the changes of the verdict that a live screen found, frame by frame',
    async (name) => {
      const { header, records } = await readBundled(name);
      const live = sessionOf(records, header, false);
      expect(live.verdicts.length).toBeGreaterThan(1);
      expect(sessionOf(records, header).verdicts).toEqual(live.verdicts);
    },
  );

  it('finds each change of a long recording at its second, and tells each trouble from its beginning', () => {
    const session = sessionOf(troubled);
    const live = sessionOf(troubled, HEADER, false);
    expect(session.verdicts).toEqual(live.verdicts);
    expect(session.verdicts.filter((verdict) => verdict.status === 'critical').length).toBeGreaterThanOrEqual(
      3,
    );
    for (const index of [289, 680, 200, 1080, 260]) {
      const { window, diagnosis } = session.at(index);
      const [first] = diagnosis?.findings ?? [];
      // Over the whole trouble, though the window shown is of the last minute.
      expect([index, first?.code, first?.refused]).toEqual([
        index,
        'conntrack-table-full',
        ((index % 400) - 150) * 10,
      ]);
      expect((window?.toMs ?? 0) - (window?.fromMs ?? 0)).toBe(60_000);
    }
  });

  it('that is live holds an hour, and goes on counting from there', () => {
    const session = createSession(HEADER, false);
    for (let second = 0; second < 8000; second += 1) {
      session.take(kernel(second * 1000, { 'nf_conntrack.insert': second * 10 }));
      session.take(tick(second * 1000));
    }
    expect(session.length).toBeGreaterThanOrEqual(3600);
    expect(session.length).toBeLessThan(3800);
    expect(session.elapsedAt(session.length - 1)).toBe(7_999_000);
    const first = session.at(0).frames.at(-1);
    expect(first?.elapsedMs).toBe(session.elapsedAt(0));
    expect(first?.readings.get(`${HOST}:nf_conntrack.insert`)).toMatchObject({
      value: (session.elapsedAt(0) ?? 0) / 100,
      perSec: 10,
    });
  });

  it('bounds what one moment costs although times run backwards', () => {
    const records = Array.from({ length: 5000 }, (_, index) => tick(5_000_000 - index * 1000));
    const session = sessionOf(records);
    expect(session.at(4999).frames.length).toBeLessThanOrEqual(1501);
  });
});
