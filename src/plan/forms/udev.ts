import type { Plan } from '../plan.js';
import { SYSCTL_FILE } from '../check/own-files.js';
import { headOf } from './head.js';

/** Path of the rule. */
export const UDEV_FILE = '/etc/udev/rules.d/90-ctdiag-conntrack.rules';

/** systemd's reader of sysctl.d; the path is valid with and without merged /usr. */
const READER = '/lib/systemd/systemd-sysctl';

/** The only rule that a plan writes. */
export const UDEV_RULE = `ACTION=="add", SUBSYSTEM=="module", KERNEL=="nf_conntrack", RUN+="${READER} --prefix=/net/netfilter"`;

/** A rule that applies conntrack's sysctls again whenever its module is loaded. */
export function udevForm(plan: Plan): string {
  return [
    ...headOf(plan, UDEV_FILE, 'udev'),
    `# Applies the conntrack settings of ${SYSCTL_FILE} (--format sysctl) when the module is loaded.`,
    UDEV_RULE,
    '',
  ].join('\n');
}
