import type { ConfidenceReason, Evidence, Finding, Fix, Subject } from '../diagnose/index.js';
import { CEILING_TITLES, FIELDS } from './fields.js';
import { formatBytes, formatCount, formatRate } from './numbers.js';
import { networkFixWords } from './network-fix-words.js';
import { safeText } from './safe-text.js';
import type { Ceiling } from '../model/index.js';
import type { Listener, Netns } from '../records/index.js';

/** What a remedy does, in words and commands that can be pasted. */
export interface FixWords {
  /** What to do, as a person would say it. */
  readonly action: string;
  /** The command for now; `null` when no command does it. */
  readonly command: string | null;
  /** How to keep it over a reboot; `null` when it needs no keeping. */
  readonly persist: string | null;
  /** How to take it back; `null` when there is nothing to take back. */
  readonly undo: string | null;
  readonly effect: string;
  readonly caveat: string;
}

/** Bytes of one conntrack entry: the slab object of stock 64-bit kernels without extra extensions, rounded up. */
const CONNTRACK_ENTRY_BYTES = 320;

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

function inNetns(netns: Netns, label: string | null, hostNetns: Netns | null): string {
  return netns === hostNetns ? '' : ` in ${label === null ? `namespace ${netns}` : safeText(label, 40)}`;
}

/** For whom a finding or a figure holds; empty for the host itself. */
function subjectWords(subject: Subject, hostNetns: Netns | null): string {
  switch (subject.kind) {
    case 'node':
      return '';
    case 'netns':
      return inNetns(subject.netns, subject.label, hostNetns);
    case 'listener':
      return inNetns(subject.listener.netns, subject.netnsLabel, hostNetns);
    case 'process':
      return ` of ${safeText(subject.process.comm, 16)}(${subject.process.pid})`;
  }
}

function level(finding: Finding, metric: Evidence['metric']): string {
  const found = finding.evidence.find((one) => one.metric === metric && one.measure === 'level');
  return `${formatCount(found?.value ?? null)} of ${formatCount(found?.limit ?? null)}`;
}

/** The verdict in one line, without the end of a sentence. */
export function titleOf(finding: Finding, hostNetns: Netns | null): string {
  const where = subjectWords(finding.subject, hostNetns);
  switch (finding.code) {
    case 'conntrack-table-full':
      return `conntrack table full${where}: ${level(finding, 'net.netfilter.nf_conntrack_count')}${refusal(finding)}`;
    case 'conntrack-table-filling':
      return `conntrack table ${isFull(finding) ? 'at its limit' : 'filling'}${where}: ${level(finding, 'net.netfilter.nf_conntrack_count')}`;
    case 'accept-queue-overflow':
      return finding.subject.kind === 'listener'
        ? `accept queue full at ${addressOf(finding.subject.listener)}, ${ownerOf(finding.subject.listener)}${where}: backlog ${formatCount(finding.subject.listener.backlog)}${refusal(finding)}`
        : `an accept queue overflowed${where}${refusal(finding)}`;
    case 'conntrack-early-drop':
      return `conntrack table at its limit${where}: unanswered flows are evicted for new ones`;
    case 'syn-queue-overflow':
      return finding.severity === 'critical'
        ? `a SYN queue is full${where}${refusal(finding)}`
        : `a SYN queue is full${where}: SYN cookies answer in its place`;
    case 'process-fd-limit':
      return finding.severity === 'critical'
        ? `no file descriptor left${where}: ${level(finding, 'RLIMIT_NOFILE')}; it cannot accept`
        : `file descriptors run out${where}: ${level(finding, 'RLIMIT_NOFILE')}`;
    case 'system-file-limit':
      return `file handles of the whole host run out: ${level(finding, 'fs.file-nr.allocated')}`;
    case 'conntrack-insert-failed':
      return `new flows lost${where}: another had their addresses and ports already${refusal(finding)}`;
    case 'conntrack-buckets-undersized':
      return finding.severity === 'critical'
        ? `conntrack hash chains too long: ${buckets(finding)}${refusal(finding)}`
        : `too few conntrack hash buckets: ${buckets(finding)}`;
    case 'nat-ports-exhausted':
      return `no free NAT port${where} for new connections; the conntrack table has room${refusal(finding)}`;
    case 'firewall-drop': {
      const port = finding.evidence.find((one) => one.metric === 'probe.netfilter_drop_port')?.value;
      return `a firewall rule drops ${port == null ? 'packets' : `new connections to port ${port}`}${where}${refusal(finding)}`;
    }
    case 'neighbour-table-overflow':
      return `neighbour table full: ${level(finding, finding.evidence.some((one) => one.metric === 'arp_cache.entries') ? 'arp_cache.entries' : 'ndisc_cache.entries')}${refusal(finding)}`;
    case 'netdev-backlog-drop':
      return `packets lost before the network stack took them: ${formatCount(finding.refused)} beyond netdev_max_backlog`;
    case 'cloud-conntrack-allowance':
      return `the cloud drops connections beyond this instance's tracking allowance${refusal(finding)}`;
    case 'time-wait-overflow':
      return `more TIME_WAIT sockets than tcp_max_tw_buckets${where}; no connection is refused for it`;
  }
}

