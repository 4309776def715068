import type { NetnsEntry, NetworkFix } from '../../../diagnose/index.js';
import type { PortUse } from '../../../records/index.js';
import { formatBytes, formatCount } from '../../numbers.js';
import { routeOf } from '../subjects.js';
import { checkLoss } from './check-loss.js';
import { lastingInNetns } from './container-sysctls.js';
import { cloudFixWords } from './cloud.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { packetCheckWords } from './packet-checks.js';
import { ruleCheckWords } from './rule-checks.js';
import { keptPath, keptSysctls } from './kept-sysctls.js';
import { enterNetns, scriptInNetns, setSaved } from './shell.js';

const HOST = { netns: 0, by: { kind: 'host' }, container: null } as const;
/** What a neighbour's entry takes, with its device's part. */
const NEIGHBOUR_BYTES = 512;
/** Words of rules that can drop, refuse or limit; chains and sets keep their names. */
const RULE_WORDS =
  'table|chain|hook|policy|drop|reject|queue|limit|quota|count|meter|tarpit|synproxy|deny|block|set |map |elements|jump|goto|^[:*]';

/** Other limits of the network. */
export function networkFixWords(fix: NetworkFix): FixDraft {
  switch (fix.id) {
    case 'check-loss':
      return checkLoss(fix);
    case 'find-udp-queue':
    case 'find-unix-queue':
    case 'find-invalid':
    case 'find-reverse-path':
    case 'find-socket-memory':
    case 'find-missing-listener':
      return packetCheckWords(fix);
    case 'find-queue-reader':
    case 'find-ipvs-servers':
    case 'find-limiting-rule':
      return ruleCheckWords(fix);
    case 'find-firewall-rule':
      return {
        ...CHANGES_NOTHING,
        action:
          fix.port === null
            ? 'find the rule that drops'
            : `find the rule that drops connections to port ${fix.port}`,
        command: scriptInNetns(
          fix.entry,
          `{ nft -a list ruleset; iptables-legacy-save -c; ip6tables-legacy-save -c; } 2>/dev/null | grep -iE '${RULE_WORDS}'`,
        ),
        brief: scriptInNetns(fix.entry, 'nft -a list ruleset; iptables-legacy-save -c'),
        effect:
          'It may be a drop, a policy, REJECT, NFQUEUE or a limit. The counter of the rule, if it has one, rises with each refused packet. Without the grep: every rule.',
        caveat:
          'The rule may be there on purpose: ask before you remove it, and never flush the whole ruleset.',
      };
    case 'raise-gc-thresh':
      return raiseGcThresh(fix);
    case 'widen-port-range':
      return widenPortRange(fix);
    case 'reuse-time-wait': {
      const name = 'net.ipv4.tcp_tw_reuse';
      const enter = enterNetns(fix.entry);
      return {
        action: 'let connects reuse ports in TIME_WAIT after a second',
        command: `${enter}sysctl -w ${name}=1`,
        persist: lastingInNetns(fix.entry, 'tw-reuse', [[name, 1]]),
        undo: `${enter}sysctl -w ${name}=${fix.from}${enter === '' ? `; rm -f ${keptPath('tw-reuse')}` : ''}`,
        effect: 'a closed connection no longer blocks its port for a minute',
        caveat: 'It needs TCP timestamps at both ends, and does nothing for connections that stay open.',
      };
    }
    case 'find-port-holders':
      return {
        ...CHANGES_NOTHING,
        action: `find the processes that hold the ports of ${routeOf(fix.ports)}`,
        command: portHolders(fix.ports, fix.entry),
        effect: 'Each line: connections, process. Without users:(…) they are in TIME_WAIT.',
        caveat:
          'A program that binds an address before it connects needs IP_BIND_ADDRESS_NO_PORT to share a port between destinations.',
      };
    case 'more-addresses':
      return {
        ...CHANGES_NOTHING,
        action: `connect ${routeOf(fix.ports)} from more source addresses, to more addresses, or keep connections open and share them`,
        command: null,
        effect: 'each further address at either end brings a whole range of ports',
        caveat: 'The program must choose the source address itself, or a rule of source NAT.',
      };
    case 'find-cloud-drops':
    case 'leave-cloud-tracking':
    case 'spare-cloud-allowance':
      return cloudFixWords(fix);
  }
}

function raiseGcThresh({ family, from, to }: Extract<NetworkFix, { id: 'raise-gc-thresh' }>): FixDraft {
  const topic = `neighbours-${family}`;
  const sysctls = [
    [`net.${family}.neigh.default.gc_thresh2`, Math.floor(to / 2)],
    [`net.${family}.neigh.default.gc_thresh3`, to],
  ] as const;
  const { command, undo } = setSaved(topic, HOST, sysctls);
  return {
    action: `raise the neighbour table to ${formatCount(to)} entries`,
    command,
    persist: keptSysctls(topic, sysctls),
    undo: `${undo}; rm -f ${keptPath(topic)}`,
    effect: `neighbours are learnt again at once; up to ${formatBytes((to - from) * NEIGHBOUR_BYTES)} more kernel memory when full`,
    caveat:
      'A link with so many hosts sends much ARP; a scan of a large network fills any table: see who asks with ip neigh.',
  };
}

const RESERVED = 'net.ipv4.ip_local_reserved_ports';
/** sysctl(8) before procps 4 sets nothing to an empty value, which this one has by default: its file is written. */
const RESERVED_FILE = '/proc/sys/net/ipv4/ip_local_reserved_ports';

/** The ports that are listened on outside of the old range are reserved first, or a connect could take them. */
function widenPortRange(fix: Extract<NetworkFix, { id: 'widen-port-range' }>): FixDraft {
  const { entry, low, high } = fix;
  const range = 'net.ipv4.ip_local_port_range';
  const wide = '1024 65535';
  const listening = `ss -Hltun | awk '{ p = $5; sub(/.*:/, "", p); p += 0; if (p >= 1024 && p < ${low} || p > ${high}) print p }' | sort -nu`;
  const { command, undo } = setSaved('local-ports', entry, [[range, wide]], {
    alsoSaved: [RESERVED],
    set: `echo "$({ sysctl -n ${RESERVED}; ${listening}; } | grep . | paste -sd, -)" > ${RESERVED_FILE} && sysctl -w ${range}='${wide}'`,
    restore: (file) => `grep -q '${RESERVED} = *[0-9]' ${file} || echo > ${RESERVED_FILE}; sysctl -p ${file}`,
  });
  const isHost = entry.by.kind === 'host';
  return {
    action: 'let connects use all ports from 1024 on, less those that are listened on',
    command,
    persist: lastingInNetns(entry, 'local-ports', [[range, wide]], { running: [RESERVED] }),
    undo: `${undo}${isHost ? `; rm -f ${keptPath('local-ports')}` : ''}`,
    effect: `64,512 ports instead of ${formatCount(high - low + 1)} for each source, destination and port, at once; ports that are listened on now are reserved`,
    caveat:
      'A connect may take the port of a service that is not started yet: add it to net.ipv4.ip_local_reserved_ports.',
  };
}

/** `null` where the address, which may come out of a file, is none. */
function portHolders({ destination, port }: PortUse, entry: NetnsEntry): string | null {
  if (!/^[\da-fA-F.:]+$/.test(destination)) return null;
  const to = destination.includes(':') ? `'[${destination}]'` : destination;
  return `${enterNetns(entry)}ss -Htnp state connected dst ${to} dport = :${port} | awk '{ print $NF }' | sort | uniq -c | sort -rn | head`;
}
