import type { ConfidenceReason, Evidence, Finding, FindingCode, Subject } from '../../diagnose/index.js';
import { FIELDS } from '../fields.js';
import { formatCount, formatLimit, formatRate } from '../numbers.js';
import { safeText } from '../safe-text.js';
import { notPersistentTitle } from './sysctls.js';
import { CEILING_KINDS } from '../../model/index.js';
import type { Ceiling } from '../../model/index.js';
import type { Listener, Netns, PortUse, ProcessUse } from '../../records/index.js';

/** `10.0.0.1:1883`, `[::]:1883`. */
export function addressOf(listener: Listener): string {
  const address = safeText(listener.address, 45);
  return `${address.includes(':') ? `[${address}]` : address}:${listener.port}`;
}

/** `mosquitto(812)`, or `owner unknown`. */
export function ownerOf(listener: Listener): string {
  return listener.owner === null
    ? 'owner unknown'
    : `${safeText(listener.owner.comm, 16)}(${listener.owner.pid})`;
}

/** `from 10.0.0.2 to 10.0.0.1:1883`. */
export function routeOf({ source, destination, port }: PortUse): string {
  const to = safeText(destination, 45);
  return `from ${safeText(source, 45)} to ${to.includes(':') ? `[${to}]` : to}:${port}`;
}

/** The control group of a process as its unit is called, `broker.service`; `null` where that is not known. */
export function groupOf({ tasks }: ProcessUse): string | null {
  const name = tasks?.cgroup.split('/').findLast((part) => part !== '');
  return name === undefined ? null : safeText(name, 40);
}

function inNetns(netns: Netns, label: string | null, hostNetns: Netns | null): string {
  return netns === hostNetns ? '' : ` in ${label === null ? `namespace ${netns}` : safeText(label, 40)}`;
}

/** For whom a finding or a figure holds; empty for the host itself. */
export function subjectWords(subject: Subject, hostNetns: Netns | null): string {
  switch (subject.kind) {
    case 'node':
      return '';
    case 'netns':
      return inNetns(subject.netns, subject.label, hostNetns);
    case 'listener':
      return inNetns(subject.listener.netns, subject.netnsLabel, hostNetns);
    case 'ports':
      return inNetns(subject.ports.netns, subject.netnsLabel, hostNetns);
    case 'process':
      return ` of ${safeText(subject.process.comm, 16)}(${subject.process.pid})`;
  }
}

function level(finding: Finding, metric: Evidence['metric']): string {
  const found = finding.evidence.find(
    (evidence) => evidence.metric === metric && evidence.measure === 'level',
  );
  return `${formatCount(found?.value ?? null)} of ${formatLimit(found?.limit ?? null)}`;
}

/** Where the manual explains a finding: what happens in the kernel, how it is decided, what to check by hand. */
export function manualOf(code: FindingCode): string {
  return `docs/findings.md#${code}`;
}

