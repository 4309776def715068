import type { Evidence, Finding, FindingCode } from '../../diagnose/index.js';
import type { Netns } from '../../records/index.js';
import { formatCount, formatLimit, formatRate } from '../numbers.js';
import { safeText } from '../safe-text.js';
import { addressOf, taskGroupOf, ownerOf, processName, routeOf, subjectWords } from './subjects.js';
import { notPersistentTitle } from './sysctls.js';

/** The titles of one code. `where` is for whom the finding holds (` in pod broker-0`), empty for the host. */
interface TitleRow {
  /** The verdict in one line with its figures, without the end of a sentence. */
  readonly long: (finding: Finding, where: string) => string;
  /** Between the two: what is full, by name, without figures; longest first. */
  readonly named?: (finding: Finding, where: string) => readonly string[];
  /** At most 45 characters where `where` is empty. */
  readonly short: (finding: Finding, where: string) => string;
}

/** Where the manual explains a finding: what happens in the kernel, how it is decided, what to check by hand. */
export function manualOf(code: FindingCode): string {
  return `docs/findings.md#${code}`;
}

/** The verdict in one line, without the end of a sentence. */
export function titleOf(finding: Finding, hostNetns: Netns | null): string {
  return TITLES[finding.code].long(finding, subjectWords(finding.subject, hostNetns));
}

/** The verdict in one line, longest form first; each says by itself what is wrong, the shorter ones without figures. */
export function titlesOf(finding: Finding, hostNetns: Netns | null): readonly string[] {
  const where = subjectWords(finding.subject, hostNetns);
  const { long, named, short } = TITLES[finding.code];
  const whole = long(finding, where);
  const refused = refusalWords(finding);
  return [
    ...new Set([
      whole,
      ...(whole.endsWith(refused) ? [whole.slice(0, -refused.length)] : []),
      ...(named?.(finding, where) ?? []),
      short(finding, where),
      // For whom it holds goes last: what is wrong matters more.
      short(finding, ''),
    ]),
  ];
}

/** What is refused are packets that ask for a connection: a client that retries is counted again (docs/counts.md). */
function refusalWords(finding: Finding): string {
  // At its limit, and nothing came in the window.
  if (finding.refused === 0) return '; the next attempt will be refused';
  const ongoing = finding.untilMs === null && finding.refusedPerSec !== null && finding.refusedPerSec > 0;
  return ongoing
    ? `; refusing ${formatRate(finding.refusedPerSec)} attempts/s`
    : `; refused ${formatCount(finding.refused)} attempts`;
}

