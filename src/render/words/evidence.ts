import type { ConfidenceReason, Evidence, Finding } from '../../diagnose/index.js';
import type { Netns } from '../../records/index.js';
import { FIELDS } from '../fields.js';
import { formatCount, formatLimit, formatRate } from '../numbers.js';
import { subjectWords } from './subjects.js';

/** One piece of evidence in a line: figure, limit, the kernel's own name. */
export function evidenceWords(evidence: Evidence, hostNetns: Netns | null): string {
  const field = FIELDS[evidence.metric];
  const what = `${field.title}${subjectWords(evidence.subject, hostNetns)}`;
  const origin = `(${evidence.source === 'bpftrace' ? 'probe' : 'kernel'}: ${field.origin})`;
  // A port is a name, not a number.
  if (field.unit === 'port') return `${what}: ${evidence.value ?? '?'} ${origin}`;
  const value = evidence.measure === 'rate' ? `${formatRate(evidence.value)}/s` : formatCount(evidence.value);
  const limit = evidence.limit === null ? '' : ` of ${formatLimit(evidence.limit)}`;
  const unit = field.unit === '' ? '' : ` ${field.unit}`;
  const grown = evidence.measure === 'growth' ? ' in this window' : '';
  return `${what}: ${value}${limit}${unit}${grown} ${origin}`;
}

/** What is counted, without whom it is of. */
export function evidenceTitle({ metric }: Evidence): string {
  return FIELDS[metric].title;
}

