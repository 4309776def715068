import type { HostReading, SettingsRecord, SysctlFile } from '../../records/index.js';
import { holdsAfterBoot } from './check.js';
import type { Wanted } from './check.js';
import { satisfies } from './satisfies.js';
import { fileValueOf } from '../../limits/sysctl-order.js';
import type { SysctlPlace } from '../../limits/sysctl-order.js';

/** The sysctl file of a plan: read after the distribution's files (up to 60 or so) and before the administrator's (99). */
export const SYSCTL_FILE = '/etc/sysctl.d/90-ctdiag.conf';

/** What the files of the host set when a plan is made, including those of an earlier plan. */
export interface OwnFiles {
  readonly settings: SettingsRecord;
  /** LimitNOFILE in the drop-in of an earlier plan; `null` when there is none. */
  readonly openFiles: number | null;
}

/** The value of a sysctl (name with dots) in the file of an earlier plan; `null` if it has none, or not numbers. */
export function ownValue({ sysctlFiles }: SettingsRecord, name: string): string | null {
  const key = name.replaceAll('.', '/');
  const line = sysctlFiles.find(isOwnFile)?.lines.findLast((line) => line.key === key);
  const value = line?.value?.replace(/\s+/g, ' ') ?? '';
  return /^\d{1,20}(?: \d{1,20}){0,2}$/.test(value) ? value : null;
}

/** Whether the value after the next boot would be enough without our own file. */
export function holdsWithoutOwnFile(settings: SettingsRecord, host: HostReading, wanted: Wanted): boolean {
  const others = {
    ...settings,
    sysctlFiles: settings.sysctlFiles.filter((sysctlFile) => !isOwnFile(sysctlFile)),
  };
  const { sysctls: running, kernel, memoryBytes: memTotalBytes, pageBytes } = host;
  const page = pageBytes === undefined ? {} : { pageBytes };
  return holdsAfterBoot({ settings: others, running, kernel: kernel ?? '', memTotalBytes, ...page }, wanted);
}

/** A line that is read after our own file at boot and undoes what the plan sets. */
export interface Overruled extends Wanted {
  readonly by: SysctlPlace;
}

/** The settings of our own file (`path` in /etc/sysctl.d) that a later file would override at boot. */
export function overruledBy(
  settings: SettingsRecord,
  persisted: readonly Wanted[],
  path = SYSCTL_FILE,
): Overruled[] {
  const foreseen = { ...settings, sysctlFiles: withOwnFile(settings.sysctlFiles, persisted, path) };
  return persisted.flatMap(({ name, value }) => {
    const { wins } = fileValueOf(foreseen, name);
    const loses = wins !== null && wins.file !== path && satisfies(name, wins.value, value) !== true;
    return loses ? [{ name, value, by: wins }] : [];
  });
}

/** The files with ours added in the place where it will be read. */
function withOwnFile(files: readonly SysctlFile[], persisted: readonly Wanted[], path: string): SysctlFile[] {
  const name = nameOf(path);
  const own: SysctlFile = {
    file: path,
    linkTo: null,
    maskedBy: null,
    readAtBoot: true,
    changedAtMs: null,
    lines: persisted.map((wanted, index) => ({
      line: index + 1,
      key: wanted.name.replaceAll('.', '/'),
      value: wanted.value,
    })),
  };
  // A file of the same name in another folder is masked by ours.
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

function isOwnFile({ file, maskedBy }: SysctlFile): boolean {
  return file === SYSCTL_FILE && maskedBy === null;
}
