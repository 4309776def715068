import { describe, expect, it } from 'vitest';
import { createBounds } from '../../src/capture/bounds.js';
import { busySeconds } from './busy-host.js';
import { COVERAGE, HOST, kernel, listening, tick } from '../scenarios/stream.js';
import { hostileRecords } from '../scenarios/hostile.js';
import type { StreamRecord } from '../../src/records/index.js';

const using = (pid: number): StreamRecord => ({
  type: 'processes',
  elapsedMs: 0,
  processes: [{ pid, comm: 'broker', fds: 1, fdLimit: 2 }],
});

describe('what is more than any host has is left out', () => {
  it('and nothing of a real one', () => {
    const bounds = createBounds();
    for (const record of [...busySeconds(60), ...hostileRecords(), COVERAGE])
      expect(bounds.limitRecord(record)).toEqual(record);
    expect([...bounds.exceeded]).toEqual([]);
  });

  it.each<[kind: string, record: (number: number) => StreamRecord]>([
    ['figures', (number) => kernel(0, { 'softnet.dropped': 1 }, number)],
    ['figures', (number) => kernel(0, {}, number)],
    ['listeners', (number) => listening(0, { inode: number })],
    ['processes', using],
    [
      'ports',
      (port) => ({
        type: 'ports',
        elapsedMs: 0,
        looked: [HOST],
        ports: [{ netns: HOST, source: '10.0.0.1', destination: '10.0.0.2', port, used: 1, timeWait: 0 }],
      }),
    ],
    ['namespaces', (netns) => ({ type: 'netns', elapsedMs: 0, netns, label: 'container' })],
    ['notes', () => ({ type: 'mark', elapsedMs: 0, note: 'look' })],
  ])('%s: those beyond the bound, told again or not', (kind, record) => {
    const bounds = createBounds();
    let kept = 0;
    for (let number = 0; number < 60_000; number += 1) {
      const left = bounds.limitRecord(record(number));
      if (JSON.stringify(left) === JSON.stringify(record(number))) kept = number + 1;
      else if (kept < number) break;
    }
    expect(kept).toBeGreaterThan(4000);
    expect([...bounds.exceeded]).toEqual([
      [kind, kind === 'figures' && record(0).type === 'sample' ? expect.any(Number) : kept],
    ]);
    // What was known before still is.
    if (kind !== 'notes') expect(bounds.limitRecord(record(0))).toEqual(record(0));
    expect(bounds.limitRecord(tick(1))).toEqual(tick(1));
  });

  it('long names of processes before there are many of them', () => {
    const bounds = createBounds();
    const long = (pid: number): StreamRecord => ({
      type: 'processes',
      elapsedMs: 0,
      processes: [{ pid, comm: 'x'.repeat(4096), fds: 1, fdLimit: 2 }],
    });
    for (let pid = 0; pid < 3000; pid += 1) bounds.limitRecord(long(pid));
    expect(bounds.exceeded.get('processes')).toBeLessThan(2000);
  });
});
