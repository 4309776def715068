import { isConntrackSysctl, persistentSysctls } from '../changes.js';
import { SYSCTL_FILE } from '../check/own-files.js';
import type { Plan } from '../plan.js';
import { headOf } from './head.js';

/** A sysctl.d file: `sysctl -p FILE` now, and systemd-sysctl at boot. */
export function sysctlForm(plan: Plan): string {
  const rows = persistentSysctls(plan);
  const conntrack = rows.filter(({ name }) => isConntrackSysctl(name));
  const rest = rows.filter(({ name }) => !isConntrackSysctl(name));
  // A leading minus: a sysctl that does not exist (module not loaded) is not an error.
  const mark = plan.host.conntrack.module === 'absent' ? '-' : '';
  return [
    ...headOf(plan, SYSCTL_FILE, 'sysctl'),
    ...rest.map(({ name, to }) => `${name} = ${to}`),
    ...(conntrack.length === 0
      ? []
      : [
          '',
          '# Usually nf_conntrack is loaded after this file was read, and these are lost at boot: the udev rule of',
          '# `--format udev` applies them again. Buckets come before the maximum.',
          ...conntrack.map(({ name, to }) => `${mark}${name} = ${to}`),
        ]),
    '',
  ].join('\n');
}
