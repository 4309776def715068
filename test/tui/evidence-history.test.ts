import { expect, it } from 'vitest';
import { evidenceHistory } from '../../tui/views/evidence-history.js';
import { textOf } from '../../tui/draw/line.js';
import { incidentState } from './incident.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

function historyOf(state: ScreenState, width: number): string[] {
  const [finding] = state.diagnosis?.findings ?? [];
  if (finding === undefined) throw new Error('nothing was found');
  return evidenceHistory(state, finding, width).map((line) => textOf(line));
}

it('shows the level against its limit and each counter of the evidence, the newest at the right', () => {
  const lines = historyOf(incidentState(60), 120);
  expect(lines[1]).toBe('LAST 2 MIN');
  const level = lines.find((line) => line.startsWith('conntrack entries'));
  expect(level).toMatch(/▂.*█+ +65,536 of 65,536$/);
  const drops = lines.find((line) => line.startsWith('conntrack drop'));
  expect(drops).toMatch(/[▂-█] +[\d,]+\/s$/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
});

it('is left out where there is no room for a line', () => {
  expect(historyOf(incidentState(60), 50)).toEqual([]);
});

it('shows who holds the local ports', () => {
  const netns = 4026531840;
  const use = { netns, source: '10.0.0.2', port: 5432, timeWait: 3 };
  const state = incidentState(60);
  const { window } = state;
  const [finding] = state.diagnosis?.findings ?? [];
  if (window === null || finding === undefined) throw new Error('no incident');
  const ports = {
    type: 'ports' as const,
    elapsedMs: 0,
    looked: [netns],
    ports: [
      { ...use, destination: '10.0.0.8', used: 14_116 },
      { ...use, destination: '10.0.0.9', used: 28_232 },
    ],
  };
  const lines = evidenceHistory(
    { ...state, window: { ...window, last: { ...window.last, ports } } },
    { ...finding, code: 'ephemeral-ports-exhausted', subject: { kind: 'netns', netns, label: null } },
    100,
  ).map((line) => textOf(line));
  expect(lines.at(-2)).toMatch(/10\.0\.0\.9:5432 +█{14} 28,232 ports, 3 in TIME_WAIT/);
  expect(lines.at(-1)).toMatch(/10\.0\.0\.8:5432 +█{7} +14,116 ports/);
});
