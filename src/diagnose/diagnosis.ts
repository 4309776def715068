import type { ElapsedMs } from '../records/index.js';
import type { Finding } from './finding.js';
import type { Coverage } from './sight/coverage.js';

/**
 * The outcome of a diagnosis, most severe finding deciding. Without a finding it is `ok` only when what is needed to
 * see a refusal was read and two samples lie apart; `unknown` otherwise.
 */
export type Status = 'ok' | 'warning' | 'critical' | 'unknown';

/** How well a capture could be read. */
export interface InputHealth {
  /** Lines that could not be read: what they said is not known. 0 when live. */
  readonly damagedLines: number;
  /** It ends without the recorder's own end: it was cut, or its recorder was killed, or is at work still. */
  readonly cutOff: boolean;
}

/** A capture that is whole, or this host live. */
export const INTACT_INPUT: InputHealth = { damagedLines: 0, cutOff: false };

/** What `diagnose` returns. */
export interface Diagnosis {
  readonly status: Status;
  /** No counter has two samples yet, so the absence of findings proves nothing. */
  readonly measuring: boolean;
  /** Most urgent first, by `rankFindings`. */
  readonly findings: readonly Finding[];
  readonly coverage: Coverage;
  readonly inputHealth: InputHealth;
  readonly window: { readonly fromMs: ElapsedMs; readonly toMs: ElapsedMs; readonly frameCount: number };
}
