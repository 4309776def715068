import type { Finding } from '../../diagnose/index.js';
import type { Netns } from '../../records/index.js';
import { safeText } from '../safe-text.js';
import { addressOf, groupOf, ownerOf, refusalWords, routeOf, subjectWords, titleOf } from './finding.js';

/** The verdict in one line, longest form first; each says by itself what is wrong, the shorter ones without figures. */
export function titlesOf(finding: Finding, hostNetns: Netns | null): readonly string[] {
  const where = subjectWords(finding.subject, hostNetns);
  const whole = titleOf(finding, hostNetns);
  const refused = refusalWords(finding);
  const shorter = [
    ...(whole.endsWith(refused) ? [whole.slice(0, -refused.length)] : []),
    ...namedTitles(finding, where),
    shortTitle(finding, where),
    // For whom it holds goes last: what is wrong matters more.
    shortTitle(finding, ''),
  ];
  return [...new Set([whole, ...shorter])];
}

/** Between the whole title and the short one: what is full, by name. */
function namedTitles({ code, subject, severity }: Finding, where: string): string[] {
  if (code === 'accept-queue-overflow' && subject.kind === 'listener') {
    const at = `accept queue full at ${addressOf(subject.listener)}`;
    return [`${at}, ${ownerOf(subject.listener)}${where}`, at];
  }
  if (code === 'ephemeral-ports-exhausted' && subject.kind === 'ports')
    return [
      `${severity === 'critical' ? 'no local port left' : 'local ports run out'} ${routeOf(subject.ports)}`,
    ];
  return [];
}

function shortTitle({ code, severity, subject, setting, evidence }: Finding, where: string): string {
  const isCritical = severity === 'critical';
  switch (code) {
    case 'conntrack-table-full':
      return `conntrack table full${where}`;
    case 'conntrack-table-filling':
      return `conntrack table filling${where}`;
    case 'accept-queue-overflow':
      return subject.kind === 'listener'
        ? `accept queue full at ${addressOf(subject.listener)}`
        : `an accept queue overflowed${where}`;
    case 'conntrack-early-drop':
      return `flows are evicted from the conntrack table${where}`;
    case 'syn-queue-overflow':
      return `a SYN queue is full${where}`;
    case 'process-fd-limit':
      return isCritical ? `no file descriptor left${where}` : `file descriptors run out${where}`;
    case 'sysctl-not-persistent':
      return `${setting === undefined ? 'a sysctl' : safeText(setting.name, 60)} does not stay as set`;
    case 'system-file-limit':
      return 'file handles of the whole host run out';
    case 'conntrack-insert-failed':
      return `new flows lost${where}: addresses and ports taken`;
    case 'conntrack-buckets-undersized':
      return isCritical ? 'conntrack hash chains too long' : 'too few conntrack hash buckets';
    case 'nat-ports-exhausted':
      return `no free NAT port${where}`;
    case 'ephemeral-ports-exhausted':
      return `${isCritical ? 'no local port left' : 'local ports run out'}${where}`;
    case 'firewall-drop': {
      const port = evidence.find((evidence) => evidence.metric === 'probe.netfilter_drop_port')?.value;
      return `a firewall rule drops ${port == null ? 'packets' : `connections to port ${port}`}${where}`;
    }
    case 'neighbour-table-overflow':
      return 'neighbour table full';
    case 'netdev-backlog-drop':
      return 'packets lost beyond netdev_max_backlog';
    case 'cloud-conntrack-allowance':
      return 'the cloud drops connections';
    case 'time-wait-overflow':
      return `TIME_WAIT beyond tcp_max_tw_buckets${where}`;
    case 'orphan-limit':
      return 'connections are reset at their close';
    case 'tcp-memory':
      return isCritical ? 'no memory left for TCP' : "TCP's memory runs short";
    case 'task-limit':
      return subject.kind === 'process'
        ? `${isCritical ? 'no task left in' : 'tasks run out in'} ${groupOf(subject.process) ?? 'a control group'}`
        : 'tasks of the whole host run out';
    case 'map-count-limit':
      return isCritical ? `no memory mapping left${where}` : `memory mappings run out${where}`;
    case 'application-limit':
      return `connections are closed at once${where}`;
  }
}
