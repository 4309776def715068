import { profileOf } from '../profiles.js';
import type { ProfileName } from '../profiles.js';
import type { Plan } from '../plan.js';
import { figure } from '../setting.js';
import { headOf } from './head.js';

/** The drop-in of a unit. */
export function dropInFile(unit: string): string {
  return `/etc/systemd/system/${unit}.d/90-ctdiag.conf`;
}

/** The unit that a plan is for: the one named, or that of the profile. */
export function unitOf(profile: ProfileName, unit: string | null): string | null {
  return unit ?? profileOf(profile).unit;
}

/** A drop-in with the limit of open files; it holds from the next start of the service. */
export function systemdForm(plan: Plan, unit: string | null): string {
  const limit = openFilesLimit(plan) ?? '';
  const name = unitOf(plan.target.profile, unit);
  return [
    ...headOf(plan, dropInFile(name ?? 'UNIT.service'), 'systemd'),
    `# systemctl daemon-reload && systemctl restart ${name ?? 'UNIT.service'}`,
    '# fs.nr_open must be no less, or the service does not start: --format sysctl has it.',
    '[Service]',
    `LimitNOFILE=${limit}`,
    '',
  ].join('\n');
}

/** What is needed, or what the server has or an earlier plan gave it, where that is more: it is never lowered. */
function openFilesLimit({ settings, files }: Plan): number | null {
  const limit = settings.find((setting) => setting.name === 'LimitNOFILE');
  if (limit === undefined) return null;
  const known = [limit.needed, limit.current].flatMap((item) => figure(item) ?? []);
  return Math.max(...known, files?.openFiles ?? 0);
}

/** The limit that a drop-in of ours sets, out of its text; `null` when it sets none. */
export function dropInLimit(text: string): number | null {
  return figure(/^LimitNOFILE=(\d+)$/m.exec(text)?.[1]);
}
