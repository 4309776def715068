import { metricKind } from '../records/index.js';
import type { Window } from '../model/index.js';
import { READ_WHOLE } from './finding.js';
import type { Diagnosis, Finding, Reading, Status } from './finding.js';
import { linkCauses } from './causes.js';
import { acceptQueueOverflow } from './rules/listeners/accept-queue-overflow.js';
import { cloudConntrackAllowance } from './rules/conntrack/cloud-conntrack-allowance.js';
import { conntrackBucketsUndersized } from './rules/conntrack/conntrack-buckets-undersized.js';
import { applicationLimit } from './rules/application/application-limit.js';
import { conntrackEarlyDrop } from './rules/conntrack/conntrack-early-drop.js';
import { conntrackInsertFailed } from './rules/conntrack/conntrack-insert-failed.js';
import { conntrackTableFilling } from './rules/conntrack/conntrack-table-filling.js';
import { conntrackTableFull } from './rules/conntrack/conntrack-table-full.js';
import { ephemeralPortsExhausted } from './rules/host/ephemeral-ports-exhausted.js';
import { firewallDrop } from './rules/packets/firewall-drop.js';
import { natPortsExhausted } from './rules/conntrack/nat-ports-exhausted.js';
import { neighbourTableOverflow } from './rules/packets/neighbour-table-overflow.js';
import { netdevBacklogDrop } from './rules/packets/netdev-backlog-drop.js';
import { mapCountLimit } from './rules/host/map-count-limit.js';
import { orphanLimit } from './rules/host/orphan-limit.js';
import { processFdLimit } from './rules/application/process-fd-limit.js';
import { synQueueOverflow } from './rules/listeners/syn-queue-overflow.js';
import { sysctlNotPersistent } from './rules/host/sysctl-not-persistent.js';
import { systemFileLimit } from './rules/host/system-file-limit.js';
import { taskLimit } from './rules/host/task-limit.js';
import { tcpMemory } from './rules/host/tcp-memory.js';
import { timeWaitOverflow } from './rules/host/time-wait-overflow.js';
import { STANDARD_THRESHOLDS } from './thresholds.js';
import type { Thresholds } from './thresholds.js';

/** One rule: looks at a window and says what it finds there. */
export type Rule = (window: Window, thresholds: Thresholds) => Finding[];

const RULES: readonly Rule[] = [
  conntrackTableFull,
  conntrackTableFilling,
  conntrackEarlyDrop,
  natPortsExhausted,
  conntrackInsertFailed,
  conntrackBucketsUndersized,
  acceptQueueOverflow,
  synQueueOverflow,
  processFdLimit,
  systemFileLimit,
  sysctlNotPersistent,
  timeWaitOverflow,
  ephemeralPortsExhausted,
  firewallDrop,
  neighbourTableOverflow,
  netdevBacklogDrop,
  cloudConntrackAllowance,
  orphanLimit,
  tcpMemory,
  taskLimit,
  mapCountLimit,
  applicationLimit,
];

/** Names the causes in a window, root cause first. Pure: the same window gives the same diagnosis. */
export function diagnose(
  window: Window,
  reading: Reading = READ_WHOLE,
  thresholds: Thresholds = STANDARD_THRESHOLDS,
): Diagnosis {
  const findings = rank(linkCauses(RULES.flatMap((rule) => rule(window, thresholds))));
  return {
    status: statusOf(findings, window, reading),
    findings,
    reading,
    window: { fromMs: window.fromMs, toMs: window.toMs, frameCount: window.frameCount },
  };
}

/** Severity first, then root causes, what refuses now, the connections they cost, then how sure. */
function rank(findings: readonly Finding[]): Finding[] {
  const order = { critical: 0, warning: 1 };
  return [...findings].sort(
    (a, b) =>
      order[a.severity] - order[b.severity] ||
      Number(a.causedBy !== null) - Number(b.causedBy !== null) ||
      Number(a.untilMs !== null) - Number(b.untilMs !== null) ||
      Number(a.refusedPerSec === 0) - Number(b.refusedPerSec === 0) ||
      (b.refused ?? 0) - (a.refused ?? 0) ||
      b.confidence - a.confidence,
  );
}

function statusOf(findings: readonly Finding[], window: Window, { damagedLines }: Reading): Status {
  const worst = findings[0];
  if (worst !== undefined) return worst.severity;
  // A limit without what is used of it tells nothing.
  // A capture with holes may have lost just the seconds that mattered: that is no clean bill.
  if (damagedLines > 0) return 'unknown';
  const anythingKnown = [...window.series.values()].some(
    (entry) => entry.last !== null && metricKind(entry.name) !== 'limit',
  );
  return anythingKnown ? 'ok' : 'unknown';
}
