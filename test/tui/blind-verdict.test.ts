import { expect, it } from 'vitest';
import { textOf } from '../../tui/draw/line.js';
import { verdictView } from '../../tui/views/verdict.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import type { BlindSpot } from '../../src/diagnose/index.js';
import { incidentState } from './incident.js';

function blind(why: string, mode: ScreenState['mode'], spots = 1): string[] {
  const quiet = incidentState(20, { triedPerSec: () => 5 });
  if (quiet.diagnosis === null) throw new Error('no diagnosis');
  const spot: BlindSpot = { kind: 'processes', count: 3, names: [], why, hides: ['process-fd-limit'] };
  const coverage = { ...quiet.diagnosis.coverage, blindSpots: Array.from({ length: spots }, () => spot) };
  const diagnosis = {
    ...quiet.diagnosis,
    findings: [],
    status: 'unknown',
    measuring: false,
    coverage,
  } as const;
  const lines = verdictView({ ...quiet, mode, diagnosis }, { width: 80, height: 4 });
  return lines.map((line) => textOf(line));
}

it.each([
  ['their descriptors may be read by root only', 'live', 'check  sudo ctdiag top'],
  ['EACCES', 'live', 'check  sudo ctdiag top'],
  ['their descriptors may be read by root only', 'replay', 'check  sudo ctdiag record'],
  ['no such file', 'live', 'check  ctdiag doctor'],
] as const)(
  'unknown because of "%s" (%s) ends with the command that lets it see more',
  (why, mode, command) => {
    expect(blind(why, mode).at(-1)).toContain(command);
    // However much is not read, the command stays.
    expect(blind(why, mode, 9).at(-1)).toContain(command);
    expect(blind(why, mode, 9)).toHaveLength(4);
  },
);

it('says where the figures come from once, also before a source has said so', () => {
  const quiet = incidentState(20, { triedPerSec: () => 5 });
  const silent = quiet.frames.map((frame) => ({ ...frame, coverage: null }));
  const last = silent.at(-1);
  if (quiet.window === null || last === undefined) throw new Error('no frame');
  const window = { ...quiet.window, last };
  const text = verdictView({ ...quiet, frames: silent, window }, { width: 80, height: 4 })
    .map((line) => textOf(line))
    .join('\n');
  expect(text).toContain('source: starting');
  expect(text).not.toContain('source: source');
});
