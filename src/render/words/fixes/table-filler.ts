import type { ConntrackFix } from '../../../diagnose/index.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { enterNetns } from './shell.js';

/** Entries counted by protocol, destination and port of their first direction. */
const BY_TARGET =
  '{ k = $1; n = 0; for (i = 1; i <= NF; i++) if ($i ~ /^(dst|dport)=/ && ++n < 3) k = k " " $i; c[k]++ } END { for (k in c) print c[k], k }';
const READS_ALL = 'It needs the conntrack package and reads the whole table once.';

/** Looks at whose the entries are that need not be there. */
export function tableFillerWords(fix: Extract<ConntrackFix, { id: 'find-table-filler' }>): FixDraft {
  const enter = enterNetns(fix.entry);
  switch (fix.what) {
    case 'unreplied':
      return {
        ...CHANGES_NOTHING,
        action: 'find which target never answers: each packet to it keeps its entry alive',
        command: `${enter}conntrack -L 2>/dev/null | grep -F '[UNREPLIED]' | awk '${BY_TARGET}' | sort -rn | head`,
        effect: 'Each line: entries without an answer, protocol, destination, port.',
        caveat: `Behind NAT an entry keeps the target that it was made with, though that is gone: conntrack -D -d ADDRESS deletes such entries, and the next packet gets a new target. ${READS_ALL}`,
      };
    case 'zone':
      return {
        ...CHANGES_NOTHING,
        action: `find what fills conntrack zone ${fix.zone}`,
        command: `${enter}conntrack -L -w ${fix.zone} 2>/dev/null | awk '${BY_TARGET}' | sort -rn | head`,
        effect: `Each line: entries of zone ${fix.zone}, protocol, destination, port.`,
        caveat: `All zones share one limit. Open vSwitch can limit a zone: ovs-dpctl ct-set-limits zone=${fix.zone},limit=N. ${READS_ALL}`,
      };
    case 'unlisted':
      return {
        ...CHANGES_NOTHING,
        action: 'see why entries are not freed: the kernel counts them, and no list has them',
        command: `${enter}conntrack -C; ${enter}conntrack -L 2>/dev/null | wc -l; ${enter}conntrack -L dying 2>/dev/null | wc -l; cat /proc/net/netfilter/nfnetlink_queue 2>/dev/null`,
        brief: `${enter}conntrack -C`,
        effect: 'Entries counted, listed, and dying; then the queues whose waiting packets hold entries.',
        caveat: `Dying entries wait for a program that wants reliable events and does not read them (conntrackd); others are held by packets that wait at NFQUEUE or in a driver. ${READS_ALL}`,
      };
  }
}