/** The verdict in one line, without the end of a sentence. */
export function titleOf(finding: Finding, hostNetns: Netns | null): string {
  const where = subjectWords(finding.subject, hostNetns);
  switch (finding.code) {
    case 'conntrack-table-full':
      return `conntrack table full${where}: ${level(finding, 'net.netfilter.nf_conntrack_count')}${refusalWords(finding)}`;
    case 'conntrack-table-filling':
      return `conntrack table ${isFull(finding) ? 'at its limit' : 'filling'}${where}: ${level(finding, 'net.netfilter.nf_conntrack_count')}`;
    case 'accept-queue-overflow':
      return finding.subject.kind === 'listener'
        ? `accept queue full at ${addressOf(finding.subject.listener)}, ${ownerOf(finding.subject.listener)}${where}: backlog ${formatCount(finding.subject.listener.backlog)}${refusalWords(finding)}`
        : `an accept queue overflowed${where}${refusalWords(finding)}`;
    case 'conntrack-early-drop':
      return `conntrack table at its limit${where}: unanswered flows are evicted for new ones`;
    case 'syn-queue-overflow':
      return finding.severity === 'critical'
        ? `a SYN queue is full${where}${refusalWords(finding)}`
        : `a SYN queue is full${where}: SYN cookies answer in its place`;
    case 'process-fd-limit':
      return finding.severity === 'critical'
        ? finding.subject.kind === 'process'
          ? `no file descriptor left${where}: ${level(finding, 'RLIMIT_NOFILE')}; it cannot accept`
          : `a process${where} has no file descriptor left to accept with`
        : `file descriptors run out${where}: ${level(finding, 'RLIMIT_NOFILE')}`;
    case 'sysctl-not-persistent':
      return notPersistentTitle(finding);
    case 'system-file-limit':
      return `file handles of the whole host run out: ${level(finding, 'fs.file-nr.allocated')}`;
    case 'conntrack-insert-failed':
      return `new flows lost${where}: another had their addresses and ports already${refusalWords(finding)}`;
    case 'conntrack-buckets-undersized':
      return finding.severity === 'critical'
        ? `conntrack hash chains too long: ${buckets(finding)}${refusalWords(finding)}`
        : `too few conntrack hash buckets: ${buckets(finding)}`;
    case 'nat-ports-exhausted':
      return `no free NAT port${where} for new connections; the conntrack table has room${refusalWords(finding)}`;
    case 'ephemeral-ports-exhausted': {
      const whose = finding.subject.kind === 'ports' ? ` ${routeOf(finding.subject.ports)}` : '';
      const use = finding.subject.kind === 'ports' ? `: ${level(finding, 'local-ports')}` : '';
      const failed = finding.refused === null ? '' : `; ${formatCount(finding.refused)} connects failed`;
      return `${finding.severity === 'critical' ? 'no local port left' : 'local ports run out'}${whose}${where}${use}${failed}`;
    }
    case 'firewall-drop': {
      const port = finding.evidence.find(
        (evidence) => evidence.metric === 'probe.netfilter_drop_port',
      )?.value;
      return `a firewall rule drops ${port == null ? 'packets' : `new connections to port ${port}`}${where}${refusalWords(finding)}`;
    }
    case 'neighbour-table-overflow':
      return `neighbour table full: ${level(finding, finding.evidence.some((evidence) => evidence.metric === 'arp_cache.entries') ? 'arp_cache.entries' : 'ndisc_cache.entries')}${refusalWords(finding)}`;
    case 'netdev-backlog-drop':
      return `packets lost before the network stack took them: ${formatCount(finding.refused)} beyond netdev_max_backlog`;
    case 'cloud-conntrack-allowance':
      return `the cloud drops connections beyond this instance's tracking allowance${refusalWords(finding)}`;
    case 'time-wait-overflow':
      return `more TIME_WAIT sockets than tcp_max_tw_buckets${where}; no connection is refused for it`;
    case 'orphan-limit':
      return `connections are reset at their close: more orphans than tcp_max_orphans; none is refused`;
    case 'tcp-memory':
      return finding.severity === 'critical'
        ? `no memory left for TCP: ${level(finding, 'sockstat.TCP.mem')} pages; connections stand still`
        : `TCP's memory runs short: ${level(finding, 'sockstat.TCP.mem')} pages; buffers are kept small`;
    case 'task-limit':
      return finding.subject.kind === 'process'
        ? `${finding.severity === 'critical' ? 'no task left in' : 'tasks run out in'} ${groupOf(finding.subject.process) ?? 'the control group'}${where}: ${level(finding, 'pids.current')}${finding.severity === 'critical' ? '; it cannot fork or start a thread' : ''}`
        : `tasks of the whole host run out: ${level(finding, 'loadavg.tasks')}`;
    case 'map-count-limit':
      return finding.severity === 'critical'
        ? `no memory mapping left${where}: ${level(finding, 'mappings')}; it cannot start a thread`
        : `memory mappings run out${where}: ${level(finding, 'mappings')}`;
    case 'application-limit':
      return `connections are accepted${finding.subject.kind === 'listener' ? ` at ${addressOf(finding.subject.listener)} by ${ownerOf(finding.subject.listener)}` : where} and closed at once: perhaps the application's own limit, at ${level(finding, 'Tcp.CurrEstab').replace(/ of .*/, '')}`;
  }
}

function buckets(finding: Finding): string {
  const value = (metric: Evidence['metric']): string =>
    formatCount(finding.evidence.find((evidence) => evidence.metric === metric)?.value ?? null);
  return `${value('net.netfilter.nf_conntrack_buckets')} for up to ${value('net.netfilter.nf_conntrack_max')} entries`;
}

/** Nobody has been refused yet, but the next new flow will be. */
function isFull(finding: Finding): boolean {
  const found = finding.evidence.find((evidence) => evidence.measure === 'level');
  return found?.value != null && found.limit !== null && found.value >= found.limit;
}

/** What is refused are packets that ask for a connection: a client that tries again is counted again. */
export function refusalWords(finding: Finding): string {
  const ongoing = finding.untilMs === null && finding.refusedPerSec !== null && finding.refusedPerSec > 0;
  return ongoing
    ? `; refusing ${formatRate(finding.refusedPerSec)} attempts/s`
    : `; refused ${formatCount(finding.refused)} attempts`;
}