function buckets(finding: Finding): string {
  const value = (metric: Evidence['metric']): string =>
    formatCount(finding.evidence.find((one) => one.metric === metric)?.value ?? null);
  return `${value('net.netfilter.nf_conntrack_buckets')} for up to ${value('net.netfilter.nf_conntrack_max')} entries`;
}

/** Nobody has been refused yet, but the next new flow will be. */
function isFull(finding: Finding): boolean {
  const found = finding.evidence.find((one) => one.measure === 'level');
  return found?.value != null && found.limit !== null && found.value >= found.limit;
}

/** What is refused are packets that ask for a connection: a client that tries again is counted again. */
function refusal(finding: Finding): string {
  const ongoing = finding.untilMs === null && finding.refusedPerSec !== null && finding.refusedPerSec > 0;
  return ongoing
    ? `; refusing ${formatRate(finding.refusedPerSec)} attempts/s`
    : `; refused ${formatCount(finding.refused)} attempts`;
}

/** One piece of evidence in a line: figure, limit, the kernel's own name. */
export function evidenceWords(evidence: Evidence, hostNetns: Netns | null): string {
  const field = FIELDS[evidence.metric];
  const value = evidence.measure === 'rate' ? `${formatRate(evidence.value)}/s` : formatCount(evidence.value);
  const grown = evidence.measure === 'growth' ? ' in this window' : '';
  const limit = evidence.limit === null ? '' : ` of ${formatCount(evidence.limit)}`;
  return `${field.title}${subjectWords(evidence.subject, hostNetns)}: ${value}${limit} ${field.unit}${grown} (${evidence.source === 'bpftrace' ? 'probe' : 'kernel'}: ${field.origin})`;
}

