import { expect, it } from 'vitest';
import { diagnosisOfCase } from '../scenarios/cases.js';
import { incidentState } from './incident.js';
import { openOn } from './open-screen.js';

it.each(['dashunit.ctd', 'userunit.ctd', 'fds-1024-soft.ctd'])(
  'the findings of %s that have no row of their own are announced',
  async (name) => {
    const diagnosis = await diagnosisOfCase(name);
    const others = diagnosis.findings.length - 1;
    const screen = (await openOn(80, 24).show({ ...incidentState(60), diagnosis })).join('\n');
    // Counted, or each with its mark under the first.
    if (others > 0)
      expect(screen).toMatch(new RegExp(`${others} more: enter|(\\n[✖▲] .*){${others}}\\n.*CEILINGS`));
    expect(diagnosis.findings.length).toBeGreaterThan(0);
  },
);