/** The titles of every finding. */
const TITLES: Readonly<Record<FindingCode, TitleRow>> = {
  'conntrack-table-full': {
    long: (finding, where) =>
      `conntrack table full${where}: ${levelOf(finding, 'net.netfilter.nf_conntrack_count')}${refusalWords(finding)}`,
    short: (_, where) => `conntrack table full${where}`,
  },
  'conntrack-table-filling': {
    long: (finding, where) =>
      `conntrack table ${isAtLimit(finding) ? 'at its limit' : 'filling'}${where}: ${levelOf(finding, 'net.netfilter.nf_conntrack_count')}`,
    short: (_, where) => `conntrack table filling${where}`,
  },
  'conntrack-early-drop': {
    long: (_, where) =>
      `conntrack table at its limit${where}: entries that are not ASSURED are evicted for new flows`,
    short: (_, where) => `conntrack evicts entries${where}`,
  },
  'accepted-unserved': {
    long: (finding, where) =>
      `${unservedTitle(finding)}${where}: data of ${levelOf(finding, 'unserved.unread')} connections stays unread`,
    named: (finding, where) => [`${unservedTitle(finding)}${where}`],
    short: (finding, where) =>
      finding.subject.kind === 'listener'
        ? `port ${finding.subject.listener.port} accepts and does not read${where}`
        : `connections are accepted and not read${where}`,
  },
  'erlang-port-limit': {
    long: (finding) => {
      const who = finding.subject.kind === 'process' ? processName(finding.subject.process) : 'beam.smp';
      return isCritical(finding)
        ? `${who} is out of Erlang ports: ${levelOf(finding, 'erlang.ports')}; it cannot accept (system_limit)`
        : `${who} is running out of Erlang ports: ${levelOf(finding, 'erlang.ports')}`;
    },
    short: (finding) => `Erlang ports are ${isCritical(finding) ? 'used up' : 'running out'}`,
  },
  'nobody-listening': {
    long: (finding, where) =>
      finding.subject.kind === 'listener'
        ? `nothing listens at ${addressOf(finding.subject.listener)}${where} any more (was ${ownerOf(finding.subject.listener)})${refusalWords(finding)}`
        : `clients connect to ports that nothing listens on${where}${refusalWords(finding)}`,
    short: ({ subject }, where) =>
      subject.kind === 'listener'
        ? `nothing listens at ${addressOf(subject.listener)}`
        : `nothing listens on requested ports${where}`,
  },
  'udp-receive-queue': {
    long: (finding, where) =>
      `UDP datagrams dropped, receive buffers full${where}: ${formatCount(finding.refused)} datagrams`,
    short: (_, where) => `UDP receive buffers full${where}`,
  },
  'unix-queue-overflow': {
    long: (finding, where) =>
      `accept queue of a unix socket ${isCritical(finding) ? 'full' : 'nearly full'}${where}: ${levelOf(finding, 'unix.accept_queue')}`,
    short: (finding, where) =>
      `accept queue of a unix socket ${isCritical(finding) ? 'full' : 'nearly full'}${where}`,
  },
  'invalid-drop': {
    long: (finding, where) =>
      `a rule drops packets that conntrack calls invalid${where}: ${formatCount(finding.refused)} packets`,
    short: (_, where) => `INVALID packets are dropped${where}`,
  },
  'paws-reject': {
    long: (finding, where) =>
      `SYNs of clients behind NAT are dropped (tcp_tw_recycle)${where}${refusalWords(finding)}`,
    short: (_, where) => `tcp_tw_recycle drops SYNs${where}`,
  },
  'reverse-path-filter': {
    long: (finding, where) =>
      `rp_filter drops packets that arrived on a different interface than the route back${where}: ${formatCount(finding.refused)} packets`,
    short: (_, where) => `rp_filter drops packets${where}`,
  },
  'nfqueue-drop': {
    long: (finding, where) =>
      isUnreadQueue(finding)
        ? `rules hand packets to an NFQUEUE that no program reads${where}${finding.refused === null ? '' : `: ${formatCount(finding.refused)} packets dropped`}`
        : `packets dropped on their way to a program (NFQUEUE)${where}: ${formatCount(finding.refused)} packets`,
    short: (finding, where) =>
      isUnreadQueue(finding) ? `no program reads an NFQUEUE${where}` : `NFQUEUE drops packets${where}`,
  },
  'conntrack-insert-failed': {
    long: (finding, where) =>
      `new flows lost${where}: an existing entry already has their addresses and ports${refusalWords(finding)}`,
    short: (_, where) => `new flows lost${where}: tuples already in use`,
  },
  'conntrack-buckets-undersized': {
    long: (finding) =>
      isCritical(finding)
        ? `conntrack hash chains too long: ${bucketWords(finding)}${refusalWords(finding)}`
        : `too few conntrack hash buckets: ${bucketWords(finding)}`,
    short: (finding) =>
      isCritical(finding) ? 'conntrack hash chains too long' : 'too few conntrack hash buckets',
  },
  'conntrack-expectations-full': {
    long: (finding, where) =>
      isCritical(finding)
        ? `no conntrack expectations left${where}: ${levelOf(finding, 'nf_conntrack.expect_count')}; data connections of FTP, SIP and the like are lost`
        : `conntrack expectations are running out${where}: ${levelOf(finding, 'nf_conntrack.expect_count')}`,
    short: (finding, where) =>
      isCritical(finding)
        ? `no conntrack expectations left${where}`
        : `conntrack expectations are running out${where}`,
  },
  'nat-ports-exhausted': {
    long: (finding, where) =>
      `no free NAT ports${where} for new connections; the conntrack table has room${refusalWords(finding)}`,
    short: (_, where) => `no free NAT ports${where}`,
  },
  'accept-queue-overflow': {
    long: (finding, where) => {
      if (finding.subject.kind !== 'listener')
        return `an accept queue overflowed${where}${refusalWords(finding)}`;
      const { listener } = finding.subject;
      const what = `${queueTitle(finding)}, ${ownerOf(listener)}${where}`;
      return isNearlyFull(finding)
        ? `${what}: ${levelOf(finding, 'sk_ack_backlog')}`
        : `${what}: backlog ${formatCount(listener.backlog)}${refusalWords(finding)}`;
    },
    named: (finding, where) =>
      finding.subject.kind === 'listener'
        ? [`${queueTitle(finding)}, ${ownerOf(finding.subject.listener)}${where}`]
        : [],
    short: (finding, where) =>
      finding.subject.kind === 'listener' ? queueTitle(finding) : `an accept queue overflowed${where}`,
  },
  'syn-queue-overflow': {
    long: (finding, where) =>
      (finding.refused ?? 0) > 0
        ? `SYN queue full${where}${refusalWords(finding)}`
        : `SYN queue full${where}: SYNs are answered with SYN cookies`,
    short: (_, where) => `SYN queue full${where}`,
  },
  'process-fd-limit': {
    long: (finding, where) => {
      if (finding.subject.kind !== 'process')
        return `a process${where} is out of file descriptors and cannot accept`;
      const use = levelOf(finding, 'RLIMIT_NOFILE');
      return isCritical(finding)
        ? `${processName(finding.subject.process)} is out of file descriptors: ${use}; it cannot accept`
        : `${processName(finding.subject.process)} is running out of file descriptors: ${use}`;
    },
    named: (finding) =>
      finding.subject.kind === 'process'
        ? [
            `${processName(finding.subject.process)} is ${isCritical(finding) ? 'out' : 'running out'} of file descriptors`,
          ]
        : [],
    short: (finding, where) =>
      isCritical(finding) ? `no file descriptors left${where}` : `file descriptors are running out${where}`,
  },
  'system-file-limit': {
    long: (finding) =>
      `the host is ${isCritical(finding) ? 'out' : 'running out'} of file handles: ${levelOf(finding, 'fs.file-nr.allocated')}`,
    short: (finding) => `the host is ${isCritical(finding) ? 'out' : 'running out'} of file handles`,
  },
  'socket-memory': {
    long: (finding, where) =>
      `no memory for new sockets${where}: accept fails with ENFILE while file handles are at ${levelOf(finding, 'fs.file-nr.allocated')}`,
    short: (_, where) => `no memory for new sockets${where}`,
  },
  'sysctl-not-persistent': {
    long: (finding) => notPersistentTitle(finding),
    short: ({ setting }) =>
      `${setting === undefined ? 'a sysctl' : safeText(setting.name, 60)} is not persistent`,
  },
  'time-wait-overflow': {
    long: (_, where) => `more TIME_WAIT sockets than tcp_max_tw_buckets${where}; no connections are refused`,
    short: (_, where) => `TIME_WAIT above tcp_max_tw_buckets${where}`,
  },
  'ephemeral-ports-exhausted': {
    long: (finding, where) => {
      const isCounted = finding.evidence.some(({ metric }) => metric === 'local-ports');
      const use = isCounted ? `: ${levelOf(finding, 'local-ports')}` : '';
      return `${portsTitle(finding)}${where}${use}${failedCalls(finding)}`;
    },
    named: (finding) => (finding.subject.kind === 'ports' ? [portsTitle(finding)] : []),
    short: (finding, where) => `${portsVerdict(finding)}${where}`,
  },
  'firewall-drop': {
    long: (finding, where) => {
      const port = portOf(finding, 'probe.netfilter_drop_port');
      return `a firewall rule drops ${port === null ? 'packets' : `new connections to port ${port}`}${where}${refusalWords(finding)}`;
    },
    short: (finding, where) => {
      const port = portOf(finding, 'probe.netfilter_drop_port');
      return `a firewall rule drops ${port === null ? 'packets' : `connections to port ${port}`}${where}`;
    },
  },
  'firewall-limit': {
    long: (finding, where) => {
      const most = finding.evidence.find(({ metric }) => metric === 'rules.connection_limit')?.value ?? null;
      const what = most === null ? 'a rate' : `${formatCount(most)} connections`;
      return `a firewall rule drops new connections above ${what}${where}${refusalWords(finding)}`;
    },
    short: (finding, where) =>
      `a rule limits ${finding.evidence.some(({ metric }) => metric === 'rules.connection_limit') ? 'connections' : 'the rate of connections'}${where}`,
  },
  'tc-drop': {
    long: (finding, where) => {
      const port = portOf(finding, 'probe.tc_drop_port');
      return `a filter of tc drops ${port === null ? 'packets' : `new connections to port ${port}`}${where}${refusalWords(finding)}`;
    },
    short: (finding, where) => {
      const port = portOf(finding, 'probe.tc_drop_port');
      return `a filter of tc drops ${port === null ? 'packets' : `connections to port ${port}`}${where}`;
    },
  },
  'xdp-drop': {
    long: (finding, where) =>
      `an XDP program drops packets${where}: ${formatCount(finding.refused)} in this window`,
    short: (_, where) => `an XDP program drops packets${where}`,
  },
  'ipvs-no-destination': {
    long: (finding, where) => {
      const port = finding.evidence.find(({ metric }) => metric === 'ip_vs.asked_port')?.value ?? null;
      const service = port === null ? 'an IPVS service' : `the IPVS service at port ${port}`;
      return finding.confidenceReasons.includes('servers-overloaded')
        ? `all servers of ${service} are at their upper threshold${where}${refusalWords(finding)}`
        : `${service} has no server${where}${refusalWords(finding)}`;
    },
    short: (_, where) => `an IPVS service has no free server${where}`,
  },
  'neighbour-table-overflow': {
    long: (finding) =>
      `neighbour table full: ${levelOf(finding, finding.evidence.some(({ metric }) => metric === 'arp_cache.entries') ? 'arp_cache.entries' : 'ndisc_cache.entries')}${refusalWords(finding)}`,
    short: () => 'neighbour table full',
  },
  'netdev-backlog-drop': {
    long: (finding) =>
      `packets dropped, backlog of a CPU full (netdev_max_backlog): ${formatCount(finding.refused)} packets`,
    short: () => 'packets dropped at netdev_max_backlog',
  },
  'cloud-conntrack-allowance': {
    long: (finding) =>
      `the cloud drops connections above this instance's conntrack allowance${refusalWords(finding)}`,
    short: () => 'the cloud drops connections',
  },
  'cloud-network-allowance': {
    long: (finding) => {
      const [first] = finding.evidence;
      const count = `${formatCount(finding.refused)} packets`;
      return first?.metric === 'ena.linklocal_allowance_exceeded'
        ? `the cloud drops packets to its DNS, time and metadata services: ${count}`
        : `the cloud queues or drops packets above this instance's ${first?.metric === 'ena.pps_allowance_exceeded' ? 'packet rate' : 'bandwidth'}: ${count}`;
    },
    short: ({ evidence: [first] }) =>
      first?.metric === 'ena.linklocal_allowance_exceeded'
        ? 'the cloud drops packets to its DNS'
        : 'the cloud queues or drops packets',
  },
  'orphan-limit': {
    long: () =>
      'sockets are reset at close: more orphans than tcp_max_orphans; no new connections are refused',
    short: () => 'sockets are reset at close',
  },
  'tcp-memory': {
    long: (finding) =>
      isCritical(finding)
        ? `TCP is out of memory: ${levelOf(finding, 'sockstat.TCP.mem')} pages; connections stall`
        : `TCP is running out of memory: ${levelOf(finding, 'sockstat.TCP.mem')} pages; buffers are kept small`,
    short: (finding) => `TCP is ${isCritical(finding) ? 'out' : 'running out'} of memory`,
  },
  'task-limit': {
    long: (finding) => {
      if (finding.subject.kind !== 'process')
        return `the host is ${isCritical(finding) ? 'out' : 'running out'} of tasks: ${levelOf(finding, 'loadavg.tasks')}`;
      const use = levelOf(finding, 'pids.current');
      const who = `${tasksTitle(finding)}: ${use}`;
      return isCritical(finding)
        ? `${who}; ${processName(finding.subject.process)} cannot fork or start threads`
        : `${who} (${processName(finding.subject.process)})`;
    },
    short: (finding) => tasksTitle(finding),
  },
  'map-count-limit': {
    long: (finding, where) => {
      const use = levelOf(finding, 'mappings');
      return isCritical(finding)
        ? `no memory mappings left${where}: ${use}; it cannot start threads`
        : `memory mappings are running out${where}: ${use}`;
    },
    short: (finding, where) =>
      isCritical(finding) ? `no memory mappings left${where}` : `memory mappings are running out${where}`,
  },
  'application-limit': {
    long: (finding, where) => {
      const { subject } = finding;
      const at =
        subject.kind === 'listener'
          ? ` at ${addressOf(subject.listener)} by ${ownerOf(subject.listener)}`
          : where;
      const held = finding.evidence.find(({ metric }) => metric === 'Tcp.CurrEstab')?.value ?? null;
      return `connections are accepted${at} and closed at once: possibly the application's own limit, at ${formatCount(held)} connections`;
    },
    short: (_, where) => `connections are closed at once${where}`,
  },
  'unexplained-loss': {
    long: (finding, where) => {
      const perSec = finding.refusedPerSec ?? 0;
      const pace = perSec > 0 ? `, ${formatRate(perSec)}/s` : '';
      return `${lossTitle(finding)}${where} and no known limit explains it: ${formatCount(finding.refused)}${pace}`;
    },
    named: (finding, where) => [`${lossTitle(finding)}${where}, unexplained`],
    short: (_, where) => `connections are lost, cause unknown${where}`,
  },
};

