import { ceilingOf } from '../../../model/index.js';
import type { CeilingStats, TaskRefusals, Window } from '../../../model/index.js';
import type { Evidence, Finding, Fix, Subject } from '../../finding.js';
import { nearShare } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { wasRaisedSince } from '../../fixes/raise.js';
import { raisePidMax, raisePidsMax, raiseThreadsMax } from '../../fixes/tasks.js';
import { findEndUnlessFull, findEndOfLevel } from '../../evidence/since.js';

/** Fewer forks refused in a group with room again are no outage. */
const FEWEST_REFUSED = 10;
/**
 * fork(2) and pthread_create(3) fail with EAGAIN: the control group of a listener's owner is at pids.max, or the node
 * at kernel.threads-max or kernel.pid_max. A server that wants a task for a connection then drops what it accepted, or
 * accepts no more.
 */
export function taskLimit(window: Window, thresholds: Thresholds): Finding[] {
  const refusing = window.taskRefusals.filter((taskRefusal) => taskRefusal.growth > 0);
  const reported = new Set(refusing.map((taskRefusals) => taskRefusals.process.tasks?.cgroup));
  return [
    ...refusing.flatMap((taskRefusals) => findRefusalsOfGroup(window, taskRefusals)),
    ...window.ceilings.flatMap((ceiling) => {
      switch (ceiling.id) {
        case 'cgroup-tasks':
          return ceiling.scope.kind === 'process' && !reported.has(ceiling.scope.process.tasks?.cgroup)
            ? warnNearLimit(
                ceiling,
                { kind: 'process', process: ceiling.scope.process },
                'pids.current',
                window,
                thresholds,
              )
            : [];
        case 'threads':
        case 'pids':
          return findOnNode(window, thresholds, ceiling);
        default:
          return [];
      }
    }),
  ];
}

function findRefusalsOfGroup(window: Window, { process, growth, grew }: TaskRefusals): Finding[] {
  const { tasks } = process;
  if (tasks === undefined || grew === null) return [];
  const subject: Subject = { kind: 'process', process };
  const key = `cgroup-tasks:${tasks.cgroup}`;
  const group = [...window.ceilings, ...window.goneCeilings].find((ceiling) => ceiling.key === key);
  const peak = group?.peak;
  const untilMs = findEndUnlessFull(window, grew, group);
  const isThere = ceilingOf(window, key) !== undefined;
  return [
    {
      code: 'task-limit',
      // A group that is at its limit refuses the next one; a fork refused now and then elsewhere is tried again.
      severity: growth < FEWEST_REFUSED && (group?.share ?? 0) < 1 ? 'warning' : 'critical',
      ...rateConfidence(window, 0.95, 'counter-and-level'),
      subject,
      refused: growth,
      refusedPerSec: null,
      evidence: [
        { metric: 'pids.events', measure: 'growth', value: growth, limit: null, source: 'kernel', subject },
        {
          metric: 'pids.current',
          measure: 'level',
          value: peak?.used ?? tasks.used,
          limit: peak?.limit ?? tasks.limit,
          source: 'kernel',
          subject,
        },
      ],
      against: [],
      sinceMs: grew.fromMs,
      untilMs,
      causedBy: null,
      fixes:
        isThere && tasks.limit !== null && group !== undefined && !wasRaisedSince(group, untilMs)
          ? [raisePidsMax(tasks.cgroup, tasks.limit)]
          : [],
    },
  ];
}

function findOnNode(window: Window, thresholds: Thresholds, ceiling: CeilingStats): Finding[] {
  const { peak, limit } = ceiling;
  if (peak === null || limit === null) return [];
  const atLimit = peak.used >= peak.limit;
  const subject = { kind: 'node' } as const;
  if (!atLimit) return warnNearLimit(ceiling, subject, 'loadavg.tasks', window, thresholds);
  const span = ceiling.full ?? { fromMs: peak.atMs, toMs: peak.atMs };
  const untilMs = findEndOfLevel(window, span, ceiling);
  return [
    {
      code: 'task-limit',
      severity: 'critical',
      ...rateConfidence(window, 0.9, 'level-alone'),
      subject,
      refused: null,
      refusedPerSec: null,
      evidence: [levelEvidence(subject, 'loadavg.tasks', peak.used, peak.limit)],
      against: [],
      sinceMs: span.fromMs,
      untilMs,
      causedBy: null,
      fixes: wasRaisedSince(ceiling, untilMs) ? [] : raiseHostTasks(window, ceiling.id, limit),
    },
  ];
}

function warnNearLimit(
  ceiling: CeilingStats,
  subject: Subject,
  metric: Evidence['metric'],
  window: Window,
  thresholds: Thresholds,
): Finding[] {
  const { share, used, limit } = ceiling;
  if (share === null || share < nearShare(thresholds, ceiling.id) || limit === null) return [];
  const cgroup = subject.kind === 'process' ? subject.process.tasks?.cgroup : undefined;
  return [
    {
      code: 'task-limit',
      severity: 'warning',
      ...rateConfidence(window, 0.9, 'level-alone'),
      subject,
      refused: 0,
      refusedPerSec: null,
      evidence: [levelEvidence(subject, metric, used, limit)],
      against: [],
      sinceMs: ceiling.highSinceMs ?? window.toMs,
      untilMs: null,
      causedBy: null,
      fixes: cgroup === undefined ? raiseHostTasks(window, ceiling.id, limit) : [raisePidsMax(cgroup, limit)],
    },
  ];
}

function raiseHostTasks(window: Window, id: CeilingStats['id'], limit: number): Fix[] {
  return id === 'pids' ? raisePidMax(window) : [raiseThreadsMax(window, limit)];
}

function levelEvidence(
  subject: Subject,
  metric: Evidence['metric'],
  value: number | null,
  limit: number | null,
): Evidence {
  return { metric, measure: 'level', value, limit, source: 'kernel', subject };
}