const REASONS: Readonly<Record<ConfidenceReason, string>> = {
  'probe-and-counter-agree': "the probe and the kernel's counter agree",
  'probe-alone': 'seen by the probe; the counter could not be read',
  'probe-and-counter-apart':
    "the probe and the kernel's counter were read seconds apart, and the window is too short to compare them",
  'probe-and-counter-differ': "the probe and the kernel's counter differ",
  'counter-and-level': 'the counter rose while the level was at its limit; no probe confirms it',
  'file-and-default': 'the kernel default is in force although a file sets another value',
  'file-untried': 'the host has not booted since the file was changed',
  'files-alone': 'from the files and the running value only',
  'listener-named': 'the listener is known',
  'host-counter-only': 'the counter shows that it happened, not at which listener',
  'level-alone': 'from the level and its growth only',
  'level-and-queue': 'the level is at its limit and connections are waiting to be accepted',
  'listen-drops-without-cookies':
    'tcp_syncookies is 0, and ListenDrops rose by more than the accept queues explain: SYNs beyond three quarters of tcp_max_syn_backlog are counted nowhere else',
  'counter-alone': "from the kernel's counter only; nothing else confirms or contradicts it",
  'ports-and-eaddrnotavail':
    'no port was free for connect(2) (EADDRNOTAVAIL) or bind(2) (EADDRINUSE), and sockets hold all the ports',
  'no-look-at-ports':
    'connect(2) failed with EADDRNOTAVAIL; the sockets were not counted, and connecting from an address that does not exist fails the same way',
  'ports-bound-first':
    'connect(2) failed with EADDRNOTAVAIL though no destination holds the whole range: ports taken by bind(2) before connect(2), net.ipv4.ip_local_reserved_ports or a range of the socket (IP_LOCAL_PORT_RANGE) are not available to connect',
  'ports-left':
    'connect(2) failed with EADDRNOTAVAIL while most local ports are free: a source address that does not exist, a range of the socket (IP_LOCAL_PORT_RANGE), or reserved ports',
  'bind-found-no-port':
    'bind(2) of port 0 failed with EADDRINUSE: the kernel found no free port in the whole range',
  'bind-holders-unseen':
    'bind(2) of port 0 failed with EADDRINUSE, but few of the ports are seen in use: sockets that are bound and not connected, and a smaller range of the socket (IP_LOCAL_PORT_RANGE), cannot be read from outside the program',
  'counter-and-nat':
    'insert_failed and drop rose together while rules rewrite sources; without the probe, clashes of flows look the same',
  'counter-nat-unknown':
    'insert_failed and drop rose together, far too often for races; whether rules rewrite sources cannot be read here',
  'source-rewritten': 'the flows that failed to insert had their source rewritten by NAT',
  'chains-short-now': 'from the two limits; the table is too empty at the moment to have long chains',
  'syns-to-listener': "the SYNs were for a listening port, and conntrack's own drops are subtracted",
  'syns-to-one-port': 'all sampled SYNs were for one port, and nothing listens on it here',
  'syns-dropped-for-listener': 'the dropped SYNs were for a listening port',
  'syns-resent-meanwhile': 'SYNs were resent on this host while about as many packets were dropped',
  'nothing-accepted-meanwhile':
    'packets of any kind are counted; no connection came to the listeners meanwhile',
  'own-syns-dropped': 'the SYNs were sent by this host',
  'no-syns': 'the packets were not SYNs, so new connections may not be affected',
  'errno-seen': 'the probe on accept(2) saw it fail with this errno',
  'errno-in-namespace':
    'the probe saw accept(2) fail with this errno in its namespace; the process was near its limit each time it was counted, not at it',
  'errno-without-level':
    'accept(2) failed with ENFILE; the file handles in use could not be read, and lack of memory for a socket gives the same errno',
  'errno-far-from-level':
    'accept(2) failed with ENFILE while file handles were far from fs.file-max, so no socket could be allocated',
  'memory-ruled-out':
    'the kernel resets sockets like this for too many orphans or for lack of TCP memory, and there was enough memory',
  'inferred-from-closes':
    'inferred from connections that this host closes without sending anything; the kernel does not say why',
  'holds-and-takes-no-more':
    'the established count stays flat while the queue is full: the server has reached its own limit (maxconn, connection_max) and leaves new clients in the queue, or it hangs',
  'unread-at-two-looks':
    'the same connections had unread data at two looks five seconds apart, and none of it was read; a server that holds back on purpose (flow control) looks the same',
  'listener-gone': 'a listener seen earlier in the window is gone, and resets have been sent since',
  'any-packets': 'packets of any kind are counted, spoofed ones too',
  'queued-or-dropped': 'packets that were only queued for a moment count as well',
  'rule-counts-the-drops': 'a rule that limits counted packets while about as many SYNs were dropped',
  'rule-without-reader': 'a rule without bypass hands packets to a queue that no program has bound',
  'service-without-server':
    'the dropped SYNs were for the port of an IPVS service without a server that takes new connections',
  'servers-overloaded':
    'the dropped SYNs were for the port of an IPVS service whose servers are all at their upper threshold',
  'several-services-at-port':
    'several IPVS services have that port, and which of them was asked for is not known',
  'unreachable-and-empty-service':
    'this host answers with ICMP destination unreachable and has an IPVS service without a server; closed UDP ports are answered in the same way',
  'invalid-and-dropped':
    'netfilter drops about as many packets as conntrack calls invalid; late segments of closed connections count as well',
  'at-known-limit':
    'as many connections stand as this server allows by default (redis maxclients, nginx worker_connections, max_connections of MySQL and PostgreSQL, sshd MaxStartups)',
  'records-lost': 'bpftrace lost events',
  'gap-in-window': 'there is a gap in the window',
  'no-rule-explains': 'no cause that ctdiag knows accounts for it',
  'unwatched-in-use': 'this host also uses what ctdiag does not watch, which could explain it as well',
};

/** How sure, in a word and why: `certain (100 %): the probe and the kernel's counter agree`. */
export function confidenceWords(finding: Finding): string {
  const percent = Math.round(finding.confidence * 100);
  const word =
    percent >= 99 ? 'certain' : percent >= 90 ? 'almost certain' : percent >= 70 ? 'likely' : 'possible';
  return `${word} (${percent} %): ${finding.confidenceReasons.map((reason) => REASONS[reason]).join('; ')}`;
}
