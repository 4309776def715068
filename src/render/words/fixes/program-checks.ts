import type { NetworkFix } from '../../../diagnose/index.js';
import { safeText } from '../../safe-text.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { enterNetns, scriptInNetns } from './shell.js';

/** Looks at programs that drop packets before netfilter sees them. */
export function programCheckWords(
  fix: Extract<NetworkFix, { id: 'find-tc-filter' | 'find-xdp-program' }>,
): FixDraft {
  const known = fix.program === null ? '' : ` (there is ${safeText(fix.program, 80)})`;
  switch (fix.id) {
    case 'find-tc-filter':
      return {
        ...CHANGES_NOTHING,
        action: `find the filter of tc that drops, and what installed it${known}`,
        command: scriptInNetns(
          fix.entry,
          'tc -s qdisc show | grep -A1 -E \'^qdisc (clsact|ingress) \'; tc qdisc show | awk \'/^qdisc (clsact|ingress) / { print $5 }\' | while read -r dev; do tc -s filter show dev "$dev" ingress; tc -s filter show dev "$dev" egress; done; bpftool net show',
        ),
        brief: `${enterNetns(fix.entry)}tc -s qdisc show`,
        effect:
          'Under each clsact or ingress qdisc stands what its filters dropped; then the filters themselves, and with bpftool the programs by name.',
        caveat:
          'Policies of Cilium, Calico or a cloud agent drop on purpose: ask these what they deny (cilium monitor --type drop) before you delete a filter.',
      };
    case 'find-xdp-program':
      return {
        ...CHANGES_NOTHING,
        action: `find the XDP program that drops, and what attached it${known}`,
        command:
          'ip -details link show | grep -B 3 prog/xdp; bpftool net show; for dev in /sys/class/net/*; do ethtool -S "${dev##*/}" 2>/dev/null | grep -i \'xdp.*drop\' | grep -v \': 0$\' | sed "s/^/${dev##*/}:/"; done',
        brief: 'bpftool net show',
        effect:
          'Interfaces with XDP, their programs by name, and what they have dropped where the driver counts it.',
        caveat: 'Such a program protects from floods or balances load: see its own counters and lists first.',
      };
  }
}