const REASONS: Readonly<Record<ConfidenceReason, string>> = {
  'probe-and-counter-agree': "the probe and the kernel's own counter agree",
  'probe-alone': 'the probe saw it; the counter could not be read',
  'probe-and-counter-differ': "the probe and the kernel's counter differ",
  'counter-and-level': 'the counter rose while the level stood at its limit; no probe to confirm it',
  'listener-named': 'the listener is known',
  'host-counter-only': 'the counter says that it happened, not at which listener',
  'level-alone': 'from the level and its growth alone',
  'level-and-queue': 'the level is at its limit and connections wait to be accepted',
  'counter-alone': "the kernel's own counter says so; nothing else does or denies it",
  'counter-and-nat':
    'insert_failed and drop rose together where rules rewrite sources; clashes of flows look the same without the probe',
  'source-rewritten': 'the flows that failed were those whose source NAT rewrites',
  'chains-short-now': 'from the two limits; the table is too empty now for long chains',
  'syns-to-listener': "the SYNs were for a port that is listened on, and conntrack's own drops are taken off",
  'syns-to-one-port': 'all SYNs looked at were for one port, which nobody here listens on',
  'own-syns-dropped': 'the SYNs were sent by this host itself',
  'no-syns': 'the packets were no SYNs, so that this may concern no new connection',
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

/** A remedy in words and commands. */
export function fixWords(fix: Fix): FixWords {
  switch (fix.id) {
    case 'raise-conntrack-max': {
      const bytes = (fix.to - fix.from) * CONNTRACK_ENTRY_BYTES;
      return {
        action: `raise nf_conntrack_max to ${formatCount(fix.to)}`,
        command: `sysctl -w net.netfilter.nf_conntrack_max=${fix.to}`,
        persist: `echo 'net.netfilter.nf_conntrack_max = ${fix.to}' > /etc/sysctl.d/90-conntrack.conf`,
        undo: `sysctl -w net.netfilter.nf_conntrack_max=${fix.from}`,
        effect: `new flows are accepted at once; up to ${formatBytes(bytes)} more kernel memory when full`,
        caveat:
          'the file is read before nf_conntrack loads at boot unless a rule loads it early; long chains want nf_conntrack_buckets raised too',
      };
    }
    case 'fix-accept-loop':
      return {
        action:
          fix.listener.owner === null
            ? `find out who listens at ${addressOf(fix.listener)} and why it does not accept`
            : `find out why ${ownerOf(fix.listener)} does not accept at ${addressOf(fix.listener)}`,
        command:
          fix.listener.owner === null
            ? `ss -ltnp 'sport = :${fix.listener.port}'`
            : `cat /proc/${fix.listener.owner.pid}/wchan /proc/${fix.listener.owner.pid}/limits`,
        persist: null,
        undo: null,
        effect: 'the queue drains as fast as the process accepts',
        caveat: 'a longer queue only delays the refusals while the process does not accept',
      };
    case 'find-listener':
      return {
        action: 'find the listener whose queue is longer than its backlog',
        command: "ss -Hltn | awk '$2 > $3'",
        persist: null,
        undo: null,
        effect: 'its line shows queue, backlog, address and port',
        caveat: 'as root with bpftrace, ctdiag names it by itself',
      };
    case 'raise-nofile': {
      const who = `${safeText(fix.process.comm, 16)}(${fix.process.pid})`;
      return {
        action: `raise the limit of open files of ${who} to ${formatCount(fix.to)}`,
        command: `prlimit --pid ${fix.process.pid} --nofile=${fix.to}`,
        persist: `LimitNOFILE=${fix.to} in [Service] (systemctl edit UNIT), then restart it`,
        undo: `prlimit --pid ${fix.process.pid} --nofile=${fix.from}`,
        effect: 'it accepts again at once',
        caveat: 'some programs size their tables by the limit at start and need a restart to use more',
      };
    }
    case 'raise-file-max':
      return {
        action: `raise fs.file-max to ${formatCount(fix.to)}`,
        command: `sysctl -w fs.file-max=${fix.to}`,
        persist: `echo 'fs.file-max = ${fix.to}' > /etc/sysctl.d/90-file-max.conf`,
        undo: `sysctl -w fs.file-max=${fix.from}`,
        effect: 'open(2), accept(2) and socket(2) work again for every process',
        caveat: 'find out which process holds so many: a leak fills any limit',
      };
    case 'enable-syncookies':
      return {
        action: 'switch SYN cookies on',
        command: 'sysctl -w net.ipv4.tcp_syncookies=1',
        persist: "echo 'net.ipv4.tcp_syncookies = 1' > /etc/sysctl.d/90-syncookies.conf",
        undo: 'sysctl -w net.ipv4.tcp_syncookies=0',
        effect: 'SYNs beyond the queue are answered by a cookie instead of dropped',
        caveat: 'a cookie cannot carry every TCP option; somebody may have switched it off on purpose',
      };
    case 'raise-backlog':
      return {
        action: `for bursts, give listen(2) at ${addressOf(fix.listener)} a larger backlog`,
        command:
          fix.somaxconn !== null && fix.listener.backlog !== null && fix.listener.backlog >= fix.somaxconn
            ? `sysctl -w net.core.somaxconn=${fix.somaxconn * 4}`
            : null,
        persist: null,
        undo:
          fix.somaxconn !== null && fix.listener.backlog !== null && fix.listener.backlog >= fix.somaxconn
            ? `sysctl -w net.core.somaxconn=${fix.somaxconn}`
            : null,
        effect: `the queue holds more than ${formatCount(fix.listener.backlog)}${fix.somaxconn === null ? '' : `, up to somaxconn, which is ${formatCount(fix.somaxconn)}`}`,
        caveat: 'takes effect at the next listen(2): restart or reload the process',
      };
    default:
      return networkFixWords(fix);
  }
}

/** What a rung of the ladder is called, with whom it binds. */
export function ceilingTitle(
  ceiling: Ceiling,
  netnsLabels: ReadonlyMap<Netns, string>,
  hostNetns: Netns | null,
): string {
  const title = CEILING_TITLES[ceiling.id];
  switch (ceiling.scope.kind) {
    case 'node':
      return title;
    case 'netns':
      return `${title}${inNetns(ceiling.scope.netns, netnsLabels.get(ceiling.scope.netns) ?? null, hostNetns)}`;
    case 'process':
      return `${title} ${safeText(ceiling.scope.process.comm, 16)}(${ceiling.scope.process.pid})`;
    case 'listener':
      return `${title} ${addressOf(ceiling.scope.listener)}`;
  }
}
