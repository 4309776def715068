import type { Diagnosis } from '../diagnose/index.js';
import type { StreamHeader } from '../records/index.js';
import { titlesOf } from '../render/index.js';

/** What makes two verdicts the same: figures in them may differ. */
export function verdictKey(diagnosis: Diagnosis): string {
  const first = diagnosis.findings[0];
  return first === undefined
    ? diagnosis.status
    : `${first.code}:${first.severity}:${first.untilMs === null ? 'on' : 'ended'}`;
}

/** A verdict as the list of events shows it, longest form first. */
export function verdictTitles(diagnosis: Diagnosis, header: StreamHeader): readonly string[] {
  const first = diagnosis.findings[0];
  if (first === undefined)
    return [diagnosis.status === 'ok' ? 'no limit is hit' : 'cannot tell whether a limit is hit'];
  return titlesOf(first, header.netns);
}
