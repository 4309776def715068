import { profileOf } from '../profiles.js';
import type { ProfileName } from '../profiles.js';
import type { Plan } from '../plan.js';
import { parseFigure } from '../setting.js';
import { EMQX_ENVIRONMENT_FILE } from './emqx.js';
import { headOf } from './head.js';
import { isUnboundedNofile } from '../../records/index.js';

/** The hard limit that systemd gives where a unit says nothing. */
const SYSTEMD_HARD = 524_288;

/** The drop-in of a unit. */
export function dropInFile(unit: string): string {
  return `/etc/systemd/system/${unit}.d/90-ctdiag.conf`;
}

/** The unit of the server: as given, or the profile's. */
export function unitOf(profile: ProfileName, unit: string | null): string | null {
  return unit ?? profileOf(profile).unit;
}

/** A drop-in with LimitNOFILE; it takes effect at the next start of the service. */
export function systemdForm(plan: Plan, unit: string | null): string {
  const limit = openFilesLimit(plan);
  const name = unitOf(plan.target.profile, unit);
  return [
    ...headOf(plan, dropInFile(name ?? 'UNIT.service'), 'systemd'),
    `# systemctl daemon-reload && systemctl restart ${name ?? 'UNIT.service'}`,
    '# fs.nr_open must be at least as high, or the service does not start: see --format sysctl.',
    '[Service]',
    `LimitNOFILE=${limit}:${Math.max(limit, hardLimitNow(plan))}`,
    // A minus: that the file is not there is no failure.
    ...(plan.target.profile === 'emqx' ? [`EnvironmentFile=-${EMQX_ENVIRONMENT_FILE}`] : []),
    '',
  ].join('\n');
}

/** The highest of: needed, current, set by an earlier plan. It is never lowered, but for a limit without a bound. */
function openFilesLimit({ settings, files }: Plan): number {
  const limit = settings.find((setting) => setting.name === 'LimitNOFILE');
  const known = [limit?.needed, limit?.current]
    .flatMap((item) => parseFigure(item) ?? [])
    .filter((figure) => !isUnboundedNofile(figure));
  return Math.max(...known, files?.openFiles ?? 0);
}

/** A hard limit that was lowered cannot be raised again by the server: the highest of what is there stays. */
function hardLimitNow({ host }: Plan): number {
  const known = host.servers.flatMap(({ fdHardLimit }) => fdHardLimit ?? []);
  return Math.max(SYSTEMD_HARD, ...known.filter((figure) => !isUnboundedNofile(figure)));
}

/** LimitNOFILE in the text of our drop-in; `null` if it sets none. */
export function dropInLimit(text: string): number | null {
  return parseFigure(/^LimitNOFILE=(\d+)(?::\d+)?$/m.exec(text)?.[1]);
}
