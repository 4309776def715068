import { expect, test } from 'vitest';
import { watchClocks } from '../../src/sources/clock-watch.js';

const EPOCH = 1_795_300_762_000;
const at = (seconds: number, asleep = 0, set = 0, boot: number | null = 0) => ({
  elapsedMs: seconds * 1000,
  wallMs: EPOCH + (seconds + asleep + set) * 1000,
  bootMs: boot === null ? null : (500 + seconds + asleep) * 1000,
});

test('clocks that run together say nothing, be the frames late or not', () => {
  const watch = watchClocks(at(0));
  expect([1, 2, 3, 60, 61].flatMap((second) => watch.check(at(second)))).toEqual([]);
  expect(watch.difference).toBeNull();
});

test('a clock that is set loses no figures: that it was set is told, its sum back and forth', () => {
  const watch = watchClocks(at(0));
  expect(watch.check(at(1, 0, 3600))).toEqual([]);
  expect(watch.difference).toBe('it was set forward by 3600 s; times are shown by the clock at the start');
  expect(watch.check(at(2, 0, -60))).toEqual([]);
  expect(watch.difference).toMatch(/^it was set back by 60 s;/);
  watch.check(at(3, 0, 0));
  expect(watch.difference).toBeNull();
});

test('a host that slept has a gap from its last frame, in every source, and is no step of the clock', () => {
  const watch = watchClocks(at(0));
  watch.check(at(5));
  const gaps = watch.check(at(6, 300));
  expect(gaps).toMatchObject([
    { type: 'gap', source: 'kernel', fromMs: 5000, elapsedMs: 6000, reason: 'the host slept for 300 s' },
    { type: 'gap', source: 'bpftrace' },
  ]);
  expect(watch.difference).toMatch(/^the host slept for 300 s; times/);
  expect(watch.check(at(7, 300))).toEqual([]);
});

test('where the time since the boot is unknown, a sleep looks like a step, and is told', () => {
  const watch = watchClocks(at(0, 0, 0, null));
  expect(watch.check(at(1, 300, 0, null))).toEqual([]);
  expect(watch.difference).toMatch(/^it was set forward by 300 s/);
});
