import type { NetworkFix } from '../../../diagnose/index.js';
import { formatBytes, formatCount } from '../../numbers.js';
import { checkLoss } from './check-loss.js';
import { lastingInNetns } from './container-sysctls.js';
import { cloudFixWords } from './cloud.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { portFixWords } from './local-ports.js';
import { packetCheckWords } from './packet-checks.js';
import { programCheckWords } from './program-checks.js';
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
    case 'find-tc-filter':
    case 'find-xdp-program':
      return programCheckWords(fix);
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
    case 'stop-tw-recycle': {
      const name = 'net.ipv4.tcp_tw_recycle';
      const enter = enterNetns(fix.entry);
      return {
        action: 'switch tcp_tw_recycle off',
        command: `${enter}sysctl -w ${name}=0`,
        persist: lastingInNetns(fix.entry, 'tw-recycle', [[name, 0]]),
        undo: `${enter}sysctl -w ${name}=1${enter === '' ? `; rm -f ${keptPath('tw-recycle')}` : ''}`,
        effect: 'SYNs of clients behind NAT are accepted again at once',
        caveat:
          'TIME_WAIT sockets stay for a minute again: for connects of this host tcp_tw_reuse=1 is the safe way.',
      };
    }
    case 'widen-port-range':
    case 'reuse-time-wait':
    case 'find-port-holders':
    case 'more-addresses':
    case 'find-range-holders':
    case 'bind-without-port':
      return portFixWords(fix);
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
