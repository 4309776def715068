import { NODE_WIDE } from '../../../records/index.js';
import type { Netns, PortUse } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { CeilingStats, Window } from '../../../model/index.js';
import type { Evidence, Finding, Subject } from '../../finding.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { portFailureEvidence, readPortFailures } from '../../evidence/port-failures.js';
import type { PortFailures } from '../../evidence/port-failures.js';
import { bindLater, freeLocalPorts, widenPortRange } from '../../fixes/ports.js';
import { wasRaisedSince } from '../../fixes/raise.js';
import { findEnd } from '../../evidence/since.js';

/** Some ports of the range may be reserved, or held by sockets that are not connected. */
const FULL_SHARE = 0.98;
const NEARLY_FULL_SHARE = 0.9;
/** As many ports in use as may leave too few, where some are bound or reserved. */
const HELD_SHARE = 0.25;

/**
 * connect(2) finds no local port left between its source address and one destination and port, or bind(2) none at all
 * (kernel.md section 7). No counter of the kernel tells it; the probes on both calls do, and the sockets show where the
 * ports went.
 */
export function ephemeralPortsExhausted(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns): Finding[] => {
    if (netns === NODE_WIDE) return [];
    const failures = readPortFailures(window, netns);
    const [group] = findPortCeilings(window, netns);
    const share = group === undefined ? 0 : shareHeld(window, group, failures !== null);
    if (group !== undefined && share >= NEARLY_FULL_SHARE)
      return [makeGroupFinding(window, group, share, failures)];
    return failures === null || failures.isPassing ? [] : [makeNetnsFinding(window, netns, group, failures)];
  });
}

/** Calls fail though no destination is seen to hold the range. */
function makeNetnsFinding(
  window: Window,
  netns: Netns,
  group: PortCeiling | undefined,
  failures: PortFailures,
): Finding {
  const untilMs = findEnd(window, failures.grew);
  const looked = window.last.ports?.looked.includes(netns) ?? false;
  const held = looked ? portsHeld(window, group, netns) : null;
  const ofBind = failures.binds > failures.connects;
  return {
    code: 'ephemeral-ports-exhausted',
    // With most ports free it is likely to be an address that is not there, which some programs try first.
    severity: looked && held === null && !ofBind ? 'warning' : 'critical',
    ...explain(window, ofBind, looked, held !== null),
    subject: held?.subject ?? netnsSubject(window, netns),
    refused: failures.failed,
    refusedPerSec: untilMs === null ? failures.perSec : 0,
    evidence: [
      ...portFailureEvidence(window, netns, netnsSubject(window, netns)),
      ...(held === null ? [] : [held]),
    ],
    against: [],
    sinceMs: failures.grew.fromMs,
    untilMs,
    causedBy: null,
    fixes: [...widenPortRange(window, netns), ...(ofBind ? bindLater(window, netns) : [])],
  };
}

/** bind(2) of port 0 fails for want of a port alone; what ss cannot see may hold them. */
function explain(
  window: Window,
  ofBind: boolean,
  looked: boolean,
  held: boolean,
): ReturnType<typeof rateConfidence> {
  if (ofBind)
    return looked && !held
      ? rateConfidence(window, 0.75, 'bind-holders-unseen')
      : rateConfidence(window, 0.9, 'bind-found-no-port');
  if (!looked) return rateConfidence(window, 0.6, 'no-look-at-ports');
  return held ? rateConfidence(window, 0.7, 'ports-bound-first') : rateConfidence(window, 0.4, 'ports-left');
}

function netnsSubject(window: Window, netns: Netns): Subject {
  return { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null };
}

/**
 * The ports in use, where they are so many that those which bind(2) took, or that are reserved, leave too few: they are
 * lost to every plain connect, whatever its destination (kernel.md section 9). `null` where most are free.
 */
