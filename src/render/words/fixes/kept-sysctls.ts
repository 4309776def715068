import { overruledBy } from '../../../plan/index.js';
import type { SettingsRecord } from '../../../records/index.js';
import { placeOfLine, settingValue } from '../sysctls.js';
import type { KeptSysctls } from './fix-draft.js';

/** A sysctl and what it is set to. */
export type Assignment = readonly [name: string, value: number | string];

/** Kept in a file of /etc/sysctl.d after the distribution's own, before the administrator's. */
export function keptSysctls(
  topic: string,
  sysctls: readonly Assignment[],
  more: { readonly running?: readonly string[]; readonly beside?: readonly string[] } = {},
): KeptSysctls {
  return {
    path: keptPath(topic),
    sysctls: sysctls.map(([name, value]) => ({ name, value: String(value) })),
    running: more.running ?? [],
    beside: more.beside ?? [],
  };
}

/** The file of a topic; taking one fix back leaves the others. */
export function keptPath(topic: string): string {
  return `/etc/sysctl.d/90-ctdiag-${topic}.conf`;
}

/** Has conntrack loaded before the sysctl files are read, or what they set of it is lost. */
export function loadEarly(topic: string): { readonly path: string; readonly command: string } {
  const path = `/etc/modules-load.d/ctdiag-${topic}.conf`;
  return { path, command: `echo nf_conntrack > ${path}` };
}

/** The commands that write the file, to be pasted. */
export function keepCommands({ path, sysctls, running, beside }: KeptSysctls): string {
  const lines = [
    ...running.map((name) => `"${name} = $(sysctl -n ${name})"`),
    ...sysctls.map(({ name, value }) => `'${name} = ${value}'`),
  ];
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
  return `${lines.join(', and ')} after this file at boot: change ${which} too, or the setting does not stay`;
}
