import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { CeilingStats, Window } from '../../../model/index.js';
import type { Netns, ProcessUse } from '../../../records/index.js';
import type { Evidence, Finding, Subject } from '../../finding.js';
import { isNear, isSoonFull, nearShare } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { acceptErrnoEvidence } from '../../evidence/accept-errno.js';
import { paceOf } from '../../evidence/pace.js';
import { raiseNofile } from '../../fixes/descriptors.js';
import { wasRaisedSince } from '../../fixes/raise.js';
import { findEnd, findEndUnlessFull } from '../../evidence/since.js';

/**
 * The owner of a listener has no file descriptor left: accept(2) takes the descriptor before it takes the
 * connection off the queue (kernel.md section 5), so it fails with EMFILE and the queue fills behind it.
 */
export function processFdLimit(window: Window, thresholds: Thresholds): Finding[] {
  const ofProcesses = [...window.ceilings, ...window.goneCeilings].flatMap((ceiling) =>
    ceiling.id === 'process-fds' && ceiling.scope.kind === 'process'
      ? findInProcess(window, thresholds, ceiling, ceiling.scope.process)
      : [],
  );
  const explained = new Set(
    ofProcesses.flatMap((findInProcess) =>
      findInProcess.evidence.flatMap(({ metric, subject }) =>
        metric === 'probe.accept_emfile' && subject.kind === 'netns' ? [subject.netns] : [],
      ),
    ),
  );
  const unnamed = namespacesOf(window).filter((netns) => !explained.has(netns));
  return [...ofProcesses, ...unnamed.flatMap((netns) => findUnnamedProcess(window, netns))];
}

/** accept(2) returned EMFILE, and no process is known that has as many descriptors as it may. */
function findUnnamedProcess(window: Window, netns: Netns): Finding[] {
  const emfile = seriesOf(window, netns, 'probe.accept_emfile');
  if (emfile?.growth == null || emfile.growth === 0 || emfile.grew === null) return [];
  const untilMs = findEnd(window, emfile.grew);
  return [
    {
      code: 'process-fd-limit',
      severity: paceOf(window, emfile) === 'rare' ? 'warning' : 'critical',
      ...rateConfidence(window, 0.95, 'errno-seen'),
      subject: { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null },
      refused: null,
      refusedPerSec: null,
      evidence: acceptErrnoEvidence(window, new Set([netns]), 'probe.accept_emfile'),
      against: [],
      sinceMs: emfile.grew.fromMs,
      untilMs,
      causedBy: null,
      fixes: untilMs === null ? [{ id: 'find-process-at-nofile' }] : [],
    },
  ];
}

function findInProcess(
  window: Window,
  thresholds: Thresholds,
  ceiling: CeilingStats,
  process: ProcessUse,
): Finding[] {
  const { peak, share, full } = ceiling;
  if (peak === null || (share === null && full === null)) return [];
  const held = window.listeners.filter((listener) => listener.listener.owner?.pid === process.pid);
  const refused = held.reduce((sum, listenerStats) => sum + (listenerStats.overflowGrowth ?? 0), 0);
  const waiting = held.some((listenerStats) => (listenerStats.peakQueue ?? 0) > 0);
  // At its limit, and connections wait for the accept that cannot be: it is happening.
  const emfile = acceptErrnoEvidence(
    window,
    new Set(held.map((listenerStats) => listenerStats.listener.netns)),
    'probe.accept_emfile',
  );
  // The descriptors of a process that has many are counted seldom: the errno says what the count has missed.
  const byErrno = emfile.length > 0 && peak.share >= nearShare(thresholds, 'process-fds');
  const span = full ?? (byErrno ? { fromMs: peak.atMs, toMs: peak.atMs } : null);
  const exhausted = span !== null && (waiting || refused > 0 || byErrno);
  if (!exhausted && !isNear(ceiling, thresholds) && !isSoonFull(ceiling, thresholds)) return [];

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
      .filter((listenerStats) => exhausted && (listenerStats.peakQueue ?? 0) > 0)
      .map(({ listener, peakQueue }): Evidence => ({
        metric: 'sk_ack_backlog',
        measure: 'level',
        value: peakQueue,
        limit: listener.backlog,
        source: 'kernel',
        subject: { kind: 'listener', listener, netnsLabel: null },
      })),
    ...(exhausted && byErrno ? emfile : []),
  ];
  // A process that is gone has ended with its last frame.
  const untilMs = exhausted ? (share === null ? span.toMs : findEndUnlessFull(window, span, ceiling)) : null;
  return [
    {
      code: 'process-fd-limit',
      severity: exhausted ? 'critical' : 'warning',
      ...(!exhausted
        ? rateConfidence(window, 0.9, 'level-alone')
        : byErrno
          ? full === null
            ? rateConfidence(window, 0.9, 'errno-in-namespace')
            : rateConfidence(window, 1, 'errno-seen')
          : rateConfidence(window, 0.95, 'level-and-queue')),
      subject,
      refused: exhausted ? refused : 0,
      refusedPerSec: null,
      evidence,
      against: [],
      sinceMs: exhausted ? span.fromMs : (ceiling.highSinceMs ?? window.toMs),
      untilMs,
      causedBy: null,
      // A process that is gone, or has been given more since, has nothing left to mend.
      fixes: share === null || wasRaisedSince(ceiling, untilMs) ? [] : raiseNofile(window, process),
    },
  ];
}
