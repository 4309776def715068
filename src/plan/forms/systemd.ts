import { profileOf } from '../profiles.js';
import type { Plan } from '../plan.js';
import { headOf } from './head.js';

/** The drop-in of a unit. */
export function dropInFile(unit: string): string {
  return `/etc/systemd/system/${unit}.d/90-ctdiag.conf`;
}

/** The unit that a plan is for: the one named, or that of the profile. */
export function unitOf(plan: Plan, unit: string | null): string | null {
  return unit ?? profileOf(plan.target.profile).unit;
}

/** A drop-in with the limit of open files; it holds from the next start of the service. */
export function systemdForm(plan: Plan, unit: string | null): string {
  const limit = plan.settings.find((one) => one.name === 'LimitNOFILE')?.needed ?? '';
  const name = unitOf(plan, unit);
  return [
    ...headOf(plan, dropInFile(name ?? 'UNIT.service'), 'systemd'),
    `# systemctl daemon-reload && systemctl restart ${name ?? 'UNIT.service'}`,
    '# fs.nr_open must be no less, or the service does not start: --format sysctl has it.',
    '[Service]',
    `LimitNOFILE=${limit}`,
    '',
  ].join('\n');
}
