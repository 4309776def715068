import type { Finding, FindingCode } from './finding.js';
import { netnsOfSubject } from './subject.js';

/** Processes and sockets are read this often. */
const SOCKET_LOOK_MS = 5000;

/** The greatest distance between the samples of cause and effect. */
const SAMPLES_APART_MS = 2000;

/** What leaves a process unable to accept, or to keep what it accepted. */
const STARVING_CODES = new Set<FindingCode>([
  'process-fd-limit',
  'erlang-port-limit',
  'task-limit',
  'map-count-limit',
]);

/**
 * Marks the findings that follow from another: a queue fills because its process has no descriptor to accept with;
 * a SYN queue fills because final ACKs are ignored while the accept queue is full, so that handshakes stay in it; a
 * server closes what it accepted because it gets no thread for it; a full table evicts what it may before it refuses.
 */
export function linkCauses(findings: readonly Finding[]): Finding[] {
  const critical = findings.filter((finding) => finding.severity === 'critical');
  const fdLimited = critical.filter((finding) => STARVING_CODES.has(finding.code));
  const overflowing = findings.filter((finding) => finding.code === 'accept-queue-overflow');
  // Refuses every process of the host.
  const systemFileLimit = critical.find(
    (finding) => finding.code === 'system-file-limit' || finding.code === 'socket-memory',
  );

  // A SYN-ACK to a neighbour that there is no room for is never sent, and its handshake waits in the queue.
  const neighbourOverflow = critical.find((finding) => finding.code === 'neighbour-table-overflow');

  function findCause(finding: Finding): FindingCode | null {
    switch (finding.code) {
      case 'syn-queue-overflow':
        if (
          overflowing.some(
            (cause) =>
              netnsOfSubject(cause.subject) === netnsOfSubject(finding.subject) && doOverlap(cause, finding),
          )
        )
          return 'accept-queue-overflow';
        return neighbourOverflow !== undefined && startsBefore(neighbourOverflow, finding)
          ? neighbourOverflow.code
          : null;
      case 'accept-queue-overflow': {
        const cause = fdLimited.find((cause) => canStarve(cause, finding));
        if (cause !== undefined) return cause.code;
        return systemFileLimit !== undefined && startsBefore(systemFileLimit, finding)
          ? systemFileLimit.code
          : null;
      }
      case 'application-limit':
        return (
          [...fdLimited, ...(systemFileLimit === undefined ? [] : [systemFileLimit])].find(
            (cause) => !endsBefore(cause, finding),
          )?.code ?? null
        );
      // A helper that has no expectation left drops the packet as a rule does.
      case 'firewall-drop':
        return finding.confidenceReasons.includes('no-syns')
          ? (critical.find(
              (cause) =>
                cause.code === 'conntrack-expectations-full' &&
                netnsOfSubject(cause.subject) === netnsOfSubject(finding.subject) &&
                doOverlap(cause, finding),
            )?.code ?? null)
          : null;
      // One limit for all namespaces: a full table is full for each.
      case 'conntrack-early-drop':
        return (
          critical.find((cause) => cause.code === 'conntrack-table-full' && doOverlap(cause, finding))
            ?.code ?? null
        );
      default:
        return null;
    }
  }
  return findings.map((finding) => {
    const causedBy = findCause(finding) ?? finding.causedBy;
    const cause = findings.find(({ code }) => code === causedBy);
    // What mends the cause is fixesOfCause there.
    const fixesOfCause = new Set(cause?.fixes.map((fix) => JSON.stringify(fix)));
    const fixes = finding.fixes.filter((fix) => !fixesOfCause.has(JSON.stringify(fix)));
    return { ...finding, causedBy, fixes };
  });
}

/**
 * Whether a limit keeps the listener's owner from accepting. A known owner may have been read late, with its limit
 * already reached; an unknown process of the namespace must have been at its limit at the same time.
 */
function canStarve(cause: Finding, overflow: Finding): boolean {
  const { code, subject } = cause;
  if (subject.kind === 'netns')
    return (
      code === 'process-fd-limit' &&
      subject.netns === netnsOfSubject(overflow.subject) &&
      doOverlap(cause, overflow)
    );
  const owner = overflow.subject.kind === 'listener' ? overflow.subject.listener.owner : null;
  return subject.kind === 'process' && subject.process.pid === owner?.pid && !endsBefore(cause, overflow);
}

/** Whether the two overlap: a cause must not be over before its effect begins, nor begin after it. */
function doOverlap(cause: Finding, finding: Finding): boolean {
  return !endsBefore(cause, finding) && !endsBefore(finding, cause);
}

/** Ended before the other began, by more than the time between two reads of the sockets. */
function endsBefore(finding: Finding, other: Finding): boolean {
  return finding.untilMs !== null && finding.untilMs < other.sinceMs - SOCKET_LOOK_MS;
}

/** At most two samples apart: a limit that is reached later is not the cause. */
function startsBefore(cause: Finding, finding: Finding): boolean {
  return cause.sinceMs <= finding.sinceMs + SAMPLES_APART_MS;
}