/** What was lost, by the check that the finding proposes; accept errors with their errno. */
function lossTitle({ fixes, evidence }: Finding): string {
  const [check] = fixes;
  switch (check?.id === 'check-loss' ? check.loss : null) {
    case 'accept-failed':
      return `accept() fails${errnoWords(evidence)}`;
    case 'connect-failed':
      return `connect() fails${errnoWords(evidence)}`;
    case 'bind-failed':
      return `bind() fails${errnoWords(evidence)}`;
    case 'listen-drops':
      return 'listeners drop connections';
    case 'conntrack-drops':
      return 'conntrack drops packets';
    case 'netfilter-syns':
      return 'netfilter drops SYNs';
    case 'handshakes-failed':
      return 'handshakes fail';
    case 'syns-resent':
      return 'SYNs are resent';
    case 'resets':
      return 'connections are reset before data is sent';
    case null:
      return 'connections are lost';
  }
}

function errnoWords(evidence: readonly Evidence[]): string {
  const errno = ERRNOS.find(([metric]) => evidence.some((item) => item.metric === metric))?.[1];
  return errno === undefined ? '' : ` with ${errno}`;
}

const ERRNOS: readonly (readonly [metric: Evidence['metric'], errno: string])[] = [
  ['probe.accept_enomem', 'ENOMEM'],
  ['probe.accept_enobufs', 'ENOBUFS'],
  ['probe.accept_eperm', 'EPERM'],
  ['probe.accept_econnaborted', 'ECONNABORTED'],
  ['probe.connect_econnrefused', 'ECONNREFUSED'],
  ['probe.connect_etimedout', 'ETIMEDOUT'],
  ['probe.connect_ehostunreach', 'EHOSTUNREACH'],
  ['probe.connect_eperm', 'EPERM'],
  ['probe.bind_eaddrinuse', 'EADDRINUSE'],
  ['probe.bind_eaddrnotavail', 'EADDRNOTAVAIL'],
  ['probe.bind_eacces', 'EACCES'],
];

