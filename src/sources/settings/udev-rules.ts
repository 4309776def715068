import type { SysctlReapplied } from '../../records/index.js';
import { confFolders } from './conf-files.js';
import type { HostFiles } from './host-files.js';
import { joinedLines } from './modules.js';
import { reappliedBy } from './shell-words.js';
import { sysctlKey } from './sysctl-files.js';

/** udev sorts rules as conf files are sorted, but they end in `.rules`. */
const FOLDERS = confFolders('udev/rules.d');

/**
 * The udev rules that set sysctls when a module of conntrack is added. sysctl.d(5) shows one: the sysctls of a
 * module that loads after systemd-sysctl has run are not there yet when it runs.
 */
export function readUdevRules(files: HostFiles): SysctlReapplied[] {
  const names = new Map<string, string>();
  for (const folder of FOLDERS)
    for (const name of files.list(folder))
      if (name.endsWith('.rules') && !names.has(name)) names.set(name, `${folder}/${name}`);
  return [...names.values()].flatMap((file) => {
    const content = files.read(file);
    // Most rules are of devices; only those of modules are read word for word.
    if (content?.text.includes('module') !== true) return [];
    return joinedLines(content.text).flatMap(({ text, line }) =>
      parseRule(text).map((what): SysctlReapplied => ({
        ...what,
        module: 'nf_conntrack',
        by: 'udev',
        file,
        line,
      })),
    );
  });
}

function parseRule(text: string): Pick<SysctlReapplied, 'sets' | 'prefix'>[] {
  const matches = (key: string, wanted: string): boolean => {
    const [, operator, pattern = ''] =
      new RegExp(`(?:^|,)\\s*${key}\\s*([=!]=)\\s*"([^"]*)"`).exec(text) ?? [];
    if (operator === undefined) return true;
    return (operator === '==') === matchesAny(pattern, wanted);
  };
  if (!matches('ACTION', 'add') || !matches('SUBSYSTEM', 'module')) return [];
  // A rule that names no module would run for every device: none of ours.
  if (!/KERNEL\s*==/.test(text) || !matches('KERNEL', 'nf_conntrack')) return [];
  const runs = [...text.matchAll(/RUN(?:\{program\})?\s*\+?:?=\s*"([^"]*)"/g)].flatMap(([, command = '']) =>
    reappliedBy(command),
  );
  const written = [...text.matchAll(/SYSCTL\{([^}]+)\}\s*=\s*"([^"]*)"/g)].map(
    ([, key = '', value = '']) => ({
      sets: { key: sysctlKey(key), value },
      prefix: null,
    }),
  );
  return [...runs, ...written];
}

/** udev's patterns: `*`, `?`, alternatives behind `|`; sets in brackets, which no module's name needs, are not read. */
function matchesAny(pattern: string, name: string): boolean {
  return pattern.split('|').some((text) =>
    new RegExp(
      `^${text
        .replace(/[.+^${}()[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
    ).test(name),
  );
}
