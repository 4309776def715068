import { describe, expect, it } from 'vitest';
import { createFold } from '../../src/model/index.js';
import type { StreamRecord } from '../../src/records/index.js';
import { CONTAINER, COVERAGE, framesOf, gap, HEADER, kernel, listening, tick } from '../scenarios/stream.js';

const dropped = (elapsedMs: number, drop: number): StreamRecord =>
  kernel(elapsedMs, { 'nf_conntrack.drop': drop });

describe('a frame', () => {
  it('comes at each tick and at nothing else', () => {
    const fold = createFold(HEADER);
    const records: StreamRecord[] = [
      dropped(0, 0),
      COVERAGE,
      listening(0, {}),
      gap(0, 'kernel'),
      { type: 'end', elapsedMs: 0, reason: '' },
    ];
    expect(records.map((record) => fold.push(record))).toEqual([null, null, null, null, null]);
    expect(fold.push(tick(1500))).toMatchObject({ elapsedMs: 1500, atMs: HEADER.startedAtMs + 1500 });
  });

  it('is a snapshot: what comes later does not change it', () => {
    const fold = createFold(HEADER);
    fold.push(dropped(0, 0));
    fold.push({ type: 'netns', elapsedMs: 0, netns: CONTAINER, label: 'pod' });
    const frame = fold.push(tick(0));
    const before = structuredClone(frame);
    fold.push(dropped(1000, 500));
    fold.push({ type: 'netns', elapsedMs: 0, netns: CONTAINER, label: 'other' });
    fold.push(gap(1000, 'kernel'));
    fold.push(tick(1000));
    expect(frame).toEqual(before);
  });

  it('names its own gaps and not those of the frame before', () => {
    const frames = framesOf([gap(0, 'kernel'), tick(0), tick(1000)]);
    expect(frames.map((frame) => frame.gaps)).toEqual([[{ source: 'kernel', reason: 'stopped' }], []]);
  });

  it('has the newest listeners, processes, names and coverage', () => {
    const [frame] = framesOf([
      listening(0, {}, { port: 22 }),
      listening(1, { port: 80 }),
      { type: 'processes', elapsedMs: 0, processes: [] },
      { type: 'processes', elapsedMs: 1, processes: [{ pid: 9, comm: 'x', fds: 1, fdLimit: 2 }] },
      { type: 'netns', elapsedMs: 0, netns: CONTAINER, label: 'pod' },
      { ...COVERAGE, lostEvents: 3 },
      tick(1),
    ]);
    expect(frame?.listeners.map((listener) => listener.port)).toEqual([80]);
    expect(frame?.processes.map((process) => process.pid)).toEqual([9]);
    expect(frame?.netnsLabels.get(CONTAINER)).toBe('pod');
    expect(frame?.coverage?.lostEvents).toBe(3);
    expect(framesOf([tick(0)])[0]?.coverage).toBeNull();
  });

  it('is not disturbed by records of a newer ctdiag, which are counted', () => {
    const fold = createFold(HEADER);
    fold.push({ type: 'unknown', elapsedMs: 0, originalType: 'weather' });
    fold.push({ type: 'unknown', elapsedMs: 0, originalType: 'weather' });
    expect(fold.unknownRecords).toBe(2);
    expect(fold.push(tick(0))?.readings.size).toBe(0);
  });
});