/** A warning without a refusal: the queue is only near its backlog. */
function isNearlyFull(finding: Finding): boolean {
  return !isCritical(finding) && finding.refused === 0;
}

function queueTitle(finding: Finding): string {
  const at = finding.subject.kind === 'listener' ? ` at ${addressOf(finding.subject.listener)}` : '';
  return `accept queue ${isNearlyFull(finding) ? 'nearly full' : 'full'}${at}`;
}

function isCritical({ severity }: Finding): boolean {
  return severity === 'critical';
}

/** `512 of 511`: use and limit of a level that the finding cites. */
function levelOf(finding: Finding, metric: Evidence['metric']): string {
  const found = [...finding.evidence, ...finding.against].find(
    (evidence) => evidence.metric === metric && evidence.measure === 'level',
  );
  return `${formatCount(found?.value ?? null)} of ${formatLimit(found?.limit ?? null)}`;
}

function isUnreadQueue({ confidenceReasons }: Finding): boolean {
  return confidenceReasons.includes('rule-without-reader');
}

function bucketWords(finding: Finding): string {
  const value = (metric: Evidence['metric']): string =>
    formatCount(finding.evidence.find((evidence) => evidence.metric === metric)?.value ?? null);
  return `${value('net.netfilter.nf_conntrack_buckets')} for up to ${value('net.netfilter.nf_conntrack_max')} entries`;
}

