import type { Plan } from '../plan.js';
import { SYSCTL_FILE } from '../check/own-files.js';
import { headOf } from './head.js';

/** Where the rule belongs. */
export const UDEV_FILE = '/etc/udev/rules.d/90-ctdiag-conntrack.rules';

/** systemd's own reader of sysctl.d; /lib leads there where it is merged with /usr, and holds it where it is not. */
const READER = '/lib/systemd/systemd-sysctl';

/** A rule that has conntrack's settings read again when its module is loaded, however late that is. */
export function udevForm(plan: Plan): string {
  return [
    ...headOf(plan, UDEV_FILE, 'udev'),
    `# Reads the conntrack settings of ${SYSCTL_FILE} (--format sysctl) once there is something to set.`,
    `ACTION=="add", SUBSYSTEM=="module", KERNEL=="nf_conntrack", RUN+="${READER} --prefix=/net/netfilter"`,
    '',
  ].join('\n');
}
