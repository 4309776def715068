import type { ConntrackFix } from '../../../diagnose/index.js';
import { formatBytes, formatCount, formatDuration } from '../../numbers.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { KUBE_PROXY_WRITES_BACK, kubeProxyForm } from './kube-proxy.js';
import { tableFillerWords } from './table-filler.js';
import { keptPath, keptSysctls, loadEarly } from './kept-sysctls.js';
import type { Assignment } from './kept-sysctls.js';
import { assignments, enterNetns, scriptInNetns, setSaved } from './shell.js';

const MAX = 'net.netfilter.nf_conntrack_max';
const BUCKETS = 'net.netfilter.nf_conntrack_buckets';
const ESTABLISHED = 'net.netfilter.nf_conntrack_tcp_timeout_established';
/** One hash bucket of conntrack: a list head of 64 bits. */
const BUCKET_BYTES = 8;
const LOADED_LATE =
  'Without the modules-load.d line, sysctl.d runs before nf_conntrack is loaded and the setting is lost at boot.';

/** The conntrack table and NAT. */
export function conntrackFixWords(fix: ConntrackFix): FixDraft {
  switch (fix.id) {
    case 'raise-conntrack-max':
      return raiseConntrackMax(fix);
    case 'raise-conntrack-buckets':
      return {
        action: `give conntrack ${formatCount(fix.to)} hash buckets, one per entry`,
        command: `sysctl -w ${BUCKETS}=${fix.to}`,
        persist: keptConntrack('conntrack-buckets', [[BUCKETS, fix.to]]),
        undo: `sysctl -w ${BUCKETS}=${fix.from}; ${forgetConntrack('conntrack-buckets')}`,
        effect: `each packet walks a chain of one or two entries; ${formatBytes((fix.to - fix.from) * BUCKET_BYTES)} of kernel memory at once`,
        caveat: `All entries are moved while it runs, which takes a moment. ${LOADED_LATE}`,
      };
    case 'find-stale-entries':
      return findStaleEntries(fix);
    case 'find-table-filler':
      return tableFillerWords(fix);
    case 'shorten-established':
      return shortenEstablished(fix);
    case 'find-nat-ports':
      return {
        ...CHANGES_NOTHING,
        action: 'find which destination uses up the ports of which NAT address, and by which protocol',
        command: `${enterNetns(fix.entry)}conntrack -L --src-nat 2>/dev/null | awk '{ k = $1; n = 0; for (i = 1; i <= NF; i++) if ($i ~ /^(src|dst|sport)=/ && ++n > 3) k = k " " $i; c[k]++ } END { for (k in c) print c[k], k }' | sort -rn | head`,
        brief: `${enterNetns(fix.entry)}conntrack -S`,
        effect:
          'Each line: entries, protocol, destination (src=), NAT address (dst=), destination port (sport=). 64,512 is the most for each line.',
        caveat: 'It needs the conntrack package and reads the whole table once.',
      };
    case 'widen-nat':
      return {
        ...CHANGES_NOTHING,
        action: 'give the NAT rule more addresses or all ports: snat to FIRST-LAST, without :PORT-PORT',
        command: null,
        effect: 'each further NAT address holds 64,512 more connections to the same destination and port',
        caveat: 'Above 90 % of a range the search already fails now and then: it tries 248 ports at random.',
      };
    case 'shorten-nat-timeouts':
      return shortenNatTimeouts(fix);
    case 'find-expectations':
      return {
        ...CHANGES_NOTHING,
        action: 'find who announces so many connections, and by which helper',
        command: scriptInNetns(
          fix.entry,
          "grep -oE 'src=[^ ]+ |[a-z0-9.]+$' /proc/net/nf_conntrack_expect | paste -d' ' - - | sort | uniq -c | sort -rn | head",
        ),
        brief: `${enterNetns(fix.entry)}conntrack -L expect`,
        effect: 'Each line: expected connections, source, helper.',
        caveat: 'An expectation that no connection meets ends by itself: after five minutes with FTP.',
      };
    case 'find-clashes':
      return {
        ...CHANGES_NOTHING,
        action:
          'find who sends two packets of one new flow at the same time (often DNS: A and AAAA from one socket)',
        command: `${enterNetns(fix.entry)}conntrack -S`,
        effect:
          'insert_failed and clash_resolve rise with each clash. The sender retries after its timeout; `options single-request-reopen` in resolv.conf keeps the two apart.',
        caveat:
          'That option is for glibc only; a resolver on the host itself avoids NAT and the race with it.',
      };
  }
}