/** Nothing was refused yet, but the next new flow will be. */
function isAtLimit(finding: Finding): boolean {
  const found = finding.evidence.find((evidence) => evidence.measure === 'level');
  return found?.value != null && found.limit !== null && found.value >= found.limit;
}

function portsVerdict(finding: Finding): string {
  if (finding.confidenceReasons.includes('ports-left')) return 'connect fails with EADDRNOTAVAIL';
  return isCritical(finding) ? 'no local ports left' : 'local ports are running out';
}

/** The calls that were given no port; nothing where none failed. */
function failedCalls({ evidence, refused }: Finding): string {
  const failed = (
    [
      ['probe.connect_eaddrnotavail', 'connects'],
      ['probe.bind_no_port', 'binds'],
    ] as const
  ).flatMap(([metric, calls]) => {
    const count = evidence.find((item) => item.metric === metric)?.value ?? 0;
    return count === 0 ? [] : [`${formatCount(count)} ${calls}`];
  });
  if (failed.length > 0) return `; ${failed.join(' and ')} failed`;
  return refused === null ? '' : `; ${formatCount(refused)} calls failed`;
}

function portsTitle(finding: Finding): string {
  const { subject } = finding;
  return `${portsVerdict(finding)}${subject.kind === 'ports' ? ` for connections ${routeOf(subject.ports)}` : ''}`;
}

function portOf({ evidence }: Finding, name: Evidence['metric']): number | null {
  return evidence.find(({ metric }) => metric === name)?.value ?? null;
}

function unservedTitle({ subject }: Finding): string {
  return subject.kind === 'listener'
    ? `${ownerOf(subject.listener)} accepts connections to port ${subject.listener.port} and does not read them`
    : 'connections are accepted and not read';
}

function tasksTitle(finding: Finding): string {
  const { subject } = finding;
  const who = subject.kind === 'process' ? (taskGroupOf(subject.process) ?? 'a control group') : 'the host';
  return `${who} is ${isCritical(finding) ? 'out' : 'running out'} of tasks`;
}
