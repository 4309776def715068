import { isOfConntrack, persistentSysctls } from '../changes.js';
import { SYSCTL_FILE } from '../check/own-files.js';
import type { Plan } from '../plan.js';
import { headOf } from './head.js';

/** A sysctl.d file: `sysctl -p FILE` now, and systemd-sysctl at boot. */
export function sysctlForm(plan: Plan): string {
  const rows = persistentSysctls(plan);
  const conntrack = rows.filter(({ name }) => isOfConntrack(name));
  const rest = rows.filter(({ name }) => !isOfConntrack(name));
  // A minus before the name: that it is not there, because its module is not, is no failure.
  const mark = plan.host.conntrack.module === 'absent' ? '-' : '';
  return [
    ...headOf(plan, SYSCTL_FILE, 'sysctl'),
    ...rest.map(({ name, to }) => `${name} = ${to}`),
    ...(conntrack.length === 0
      ? []
      : [
          '',
          '# Lost at boot when nf_conntrack is loaded after this file has been read, which is usual: the rule of',
          '# `--format udev` has it read again then. Buckets before the maximum: its entries hang in them.',
          ...conntrack.map(({ name, to }) => `${mark}${name} = ${to}`),
        ]),
    '',
  ].join('\n');
}