function raiseConntrackMax(fix: Extract<ConntrackFix, { id: 'raise-conntrack-max' }>): FixDraft {
  const { from, to, buckets, entryBytes, extensionBytes, kubeProxy } = fix;
  // The buckets come first, so that the table never fills beyond what its chains can hold.
  const set = (limit: number, size: number | undefined): readonly Assignment[] => [
    ...(size === undefined ? [] : [[BUCKETS, size] as const]),
    [MAX, limit],
  ];
  const sysctls = set(to, buckets?.to);
  const undo = `sysctl -w ${assignments(set(from, buckets?.from))}`;
  const size = `${entryBytes} bytes an entry, ${fix.entryBytesMeasured ? 'from /proc/slabinfo' : 'the usual size'}${extensionBytes === 0 ? '' : `, ${extensionBytes} of extensions`}${buckets === null ? '' : `, ${BUCKET_BYTES} a bucket`}`;
  const extensions =
    extensionBytes === 0
      ? 'Entries with NAT or accounting, or while a program listens for conntrack events, take at least 128 bytes more each.'
      : 'NAT and accounting may take more.';
  return {
    action: `raise nf_conntrack_max to ${formatCount(to)}${buckets === null ? '' : `, with ${formatCount(buckets.to)} buckets`}`,
    command: `sysctl -w ${assignments(sysctls)}`,
    // The limit alone helps at once; longer chains cost time until the buckets follow.
    ...(buckets === null ? {} : { brief: `sysctl -w ${MAX}=${to}` }),
    persist: kubeProxy === null ? keptConntrack('conntrack', sysctls) : kubeProxyForm(kubeProxy, { max: to }),
    undo: kubeProxy === null ? `${undo}; ${forgetConntrack('conntrack')}` : undo,
    effect: `New flows are accepted at once; up to ${formatBytes(fix.bytes)} more kernel memory when full (${size}).`,
    caveat: `Run as root on the host; the limit applies to every network namespace. ${kubeProxy === null ? LOADED_LATE : `${KUBE_PROXY_WRITES_BACK}.`} ${extensions}`,
  };
}

/** A table fills with entries of nobody's connection where clients vanish, and stay for the timeout. */
function findStaleEntries(fix: Extract<ConntrackFix, { id: 'find-stale-entries' }>): FixDraft {
  const { entry, entries, established, timeoutSec } = fix;
  const others = entries === null || established === null ? null : Math.max(0, entries - established);
  const own = entry.by.kind === 'host' ? 'host' : 'namespace';
  const share =
    others === null || entries === null
      ? ''
      : others < entries / 10
        ? `This ${own} has ${formatCount(established)} established connections itself, which explain most of the ${formatCount(entries)} entries: few are stale. `
        : `At least ${formatCount(others)} of ${formatCount(entries)} entries are of no established connection of this ${own} itself (${formatCount(established)} of those): they are of forwarded connections, of closed ones, or stale. `;
  const stays =
    timeoutSec === null
      ? 'nf_conntrack_tcp_timeout_established, five days by default'
      : `${formatDuration(timeoutSec)} (nf_conntrack_tcp_timeout_established)`;
  const enter = enterNetns(entry);
  return {
    ...CHANGES_NOTHING,
    action: 'see whether stale entries fill the table: established connections idle for an hour or more',
    command: `${enter}conntrack -L -p tcp --state ESTABLISHED 2>/dev/null | awk -v t="$(${enter}sysctl -n ${ESTABLISHED})" '$3 < t - 3600 { n[$5 " " $6 " " $8]++ } END { for (k in n) print n[k], k }' | sort -rn | head`,
    brief: `${enter}conntrack -L -p tcp --state ESTABLISHED`,
    effect: `${share}An established entry without traffic stays for ${stays}. Each line: idle entries, source, destination, port.`,
    caveat: 'It needs the conntrack package and reads the whole table once.',
  };
}

