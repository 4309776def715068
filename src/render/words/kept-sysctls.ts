import { overruledBy } from '../../plan/index.js';
import type { SettingsRecord } from '../../records/index.js';
import type { KeptSysctls } from './fix-draft.js';
import { placeOfLine, settingValue } from './sysctls.js';

/** Kept in a file of /etc/sysctl.d after the distribution's own, before the administrator's. */
export function kept(
  topic: string,
  sysctls: readonly (readonly [name: string, value: number | string])[],
  ...beside: string[]
): KeptSysctls {
  return {
    path: keptPath(topic),
    sysctls: sysctls.map(([name, value]) => ({ name, value: String(value) })),
    beside,
  };
}

export function keptPath(topic: string): string {
  return `/etc/sysctl.d/90-ctdiag-${topic}.conf`;
}

/**
 * Has conntrack loaded before the sysctl files are read, or what they set of it is lost. A file a topic, so that taking
 * one remedy back leaves the others.
 */
export function loadEarly(topic: string): { readonly path: string; readonly command: string } {
  const path = `/etc/modules-load.d/ctdiag-${topic}.conf`;
  return { path, command: `echo nf_conntrack > ${path}` };
}

/** The commands that write the file, to be pasted. */
export function keepCommands({ path, sysctls, beside }: KeptSysctls): string {
  const lines = sysctls.map(({ name, value }) => `'${name} = ${value}'`);
  const write = lines.length === 1 ? 'echo' : String.raw`printf '%s\n'`;
  return [`${write} ${lines.join(' ')} > ${path}`, ...beside].join('\n');
}

/** What takes it back at boot all the same, a line that is read later; `null` when none is known. */
export function overruledWords(
  { path, sysctls }: KeptSysctls,
  settings: SettingsRecord | null,
): string | null {
  // In a container the files are not those of the host.
  if (settings === null || settings.inContainer || settings.reader === null) return null;
  const lines = overruledBy(settings, sysctls, path).map(
    ({ name, by }) => `${placeOfLine(by)} sets ${name} to ${settingValue(by.value)}`,
  );
  if (lines.length === 0) return null;
  const which = lines.length === 1 ? 'that line' : 'those lines';
  return `${lines.join(', and ')} after that file at boot: change ${which} as well, or it will not stay`;
}
