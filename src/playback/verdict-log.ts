import type { Diagnosis } from '../diagnose/index.js';
import type { Frame } from '../model/index.js';
import type { StreamHeader } from '../records/index.js';
import type { VerdictChange } from './screen-state.js';
import { verdictKey, verdictTitles } from './verdicts.js';

/** The changes of the verdict of a recording, oldest first. */
export interface VerdictLog {
  readonly changes: readonly VerdictChange[];
  /** Whether a diagnosis is the verdict that was noted last. */
  isCurrent(diagnosis: Diagnosis): boolean;
  /** Notes the verdict from `frame` on, if it is another than the last. */
  note(diagnosis: Diagnosis | null, frame: Frame): void;
}

/** Starts empty; of more than `maxChanges` the oldest are dropped. */
export function createVerdictLog(header: StreamHeader, maxChanges: number): VerdictLog {
  const changes: VerdictChange[] = [];
  let currentKey = '';
  /** Where the measuring began: the first verdict is of the time from there on. */
  let measuringFrom: Pick<Frame, 'atMs' | 'elapsedMs'> | null = null;
  return {
    changes,
    isCurrent: (diagnosis) => verdictKey(diagnosis) === currentKey,
    note(diagnosis, frame) {
      if (diagnosis === null) return;
      // Nothing measured is no verdict, and no event.
      if (diagnosis.measuring && diagnosis.findings.length === 0) {
        measuringFrom ??= { atMs: frame.atMs, elapsedMs: frame.elapsedMs };
        return;
      }
      const key = verdictKey(diagnosis);
      if (key === currentKey) return;
      currentKey = key;
      const { atMs, elapsedMs } = changes.length === 0 ? (measuringFrom ?? frame) : frame;
      const { status, findings } = diagnosis;
      const [title = '', ...shorter] = verdictTitles(diagnosis, header);
      changes.push({ atMs, elapsedMs, status, title, shorter, ended: findings[0]?.untilMs != null });
      if (changes.length > maxChanges) changes.shift();
    },
  };
}