function portsHeld(window: Window, group: PortCeiling | undefined, netns: Netns): Evidence | null {
  const low = seriesOf(window, netns, 'net.ipv4.ip_local_port_range.low')?.last ?? null;
  const high = seriesOf(window, netns, 'net.ipv4.ip_local_port_range.high')?.last ?? null;
  const limit = group?.peak?.limit ?? (low === null || high === null ? null : high - low + 1);
  const groups = window.last.ports?.ports.filter((ports) => ports.netns === netns) ?? [];
  const together = groups.reduce((sum, ports) => sum + ports.used, 0);
  const used = Math.max(group?.peak?.used ?? 0, together);
  if (limit === null || used < HELD_SHARE * limit) return null;
  // If several destinations hold them, no single one is to blame.
  const subject: Subject =
    group === undefined || groups.length > 1
      ? netnsSubject(window, netns)
      : {
          kind: 'ports',
          ports: group.scope.ports,
          netnsLabel: window.last.netnsLabels.get(netns) ?? null,
        };
  return { metric: 'local-ports', measure: 'level', value: used, limit, source: 'kernel', subject };
}

type PortCeiling = CeilingStats & { readonly scope: { readonly kind: 'ports'; readonly ports: PortUse } };

/** Those of that namespace, the fullest ever first; a group that is gone now has been there. */
function findPortCeilings(window: Window, netns: Netns): PortCeiling[] {
  return [...window.ceilings, ...window.goneCeilings]
    .filter(
      (ceiling): ceiling is PortCeiling =>
        ceiling.scope.kind === 'ports' && ceiling.scope.ports.netns === netns,
    )
    .sort((a, b) => (b.peak?.share ?? 0) - (a.peak?.share ?? 0));
}

/** The share at its highest; without failed connects, less those in TIME_WAIT that the kernel would use again. */
function shareHeld(window: Window, { peak, scope }: PortCeiling, failing: boolean): number {
  if (peak === null) return 0;
  const { netns, destination, timeWait } = scope.ports;
  const reuse = seriesOf(window, netns, 'net.ipv4.tcp_tw_reuse')?.last ?? 0;
  const reusable = reuse === 1 || (reuse === 2 && /^(?:127\.|::1$)/.test(destination));
  return failing || !reusable ? peak.share : (peak.used - timeWait) / peak.limit;
}

function makeGroupFinding(
  window: Window,
  group: PortCeiling,
  share: number,
  failures: PortFailures | null,
): Finding {
  const { ports } = group.scope;
  const label = window.last.netnsLabels.get(ports.netns) ?? null;
  const subject: Subject = { kind: 'ports', ports, netnsLabel: label };
  const netns: Subject = { kind: 'netns', netns: ports.netns, label };
  const untilMs = failures === null ? endOfGroup(group) : findEnd(window, failures.grew);
  const held: Evidence = {
    metric: 'local-ports',
    measure: 'level',
    value: group.peak?.used ?? null,
    limit: group.peak?.limit ?? null,
    source: 'kernel',
    subject,
  };
  const full = share >= FULL_SHARE;
  return {
    code: 'ephemeral-ports-exhausted',
    severity: failures?.isPassing === false || full ? 'critical' : 'warning',
    ...(failures === null
      ? rateConfidence(window, 0.85, 'level-alone')
      : rateConfidence(window, 0.98, 'ports-and-eaddrnotavail')),
    subject,
    refused: failures?.failed ?? null,
    refusedPerSec: failures === null ? null : untilMs === null ? failures.perSec : 0,
    evidence: [
      ...(failures === null ? [] : portFailureEvidence(window, ports.netns, netns)),
      held,
      ...partEvidence('local-ports.time-wait', ports.timeWait, subject),
      ...partEvidence('local-ports.reserved', ports.reserved ?? 0, subject),
    ],
    against: failures === null ? portFailureEvidence(window, ports.netns, netns) : [],
    sinceMs: failures?.grew.fromMs ?? group.highSinceMs ?? group.peak?.atMs ?? window.toMs,
    untilMs,
    causedBy: null,
    fixes: wasRaisedSince(group, untilMs) ? [] : freeLocalPorts(window, ports),
  };
}

/** The moment of its peak, for a group that no longer has a share. */
function endOfGroup(group: PortCeiling): number | null {
  return group.share === null || group.share < NEARLY_FULL_SHARE ? (group.peak?.atMs ?? null) : null;
}

function partEvidence(
  metric: 'local-ports.time-wait' | 'local-ports.reserved',
  value: number,
  subject: Subject,
): Evidence[] {
  return value === 0 ? [] : [{ metric, measure: 'level', value, limit: null, source: 'kernel', subject }];
}
