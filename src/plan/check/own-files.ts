import type { HostReading, SettingsRecord, SysctlFile } from '../../records/index.js';
import { staysAfterBoot } from './check.js';
import type { Wanted } from './check.js';
import { satisfies } from './satisfies.js';
import { fileValueOf } from '../../limits/sysctl-order.js';
import type { SysctlPlace } from '../../limits/sysctl-order.js';

/** Where the file of a plan belongs: after the distribution's own, which end at 60 or so; 99 is for the administrator. */
export const SYSCTL_FILE = '/etc/sysctl.d/90-ctdiag.conf';

/** What the files of the host set when a plan is made, those of an earlier plan among them. */
export interface OwnFiles {
  readonly settings: SettingsRecord;
  /** LimitNOFILE in the drop-in of an earlier plan; `null` when there is none. */
  readonly openFiles: number | null;
}

/** What the sysctl file of an earlier plan sets a name (with dots) to; `null` where it does not, or to no figures. */
export function ownValue({ sysctlFiles }: SettingsRecord, name: string): string | null {
  const key = name.replaceAll('.', '/');
  const line = sysctlFiles.find(isOwn)?.lines.findLast((line) => line.key === key);
  const value = line?.value?.replace(/\s+/g, ' ') ?? '';
  return /^\d{1,20}(?: \d{1,20}){0,2}$/.test(value) ? value : null;
}

/** Whether the next boot ends with what is wanted though our own file were not there. */
export function staysWithoutOwn(settings: SettingsRecord, host: HostReading, wanted: Wanted): boolean {
  const others = {
    ...settings,
    sysctlFiles: settings.sysctlFiles.filter((sysctlFile) => !isOwn(sysctlFile)),
  };
  const { sysctls: running, kernel, memoryBytes: memTotalBytes } = host;
  return staysAfterBoot({ settings: others, running, kernel: kernel ?? '', memTotalBytes }, wanted);
}

/** A line that is read after our own file at boot, and takes back what the plan sets. */
export interface Overruled extends Wanted {
  readonly by: SysctlPlace;
}

/** Of what a file of our own, by its path in /etc/sysctl.d, is to set, what a boot would end with otherwise. */
export function overruledBy(
  settings: SettingsRecord,
  kept: readonly Wanted[],
  path = SYSCTL_FILE,
): Overruled[] {
  const foreseen = { ...settings, sysctlFiles: withOwn(settings.sysctlFiles, kept, path) };
  return kept.flatMap(({ name, value }) => {
    const { wins } = fileValueOf(foreseen, name);
    const loses = wins !== null && wins.file !== path && satisfies(name, wins.value, value) !== true;
    return loses ? [{ name, value, by: wins }] : [];
  });
}

/** The files with ours among them as it will be, in the place where it will be read. */
function withOwn(files: readonly SysctlFile[], kept: readonly Wanted[], path: string): SysctlFile[] {
  const name = nameOf(path);
  const own: SysctlFile = {
    file: path,
    linkTo: null,
    maskedBy: null,
    readAtBoot: true,
    changedAtMs: null,
    lines: kept.map((wanted, index) => ({
      line: index + 1,
      key: wanted.name.replaceAll('.', '/'),
      value: wanted.value,
    })),
  };
  // One of the same name elsewhere is hidden by ours.
  const others = files.filter(({ file }) => nameOf(file) !== name);
  const after = others.findIndex(
    ({ file }) => file === '/etc/sysctl.conf' || (file !== '/proc/cmdline' && nameOf(file) > name),
  );
  const at = after < 0 ? others.length : after;
  return [...others.slice(0, at), own, ...others.slice(at)];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function isOwn({ file, maskedBy }: SysctlFile): boolean {
  return file === SYSCTL_FILE && maskedBy === null;
}
