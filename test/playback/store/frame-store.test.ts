import { describe, expect, it } from 'vitest';
import { createFrameStore } from '../../../src/playback/store/frame-store.js';
import { describeTruncation } from '../../../src/playback/truncation.js';
import type { Listener, StreamRecord } from '../../../src/records/index.js';
import { busySeconds } from '../../capture/busy-host.js';
import { framesOf, HEADER, kernel, LISTENER, tick } from '../../scenarios/stream.js';

/** Every second so many sockets, each with another queue. */
function* crowd(seconds: number, sockets: number): Generator<StreamRecord> {
  for (let second = 0; second < seconds; second += 1) {
    const listeners = Array.from({ length: sockets }, (_, inode): Listener => ({
      ...LISTENER,
      inode,
      acceptQueue: second,
    }));
    yield { type: 'listeners', elapsedMs: second * 1000, listeners };
    yield tick(second * 1000);
  }
}

describe('a recording that is more than can be held', () => {
  it('loses its beginning, and is the same behind it', () => {
    const records = busySeconds(3000);
    const frames = framesOf(records);
    const store = createFrameStore(HEADER, Infinity, undefined, 200_000);
    for (const record of records) store.take(record);
    expect(store.leftOut).toBeGreaterThan(500);
    expect(store.length + store.leftOut).toBe(3000);
    expect(store.elapsedAt(0)).toBe(frames[store.leftOut]?.elapsedMs);
    for (const index of [0, 1, 59, 60, 200, store.length - 1])
      expect(store.slice(index, index + 1)).toEqual([frames[index + store.leftOut]]);
    expect(store.slice(0, 90)).toEqual(frames.slice(store.leftOut, store.leftOut + 90));
    expect(store.indexOf(frames[2990]?.elapsedMs ?? 0)).toBe(2990 - store.leftOut);
  });

  it('says so', () => {
    const tail = { complete: true, torn: false, badLines: 0, unknownRecords: 0 };
    expect(describeTruncation('x', { ...tail, exceeded: new Map([['listeners', 50_000]]) }, 7)).toBe(
      'x: more listening sockets than ctdiag keeps: all but 50000 left out; too long for memory: its first 7 frames left out.',
    );
  });

  it('without a tick for long is held in pieces', () => {
    const store = createFrameStore(HEADER, Infinity, undefined, 1 << 20);
    for (let second = 0; second < 200_000; second += 1)
      store.take(kernel(second, { 'nf_conntrack.found': second * 1_000_003 }));
    expect(store.take(tick(200_000))?.readings.size).toBe(1);
    expect(store.slice(0, 1)[0]?.elapsedMs).toBe(200_000);
  });

  it('gives as many frames at once as can be held together, and each alone', () => {
    const store = createFrameStore(HEADER, Infinity);
    for (const record of crowd(150, 5000)) store.take(record);
    const from = store.heldFrom(0, 149);
    expect(from).toBeGreaterThan(40);
    expect(from).toBeLessThan(149);
    expect(store.heldFrom(from, 149)).toBe(from);
    for (const index of [0, 10, from, 149])
      expect(store.slice(index, index + 1).map(({ listeners }) => listeners[4999]?.acceptQueue)).toEqual([
        index,
      ]);
  });

  it('lets the names of sockets go with the frames that had them', () => {
    const store = createFrameStore(HEADER, Infinity, undefined, 1 << 20);
    for (let second = 0; second < 20_000; second += 1) {
      const owner = { pid: second, comm: `${second} ${'x'.repeat(200)}` };
      store.take({ type: 'listeners', elapsedMs: second, listeners: [{ ...LISTENER, owner }] });
      store.take(tick(second));
    }
    expect(store.leftOut).toBeGreaterThan(10_000);
    expect(store.slice(0, 1)[0]?.listeners[0]?.owner?.pid).toBe(store.leftOut);
  });
});
