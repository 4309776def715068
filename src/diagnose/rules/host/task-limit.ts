import { seriesOf } from '../../../model/index.js';
import type { CeilingStats, TaskRefusals, Window } from '../../../model/index.js';
import { NODE_WIDE } from '../../../records/index.js';
import type { Evidence, Finding, Fix, Subject } from '../../finding.js';
import { nearShare } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { defaultOf, isMended } from '../../fixes/raise.js';
import { findEndUnlessFull, findEndOfLevel } from '../../evidence/since.js';

/** Fewer forks refused in a group with room again are no outage. */
const FEWEST_REFUSED = 10;
/** The most that pid_max may be on a 64-bit kernel. */
const MOST_PIDS = 4_194_304;

/**
 * fork(2) and pthread_create(3) fail with EAGAIN: the control group of a listener's owner is at pids.max, or the node
 * at kernel.threads-max or kernel.pid_max. A server that wants a task for a connection then drops what it accepted, or
 * accepts no more.
 */
export function taskLimit(window: Window, thresholds: Thresholds): Finding[] {
  const refusing = window.taskRefusals.filter((taskRefusal) => taskRefusal.growth > 0);
  const told = new Set(refusing.map((taskRefusals) => taskRefusals.process.tasks?.cgroup));
  return [
    ...refusing.flatMap((taskRefusals) => findRefusalsOfGroup(window, taskRefusals)),
    ...window.ceilings.flatMap((ceiling) => {
      switch (ceiling.id) {
        case 'cgroup-tasks':
          return ceiling.scope.kind === 'process' && !told.has(ceiling.scope.process.tasks?.cgroup)
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
  const isThere = window.ceilings.some((ceiling) => ceiling.key === key);
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
        isThere && tasks.limit !== null && group !== undefined && !isMended(group, untilMs)
          ? [{ id: 'raise-pids-max', cgroup: tasks.cgroup, from: tasks.limit, to: tasks.limit * 4 }]
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
      fixes: isMended(ceiling, untilMs) ? [] : raised(window, ceiling.id, limit),
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
      fixes:
        cgroup === undefined
          ? raised(window, ceiling.id, limit)
          : [{ id: 'raise-pids-max', cgroup, from: limit, to: limit * 4 }],
    },
  ];
}

function raised(window: Window, id: CeilingStats['id'], limit: number): Fix[] {
  if (id !== 'pids') {
    const to = Math.max(limit * 2, ...defaultOf(window, 'kernel.threads-max'));
    return [{ id: 'raise-threads-max', from: limit, to }];
  }
  const from = seriesOf(window, NODE_WIDE, 'kernel.pid_max')?.last ?? null;
  if (from === null || from >= MOST_PIDS) return [];
  const to = Math.max(from * 2, ...defaultOf(window, 'kernel.pid_max'));
  return [{ id: 'raise-pid-max', from, to: Math.min(to, MOST_PIDS) }];
}

function levelEvidence(
  subject: Subject,
  metric: Evidence['metric'],
  value: number | null,
  limit: number | null,
): Evidence {
  return { metric, measure: 'level', value, limit, source: 'kernel', subject };
}
