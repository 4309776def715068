import type { NetworkFix } from '../../../diagnose/index.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { enterNetns, scriptInNetns } from './shell.js';

/** Looks at what drops packets beside the tables: sockets, routes, rules for invalid packets, services that are gone. */
export function packetCheckWords(
  fix: Extract<
    NetworkFix,
    {
      id:
        | 'find-udp-queue'
        | 'find-unix-queue'
        | 'find-invalid'
        | 'find-reverse-path'
        | 'find-socket-memory'
        | 'find-missing-listener';
    }
  >,
): FixDraft {
  switch (fix.id) {
    case 'find-udp-queue':
      return {
        ...CHANGES_NOTHING,
        action: 'find the UDP socket whose receive buffer is full, and its process',
        command: scriptInNetns(fix.entry, "ss -Hulnpme | grep -E 'd[1-9][0-9]*\\)'"),
        effect:
          'Sockets that dropped datagrams: waiting bytes, address, process; in skmem rb is the buffer, d the drops.',
        caveat:
          'A larger buffer (SO_RCVBUF, at most net.core.rmem_max) only holds bursts: a process that reads too slowly drops later.',
      };
    case 'find-unix-queue':
      return {
        ...CHANGES_NOTHING,
        action: 'find the unix socket whose accept queue is full, and its process',
        command: scriptInNetns(fix.entry, "ss -Hxlnp | awk '$3 > 0' | sort -k3,3nr | head"),
        effect:
          'Recv-Q is what waits, Send-Q the backlog: above it connect(2) fails with EAGAIN (nginx: "Resource temporarily unavailable"), or waits.',
        caveat:
          'The workers of that process are all busy: a longer backlog (its own setting, at most net.core.somaxconn) only lets clients wait longer.',
      };
    case 'find-invalid':
      return {
        ...CHANGES_NOTHING,
        action:
          'find why conntrack calls the packets invalid: routes that differ by direction, or its window',
        command: scriptInNetns(
          fix.entry,
          'ip route; ip rule; sysctl net.netfilter.nf_conntrack_tcp_be_liberal net.netfilter.nf_conntrack_log_invalid; { nft -a list ruleset; iptables-legacy-save -c; } 2>/dev/null | grep -iE "invalid"',
        ),
        brief: `${enterNetns(fix.entry)}conntrack -S`,
        effect: 'It shows the routes, what conntrack tolerates, and the rules that drop invalid packets.',
        caveat:
          'The fix is symmetric routing. nf_conntrack_tcp_be_liberal=1 accepts segments outside the window; without the rule forged packets get further.',
      };
    case 'find-reverse-path':
      return {
        ...CHANGES_NOTHING,
        action: 'find the interface whose rp_filter drops packets, and the route back to their sources',
        command: scriptInNetns(
          fix.entry,
          "sysctl -a 2>/dev/null | grep -E 'conf[.].*[.](rp_filter|log_martians) ='; ip route; ip rule",
        ),
        effect:
          'The larger of `all` and of the interface counts: 1 is strict, 2 accepts a source that any interface leads to.',
        caveat:
          'log_martians=1 names source and interface in the kernel log. rp_filter keeps forged sources out: prefer 2 to 0.',
      };
    case 'find-socket-memory':
      return {
        ...CHANGES_NOTHING,
        action: 'find the control group that is out of memory',
        command:
          "grep -rHE '^(max|oom) [1-9]' /sys/fs/cgroup --include=memory.events 2>/dev/null | sort -t' ' -k2 -rn | head",
        effect:
          'Each line is a control group and how often it met memory.max; grep its memory.stat for sock and kernel.',
        caveat: 'The counts are since the group was made: run it twice, those that grow are meant.',
      };
    case 'find-missing-listener':
      return {
        ...CHANGES_NOTHING,
        action:
          fix.port === null
            ? 'see which service is down: what listens now, and units that failed'
            : `see why nothing listens on port ${fix.port} any more`,
        command: `${enterNetns(fix.entry)}ss -Htlnp${fix.port === null ? '' : ` sport = :${fix.port}`}`,
        effect:
          'It shows what listens now; nothing means that the service is down (systemctl --failed names units that ended with an error).',
        caveat: 'At a deployment a service is gone for a moment by design.',
      };
  }
}
