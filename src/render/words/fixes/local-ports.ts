import type { NetnsEntry, NetworkFix } from '../../../diagnose/index.js';
import type { PortUse } from '../../../records/index.js';
import { formatCount } from '../../numbers.js';
import { routeOf } from '../subjects.js';
import { lastingInNetns } from './container-sysctls.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { keptPath } from './kept-sysctls.js';
import { enterNetns, setSaved } from './shell.js';

type PortFix = Extract<
  NetworkFix,
  {
    id:
      | 'widen-port-range'
      | 'reuse-time-wait'
      | 'find-port-holders'
      | 'more-addresses'
      | 'find-range-holders'
      | 'bind-without-port';
  }
>;

/** Local ports of connections that this host opens. */
export function portFixWords(fix: PortFix): FixDraft {
  switch (fix.id) {
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
    case 'find-range-holders':
      return {
        ...CHANGES_NOTHING,
        action: `find the processes whose sockets hold local ports ${fix.low} to ${fix.high}`,
        command: `${enterNetns(fix.entry)}ss -Hatunp '( sport >= :${fix.low} and sport <= :${fix.high} )' | awk '{ print $NF }' | sed 's/,fd=[0-9]*//g' | sort | uniq -c | sort -rn | head`,
        effect: 'Each line: sockets, process. Without users:(…) they are in TIME_WAIT.',
        caveat:
          'Sockets that are bound and neither connected nor listening are not listed; `ss --bound-inactive` lists them from Linux 6.8 and iproute2 6.9 on. A range that the program has set for its own socket (IP_LOCAL_PORT_RANGE) is listed nowhere.',
      };
    case 'bind-without-port':
      return {
        ...CHANGES_NOTHING,
        action: 'let the program set IP_BIND_ADDRESS_NO_PORT before it binds its source address',
        command: null,
        effect:
          'connect(2) then chooses the port, and connections to other destinations share it; with bind(2) alone each takes a port for all destinations',
        caveat:
          'It is a setting of the program, as a rule only in its source. A program that needs a port without connecting needs a wider range instead.',
      };
  }
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
