import { describe, expect, it } from 'vitest';
import { ratesOf } from '../../../tui/chart/rate-series.js';
import { columnAt, spanMs, timeAxis, valuesOnAxis } from '../../../tui/chart/time-axis.js';
import { incidentRecords, incidentState, stateOf } from '../incident.js';

const titles = (seconds: number, probes: boolean): string[] =>
  ratesOf(incidentState(seconds, { probes }).frames)
    .slice(0, 4)
    .map((rate) => rate.title);

describe('the rates', () => {
  it('come from the probes where they are attached', () => {
    expect(titles(5, true)).toEqual([
      'new flows',
      'conntrack drops (full)',
      'entries freed',
      'listen overflows',
    ]);
  });

  it('come from the kernel where they are not, under names that say what they are', () => {
    expect(titles(5, false)).toEqual([
      'conntrack net change',
      'conntrack drops (full)',
      'TCP accepted',
      'listen overflows',
    ]);
  });

  it('are unknown at the first frame, not 0', () => {
    const rates = ratesOf(incidentState(0).frames);
    expect(rates.map((rate) => rate.now)).toEqual(rates.map(() => null));
  });

  it('count what is refused once the table is full, whichever source tells', () => {
    for (const probes of [true, false]) {
      const refused = ratesOf(incidentState(60, { probes }).frames)[1];
      expect(refused?.now).toBeCloseTo(1496, 0);
      expect(refused?.peak).toBeCloseTo(1500, 0);
    }
  });

  it('say why one is not there', () => {
    const missing = (probes: boolean): (string | null)[] =>
      ratesOf(incidentState(5, { probes }).frames)
        .filter((rate) => rate.metric === 'probe.syn' || rate.metric === 'probe.early_drop')
        .map((rate) => rate.missing);
    expect(missing(true)).toEqual(['nothing counted yet', null]);
    expect(missing(false)).toEqual(['needs bpftrace probes', 'needs bpftrace probes']);
  });

  it('are summed over the namespaces', () => {
    const other = { type: 'sample', source: 'kernel', netns: 7 } as const;
    const { frames } = stateOf([
      ...incidentRecords(1, { probes: false, triedPerSec: () => 100 }),
      { ...other, elapsedMs: 1100, values: { 'Tcp.PassiveOpens': 0 } },
      { ...other, elapsedMs: 2100, values: { 'Tcp.PassiveOpens': 40 } },
      { type: 'tick', elapsedMs: 2200 },
    ]);
    const accepted = ratesOf(frames).find((rate) => rate.metric === 'Tcp.PassiveOpens');
    expect(accepted?.now).toBe(140);
  });

  it('show a change of the count with its sign', () => {
    const { frames } = incidentState(3, { probes: false, triedPerSec: () => 0 });
    expect(ratesOf(frames)[0]?.now).toBeLessThan(0);
  });
});

describe('the time axis', () => {
  const { frames } = incidentState(90);

  it('spans at least the time wanted, in whole seconds a column', () => {
    expect(timeAxis(frames, 42, 1000, 60_000).stepMs).toBe(2000);
    expect(spanMs(timeAxis(frames, 90, 1000, 60_000))).toBe(90_000);
    expect(timeAxis(frames, 10, 10_000, 60_000).stepMs).toBe(10_000);
  });

  it('ends at the newest frame', () => {
    const axis = timeAxis(frames, 40, 1000, 60_000);
    expect(columnAt(axis, frames.at(-1)?.elapsedMs ?? 0)).toBe(39);
  });

  it('keeps a peak that shares its column with lower values', () => {
    const axis = timeAxis(frames, 30, 1000, 60_000);
    const values = frames.map((_, index) => (index === 77 ? 500 : 1));
    expect(valuesOnAxis(axis, frames, values, 1000).filter((value) => value === 500)).toHaveLength(1);
  });

  it('has no holes when ticks jitter, and leaves a gap open', () => {
    const jittering = frames.map((frame, index) => ({
      ...frame,
      elapsedMs: index * 1000 + (index % 2 === 0 ? -40 : 40) + (index > 60 ? 10_000 : 0),
    }));
    const axis = timeAxis(jittering, 60, 1000, 60_000);
    const shown = valuesOnAxis(
      axis,
      jittering,
      jittering.map(() => 1),
      1000,
    );
    expect(shown.slice(-28)).not.toContain(null);
    expect(shown.filter((value) => value === null)).toHaveLength(10);
  });

  it('does not mistake unknown for 0', () => {
    const axis = timeAxis(frames, 60, 1000, 60_000);
    expect(
      valuesOnAxis(
        axis,
        frames,
        frames.map(() => null),
        1000,
      ).every((value) => value === null),
    ).toBe(true);
  });
});
