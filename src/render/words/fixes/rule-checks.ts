import type { NetworkFix } from '../../../diagnose/index.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { enterNetns, scriptInNetns } from './shell.js';

/** Looks at what netfilter hands on, balances or limits. */
export function ruleCheckWords(
  fix: Extract<NetworkFix, { id: 'find-queue-reader' | 'find-ipvs-servers' | 'find-limiting-rule' }>,
): FixDraft {
  switch (fix.id) {
    case 'find-queue-reader':
      return {
        ...CHANGES_NOTHING,
        action: fix.unread
          ? 'find the rules that hand packets to NFQUEUE, and start the program that should read them'
          : 'find the program that reads its queue too slowly',
        command: scriptInNetns(
          fix.entry,
          "cat /proc/net/netfilter/nfnetlink_queue; { nft -a list ruleset; iptables-save -c; } 2>/dev/null | grep -iE 'queue'",
        ),
        effect:
          'Columns: queue, port id of its reader (often its pid), waiting, copy mode, bytes, dropped at the full queue, dropped at its full socket.',
        caveat: fix.unread
          ? 'With `bypass` (iptables: --queue-bypass) packets pass unchecked while no program reads.'
          : 'A longer queue only holds bursts; more queues (fanout, one per CPU) spread the work. Fail-open lets what does not fit pass unchecked.',
      };
    case 'find-ipvs-servers':
      return {
        ...CHANGES_NOTHING,
        action: fix.overloaded
          ? 'see which IPVS servers are at their upper threshold'
          : 'see which IPVS services have no server, and why what adds them (keepalived, kube-proxy) does not',
        command: scriptInNetns(
          fix.entry,
          'cat /proc/net/ip_vs; ipvsadm -Ln --thresholds; sysctl -a 2>/dev/null | grep -E "net[.]ipv4[.]vs[.](conn_reuse_mode|expire_nodest_conn|expire_quiescent_template)"',
        ),
        brief: `${enterNetns(fix.entry)}cat /proc/net/ip_vs`,
        effect: 'Under each service its servers: forward, weight, active and inactive connections.',
        caveat: fix.overloaded
          ? 'ipvsadm -e … -x 0 takes the threshold away: the server then gets more than it was set to hold.'
          : 'A server that fails its health check is removed on purpose. Before Linux 5.9, conn_reuse_mode=1 also drops SYNs of reused ports.',
      };
    case 'find-limiting-rule':
      return {
        ...CHANGES_NOTHING,
        action: 'find the rule that limits, with its counter',
        command: scriptInNetns(
          fix.entry,
          "{ nft -a list ruleset; iptables-save -c; ip6tables-save -c; } 2>/dev/null | grep -E 'ct count|limit rate|quota|connlimit|hashlimit|-m (limit|recent)'",
        ),
        effect: 'The counter of the rule that refuses rises with each packet.',
        caveat:
          'The limit may be there on purpose, against floods. Behind NAT or a proxy all clients share one address: a limit per address then counts all of them as one.',
      };
  }
}
