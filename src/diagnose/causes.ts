import type { Netns } from '../records/index.js';
import type { Finding, FindingCode } from './finding.js';

/** What leaves a process unable to accept, or to keep what it accepted. */
const STARVES = new Set<FindingCode>(['process-fd-limit', 'task-limit', 'map-count-limit']);

/**
 * Marks the findings that follow from another: a queue fills because its process has no descriptor to accept with;
 * a SYN queue fills because final ACKs are ignored while the accept queue is full, so that handshakes stay in it; a
 * server closes what it accepted because it gets no thread for it.
 */
export function linkCauses(findings: readonly Finding[]): Finding[] {
  const critical = findings.filter((one) => one.severity === 'critical');
  const starved = new Map(
    critical.flatMap((one) =>
      STARVES.has(one.code) && one.subject.kind === 'process' ? [[one.subject.process.pid, one.code]] : [],
    ),
  );
  const overflowing = new Set(
    findings.flatMap((one) => (one.code === 'accept-queue-overflow' ? [netnsOf(one)] : [])),
  );
  // Who was refused by the whole host, or in a namespace by a process that is not known.
  const handles = critical.find((one) => one.code === 'system-file-limit');
  const starving = critical.find((one) => STARVES.has(one.code)) ?? handles;
  const unnamed = new Set(
    critical.flatMap((one) =>
      one.code === 'process-fd-limit' && one.subject.kind === 'netns' ? [one.subject.netns] : [],
    ),
  );

  // A SYN-ACK to a neighbour that there is no room for is never sent, and its handshake waits in the queue.
  const strangers = critical.find((one) => one.code === 'neighbour-table-overflow');

  function causeOf(one: Finding): FindingCode | null {
    switch (one.code) {
      case 'syn-queue-overflow':
        if (overflowing.has(netnsOf(one))) return 'accept-queue-overflow';
        return strangers !== undefined && startsBefore(strangers, one) ? strangers.code : null;
      case 'accept-queue-overflow': {
        const pid = one.subject.kind === 'listener' ? one.subject.listener.owner?.pid : undefined;
        const cause = pid === undefined ? undefined : starved.get(pid);
        if (cause !== undefined) return cause;
        if (unnamed.has(netnsOf(one) ?? -1)) return 'process-fd-limit';
        return handles !== undefined && startsBefore(handles, one) ? handles.code : null;
      }
      case 'application-limit':
        return starving?.code ?? null;
      default:
        return null;
    }
  }
  return findings.map((one) => ({ ...one, causedBy: causeOf(one) ?? one.causedBy }));
}

/** What began later, by more than two samples lie apart, is not the cause. */
function startsBefore(cause: Finding, one: Finding): boolean {
  return cause.sinceMs <= one.sinceMs + 2000;
}

function netnsOf({ subject }: Finding): Netns | null {
  if (subject.kind === 'netns') return subject.netns;
  if (subject.kind === 'ports') return subject.ports.netns;
  return subject.kind === 'listener' ? subject.listener.netns : null;
}
