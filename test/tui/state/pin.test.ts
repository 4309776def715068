import { expect, it } from 'vitest';
import { incidentState } from '../incident.js';
import { openOn } from '../open-screen.js';
import { pinOf, withPinFirst } from '../../../tui/state/pin.js';
import type { ScreenState } from '../../../src/playback/screen-state.js';

/** Two findings at once: a full table, and a queue that overflows. */
function twoFindings(second: number): ScreenState {
  const state = incidentState(second, { overflowsPerSec: 30 });
  if ((state.diagnosis?.findings.length ?? 0) < 2) throw new Error('the incident has no two findings');
  return state;
}

it('puts the pinned finding first, and forgets nothing of the others', () => {
  const state = twoFindings(60);
  const findings = state.diagnosis?.findings ?? [];
  const [first, second] = findings;
  if (first === undefined || second === undefined) throw new Error('too few findings');
  const pinned = withPinFirst(state, pinOf(second)).diagnosis?.findings ?? [];
  expect(pinned.map(({ code }) => code).slice(0, 2)).toEqual([second.code, first.code]);
  expect(pinned).toHaveLength(findings.length);
  expect(withPinFirst(state, null)).toBe(state);
  expect(withPinFirst(state, 'gone')).toBe(state);
});

it('p on the page of a finding keeps it first from second to second, p again lets go', async () => {
  const { terminal, show } = openOn(80, 24);
  expect((await show(twoFindings(60)))[2]).toContain('conntrack table full');
  terminal.press('\r\tp');
  expect((await terminal.rows()).join('\n')).toContain('pinned');
  terminal.press('q');
  const pinned = await show(twoFindings(61));
  expect(pinned[2]).toContain('accept queue full');
  expect(pinned.at(-1)).toMatch(/^pinned p unpins {2}/);
  terminal.press('p');
  expect((await terminal.rows())[2]).toContain('conntrack table full');
});

it('lists at first only what the filter lets pass: a port is not the beginning of another', async () => {
  const { show } = openOn(120, 36, { filter: ':1883' });
  const { show: showOther } = openOn(120, 36, { filter: ':188' });
  expect((await show(incidentState(60))).join('\n')).toMatch(/accept queue .*:1883/);
  expect((await showOther(incidentState(60))).join('\n')).not.toContain(':1883');
});
