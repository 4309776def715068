import { metricKind } from '../records/index.js';
import type { Window } from '../model/index.js';
import { INTACT_INPUT } from './diagnosis.js';
import type { Diagnosis, InputHealth, Status } from './diagnosis.js';
import type { Finding } from './finding.js';
import { linkCauses } from './causes.js';
import { blindSpotsOf } from './sight/blind-spots.js';
import type { Coverage } from './sight/coverage.js';
import { weighUnwatched } from './sight/unwatched.js';
import { rankFindings } from './rank.js';
import { markUnderWay } from './since-start.js';
import { unexplainedLoss } from './rules/application/unexplained-loss.js';
import { acceptQueueOverflow } from './rules/listeners/accept-queue-overflow.js';
import { cloudConntrackAllowance } from './rules/conntrack/cloud-conntrack-allowance.js';
import { cloudNetworkAllowance } from './rules/packets/cloud-network-allowance.js';
import { conntrackBucketsUndersized } from './rules/conntrack/conntrack-buckets-undersized.js';
import { applicationLimit } from './rules/application/application-limit.js';
import { acceptedUnserved } from './rules/application/accepted-unserved.js';
import { erlangPortLimit } from './rules/application/erlang-port-limit.js';
import { nobodyListening } from './rules/listeners/nobody-listening.js';
import { udpReceiveQueue } from './rules/packets/udp-receive-queue.js';
import { unixQueueOverflow } from './rules/listeners/unix-queue-overflow.js';
import { firewallLimit } from './rules/packets/firewall-limit.js';
import { ipvsNoDestination } from './rules/packets/ipvs-no-destination.js';
import { invalidDrop } from './rules/packets/invalid-drop.js';
import { nfqueueDrop } from './rules/packets/nfqueue-drop.js';
import { tcDrop } from './rules/packets/tc-drop.js';
import { xdpDrop } from './rules/packets/xdp-drop.js';
import { reversePathFilter } from './rules/packets/reverse-path-filter.js';
import { conntrackEarlyDrop } from './rules/conntrack/conntrack-early-drop.js';
import { conntrackExpectationsFull } from './rules/conntrack/conntrack-expectations-full.js';
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
import { pawsReject } from './rules/listeners/paws-reject.js';
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
  conntrackExpectationsFull,
  acceptQueueOverflow,
  synQueueOverflow,
  processFdLimit,
  systemFileLimit,
  sysctlNotPersistent,
  timeWaitOverflow,
  ephemeralPortsExhausted,
  firewallDrop,
  firewallLimit,
  ipvsNoDestination,
  neighbourTableOverflow,
  netdevBacklogDrop,
  cloudConntrackAllowance,
  cloudNetworkAllowance,
  orphanLimit,
  tcpMemory,
  taskLimit,
  mapCountLimit,
  applicationLimit,
  acceptedUnserved,
  erlangPortLimit,
  reversePathFilter,
  pawsReject,
  nfqueueDrop,
  tcDrop,
  xdpDrop,
  invalidDrop,
  udpReceiveQueue,
  unixQueueOverflow,
  nobodyListening,
];

/** Names the causes in a window, most urgent first. Pure: the same window gives the same diagnosis. */
export function diagnose(
  window: Window,
  inputHealth: InputHealth = INTACT_INPUT,
  thresholds: Thresholds = STANDARD_THRESHOLDS,
): Diagnosis {
  const coverage: Coverage = {
    blindSpots: blindSpotsOf(window, inputHealth),
    unwatched: window.last.coverage?.unwatched ?? [],
  };
  const named = RULES.flatMap((rule) => rule(window, thresholds));
  const linked = linkCauses([...named, ...unexplainedLoss(window, named)]);
  const weighed = weighUnwatched(linked, coverage.unwatched);
  const findings = rankFindings(markUnderWay(weighed, window), window);
  const measuring = isAnythingKnown(window) && isMeasuring(window);
  return {
    status: statusOf(findings, window, measuring, coverage),
    measuring,
    findings,
    coverage,
    inputHealth,
    window: { fromMs: window.fromMs, toMs: window.toMs, frameCount: window.frameCount },
  };
}

/** A refusal is a counter difference: until a counter has two samples, no refusal can be seen. */
function isMeasuring(window: Window): boolean {
  if (window.frameCount < 2) return true;
  let hasCounter = false;
  for (const { name, growth } of window.series.values()) {
    if (metricKind(name) !== 'counter') continue;
    if (growth !== null) return false;
    hasCounter = true;
  }
  return hasCounter;
}

function statusOf(
  findings: readonly Finding[],
  window: Window,
  measuring: boolean,
  { blindSpots }: Coverage,
): Status {
  const worst = findings[0];
  if (worst !== undefined) return worst.severity;
  if (measuring || blindSpots.length > 0) return 'unknown';
  return isAnythingKnown(window) ? 'ok' : 'unknown';
}

/** A limit without its usage is of no use. */
function isAnythingKnown(window: Window): boolean {
  for (const { name, last } of window.series.values())
    if (last !== null && metricKind(name) !== 'limit') return true;
  return false;
}
