import { HIGH_SHARE } from '../../model/index.js';
import type { CeilingStats, Window } from '../../model/index.js';
import type { ProcessUse } from '../../records/index.js';
import type { Evidence, Finding, Fix, Subject } from '../finding.js';
import { nearShare } from '../thresholds.js';
import type { Thresholds } from '../thresholds.js';
import { sure } from './confidence.js';
import { endedAt } from './since.js';

/** The most that RLIMIT_NOFILE can be raised to without fs.nr_open (its default). */
const NR_OPEN = 1_048_576;

/**
 * The owner of a listener has no file descriptor left: accept(2) takes the descriptor before it takes the
 * connection off the queue (kernel.md section 5), so it fails with EMFILE and the queue fills behind it.
 */
export function processFdLimit(window: Window, thresholds: Thresholds): Finding[] {
  return [...window.ceilings, ...window.goneCeilings].flatMap((ceiling) =>
    ceiling.id === 'process-fds' && ceiling.scope.kind === 'process'
      ? ofProcess(window, thresholds, ceiling, ceiling.scope.process)
      : [],
  );
}

function ofProcess(
  window: Window,
  thresholds: Thresholds,
  ceiling: CeilingStats,
  process: ProcessUse,
): Finding[] {
  const { peak, share, full } = ceiling;
  if (peak === null || (share === null && full === null)) return [];
  const held = window.listeners.filter((one) => one.listener.owner?.pid === process.pid);
  const refused = held.reduce((sum, one) => sum + (one.overflowGrowth ?? 0), 0);
  const waiting = held.some((one) => (one.peakQueue ?? 0) > 0);
  // At its limit, and connections wait for the accept that cannot be: it is happening.
  const exhausted = full !== null && (waiting || refused > 0);
  const soon =
    share !== null &&
    share >= HIGH_SHARE &&
    ceiling.fullInSec !== null &&
    ceiling.fullInSec <= thresholds.soonSec;
  if (!exhausted && (share ?? 0) < nearShare(thresholds, 'process-fds') && !soon) return [];

  const subject: Subject = { kind: 'process', process };
  const shown = exhausted ? peak : { used: ceiling.used, limit: ceiling.limit };
  const evidence: Evidence[] = [
    {
      metric: 'RLIMIT_NOFILE',
      measure: 'level',
      value: shown.used,
      limit: shown.limit,
      source: 'kernel',
      subject,
    },
    ...held
      .filter((one) => exhausted && (one.peakQueue ?? 0) > 0)
      .map(({ listener, peakQueue }): Evidence => ({
        metric: 'sk_ack_backlog',
        measure: 'level',
        value: peakQueue,
        limit: listener.backlog,
        source: 'kernel',
        subject: { kind: 'listener', listener, netnsLabel: null },
      })),
  ];
  // A process that is gone has ended with its last frame.
  const untilMs = exhausted ? (share === null ? full.toMs : endedAt(window, full)) : null;
  return [
    {
      code: 'process-fd-limit',
      severity: exhausted ? 'critical' : 'warning',
      ...sure(window, exhausted ? 0.95 : 0.9, exhausted ? 'level-and-queue' : 'level-alone'),
      subject,
      refused: exhausted ? refused : 0,
      refusedPerSec: null,
      evidence,
      against: [],
      sinceMs: exhausted ? full.fromMs : (ceiling.highSinceMs ?? window.toMs),
      untilMs,
      causedBy: null,
      // Where it has been raised since, there is nothing left to do.
      fixes: untilMs === null ? raised(process) : [],
    },
  ];
}

function raised(process: ProcessUse): Fix[] {
  if (process.fdLimit === null) return [];
  const to = Math.min(NR_OPEN, process.fdLimit * 4);
  return to > process.fdLimit ? [{ id: 'raise-nofile', process, from: process.fdLimit, to }] : [];
}