function shortenEstablished(fix: Extract<ConntrackFix, { id: 'shorten-established' }>): FixDraft {
  const { entry, toSec, kubeProxy } = fix;
  const isHost = entry.by.kind === 'host';
  const sysctls = [[ESTABLISHED, toSec]] as const;
  const { command, undo } = setSaved('conntrack-established', entry, sysctls);
  const persistent = isHost && kubeProxy === null;
  return {
    action: `if stale entries fill the table, drop idle established entries after ${formatDuration(toSec)}`,
    command,
    persist: !isHost
      ? null
      : kubeProxy === null
        ? keptConntrack('conntrack-established', sysctls)
        : kubeProxyForm(kubeProxy, { establishedSec: toSec }),
    undo: persistent ? `${undo}; ${forgetConntrack('conntrack-established')}` : undo,
    effect:
      'applies to entries at their next packet; entries that are idle now keep their old time (conntrack -D deletes them)',
    caveat:
      'A connection that is idle for longer breaks behind NAT or a stateful firewall: its next packet is INVALID or gets another mapping. Clients need keepalives more often than that (tcp_keepalive_time, MQTT keep alive).',
  };
}

const TIMEOUTS: Readonly<Record<'tcp' | 'udp', readonly Assignment[]>> = {
  tcp: [['net.netfilter.nf_conntrack_tcp_timeout_time_wait', 30]],
  udp: [
    ['net.netfilter.nf_conntrack_udp_timeout', 10],
    ['net.netfilter.nf_conntrack_udp_timeout_stream', 30],
  ],
};
const TCP_MIND = 'A late packet of a closed connection may be taken for a new flow.';
const UDP_MIND = 'UDP flows that are silent for longer lose their NAT mapping (QUIC, VPNs, SIP).';

function shortenNatTimeouts(fix: Extract<ConntrackFix, { id: 'shorten-nat-timeouts' }>): FixDraft {
  const { entry, protocol } = fix;
  const sysctls = protocol === null ? [...TIMEOUTS.tcp, ...TIMEOUTS.udp] : TIMEOUTS[protocol];
  const topic = `conntrack-${protocol ?? 'nat'}-timeouts`;
  const { command, undo } = setSaved(topic, entry, sysctls);
  const isHost = entry.by.kind === 'host';
  const what = {
    tcp: 'closed TCP connections give their NAT port back after 30 s',
    udp: 'silent UDP flows give their NAT port back after 10 s (30 s where both sides sent)',
    both: 'closed TCP connections (30 s) and silent UDP flows (10 s, 30 s) give their NAT port back sooner',
  }[protocol ?? 'both'];
  return {
    action: `let ${what}`,
    command,
    persist: isHost ? keptConntrack(topic, sysctls) : null,
    undo: isHost ? `${undo}; ${forgetConntrack(topic)}` : undo,
    effect:
      'ports are free sooner, of flows that end or fall silent from now on; open connections keep theirs',
    caveat: protocol === 'tcp' ? TCP_MIND : protocol === 'udp' ? UDP_MIND : `${TCP_MIND} ${UDP_MIND}`,
  };
}

function keptConntrack(topic: string, sysctls: readonly Assignment[]): ReturnType<typeof keptSysctls> {
  return keptSysctls(topic, sysctls, { beside: [loadEarly(topic).command] });
}

function forgetConntrack(topic: string): string {
  return `rm -f ${keptPath(topic)} ${loadEarly(topic).path}`;
}