/** One piece of evidence in a line: figure, limit, the kernel's own name. */
export function evidenceWords(evidence: Evidence, hostNetns: Netns | null): string {
  const field = FIELDS[evidence.metric];
  // A port is a name, not a number.
  if (field.unit === 'port')
    return `${field.title}${subjectWords(evidence.subject, hostNetns)}: ${evidence.value ?? '?'} (${evidence.source === 'bpftrace' ? 'probe' : 'kernel'}: ${field.origin})`;
  const value = evidence.measure === 'rate' ? `${formatRate(evidence.value)}/s` : formatCount(evidence.value);
  const grown = evidence.measure === 'growth' ? ' in this window' : '';
  const limit = evidence.limit === null ? '' : ` of ${formatLimit(evidence.limit)}`;
  return `${field.title}${subjectWords(evidence.subject, hostNetns)}: ${value}${limit}${field.unit === '' ? '' : ` ${field.unit}`}${grown} (${evidence.source === 'bpftrace' ? 'probe' : 'kernel'}: ${field.origin})`;
}

const REASONS: Readonly<Record<ConfidenceReason, string>> = {
  'probe-and-counter-agree': "the probe and the kernel's own counter agree",
  'probe-alone': 'the probe saw it; the counter could not be read',
  'probe-and-counter-differ': "the probe and the kernel's counter differ",
  'counter-and-level': 'the counter rose while the level stood at its limit; no probe to confirm it',
  'file-and-default': "the kernel's own value is in force although a file says otherwise",
  'file-untried': 'no boot has tried the file since it was changed',
  'files-alone': 'from the files and the running value alone',
  'listener-named': 'the listener is known',
  'host-counter-only': 'the counter says that it happened, not at which listener',
  'level-alone': 'from the level and its growth alone',
  'level-and-queue': 'the level is at its limit and connections wait to be accepted',
  'counter-alone': "the kernel's own counter says so; nothing else does or denies it",
  'ports-and-eaddrnotavail': 'connect(2) failed with EADDRNOTAVAIL, and the sockets hold all its ports',
  'no-look-at-ports':
    'connect(2) failed with EADDRNOTAVAIL; nobody looked at the sockets, and an address that is not there fails the same way',
  'counter-and-nat':
    'insert_failed and drop rose together where rules rewrite sources; clashes of flows look the same without the probe',
  'counter-nat-unknown':
    'insert_failed and drop rose together, far too often for races; whether rules rewrite sources cannot be read here',
  'source-rewritten': 'the flows that failed were those whose source NAT rewrites',
  'chains-short-now': 'from the two limits; the table is too empty now for long chains',
  'syns-to-listener': "the SYNs were for a port that is listened on, and conntrack's own drops are taken off",
  'syns-to-one-port': 'all SYNs looked at were for one port, which nobody here listens on',
  'own-syns-dropped': 'the SYNs were sent by this host itself',
  'no-syns': 'the packets were no SYNs, so that this may concern no new connection',
  'errno-seen': 'the probe on accept(2) saw it fail for just that',
  'memory-ruled-out':
    'the kernel resets so for too many orphans or for want of TCP memory, and there was memory enough',
  'inferred-from-closes':
    'inferred from connections that this host closes without a word; the kernel does not say why',
  'records-lost': 'bpftrace lost events',
  'gap-in-window': 'there is a gap in the window',
};

/** How sure, in a word and why: `certain (100 %): the probe and the kernel's own counter agree`. */
export function confidenceWords(finding: Finding): string {
  const percent = Math.round(finding.confidence * 100);
  const word =
    percent >= 99 ? 'certain' : percent >= 90 ? 'almost certain' : percent >= 70 ? 'likely' : 'possible';
  return `${word} (${percent} %): ${finding.confidenceReasons.map((reason) => REASONS[reason]).join('; ')}`;
}

/** What a rung of the ladder is called, with whom it binds. */
export function ceilingTitle(
  ceiling: Ceiling,
  netnsLabels: ReadonlyMap<Netns, string>,
  hostNetns: Netns | null,
): string {
  const title = CEILING_KINDS[ceiling.id].title;
  const group =
    ceiling.id === 'cgroup-tasks' && ceiling.scope.kind === 'process' ? groupOf(ceiling.scope.process) : null;
  // The limit is the group's, which has a name of its own.
  if (group !== null) return `tasks of ${group}`;
  switch (ceiling.scope.kind) {
    case 'node':
      return title;
    case 'netns':
      return `${title}${inNetns(ceiling.scope.netns, netnsLabels.get(ceiling.scope.netns) ?? null, hostNetns)}`;
    case 'process':
      return `${title} ${safeText(ceiling.scope.process.comm, 16)}(${ceiling.scope.process.pid})`;
    case 'ports':
      return `${title} ${routeOf(ceiling.scope.ports)}`;
    case 'listener':
      return `${title} ${addressOf(ceiling.scope.listener)}`;
  }
}
