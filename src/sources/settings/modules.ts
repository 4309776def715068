import type { ModuleLoad, ModuleOption, SysctlReapplied } from '../../records/index.js';
import { confFiles, confFolders } from './conf-files.js';
import type { HostFiles } from './host-files.js';
import { reappliedBy } from './shell-words.js';

/** Modules whose sysctls and options are limits of connections. */
const MODULES: readonly string[] = ['nf_conntrack', 'ip_vs'];

/** What loads these modules before the sysctls are applied, their options, and what sets sysctls behind a load. */
export interface ModuleSettings {
  readonly loads: readonly ModuleLoad[];
  readonly options: readonly ModuleOption[];
  readonly reapplied: readonly SysctlReapplied[];
}

/** Reads modules-load.d, modprobe.d, the kernel's command line and the list of what is built in. */
export function readModules(files: HostFiles, kernel: string, commandLine: string): ModuleSettings {
  const ofModprobe = readModprobe(files);
  return {
    loads: [...builtIn(files, kernel), ...loadsOfCommandLine(commandLine), ...loadsOfFiles(files)],
    options: [...ofModprobe.options, ...optionsOfCommandLine(commandLine)],
    reapplied: ofModprobe.reapplied,
  };
}

function builtIn(files: HostFiles, kernel: string): ModuleLoad[] {
  const file = `/lib/modules/${kernel}/modules.builtin`;
  const text = files.read(file)?.text ?? '';
  return text.split('\n').flatMap((line, index): ModuleLoad[] => {
    const module = moduleName(/([^/]+)\.ko$/.exec(line.trim())?.[1] ?? '');
    return MODULES.includes(module) ? [{ module, by: 'built-in', file, line: index + 1 }] : [];
  });
}

function loadsOfFiles(files: HostFiles): ModuleLoad[] {
  return confFiles(files, confFolders('modules-load.d')).flatMap(({ file, maskedBy, content }) =>
    maskedBy !== null || content === null
      ? []
      : content.text.split('\n').flatMap((raw, index): ModuleLoad[] => {
          const module = moduleName(raw.trim());
          return MODULES.includes(module) ? [{ module, by: 'modules-load', file, line: index + 1 }] : [];
        }),
  );
}

const COMMAND_LINE = '/proc/cmdline';

/** `modules_load=` is systemd's; the `rd.` one loads them in the initramfs, earlier still. */
function loadsOfCommandLine(text: string): ModuleLoad[] {
  return text.split(/\s+/).flatMap((word) => {
    const names = /^(?:rd\.)?modules[-_]load=(.*)$/.exec(word)?.[1];
    return (names ?? '')
      .split(',')
      .map(moduleName)
      .filter((module) => MODULES.includes(module))
      .map((module): ModuleLoad => ({ module, by: 'command-line', file: COMMAND_LINE, line: null }));
  });
}

/** modprobe takes `module.option=value` from the kernel's command line, after its files. */
function optionsOfCommandLine(text: string): ModuleOption[] {
  return text.split(/\s+/).flatMap((word): ModuleOption[] => {
    const [, name = '', option = '', value = ''] = /^([\w-]+)\.([\w-]+)=(.*)$/.exec(word) ?? [];
    const module = moduleName(name);
    return MODULES.includes(module) ? [{ module, option, value, file: COMMAND_LINE, line: null }] : [];
  });
}

function readModprobe(files: HostFiles): Pick<ModuleSettings, 'options' | 'reapplied'> {
  const options: ModuleOption[] = [];
  const reapplied: SysctlReapplied[] = [];
  for (const { file, maskedBy, content } of confFiles(files, confFolders('modprobe.d'))) {
    if (maskedBy !== null || content === null) continue;
    for (const { text, line } of joinedLines(content.text)) {
      const [command, name = '', ...words] = text.trim().split(/\s+/);
      const module = moduleName(name);
      if (!MODULES.includes(module)) continue;
      if (command === 'options') {
        for (const word of words) {
          const [option = '', ...value] = word.split('=');
          options.push({ module, option, value: value.join('='), file, line });
        }
      } else if (command === 'install') {
        for (const what of reappliedBy(words.join(' ')))
          reapplied.push({ ...what, module, by: 'modprobe', file, line });
      }
    }
  }
  return { options, reapplied };
}

/** Lines, those that end in a backslash with the next; `line` is where each begins. */
export function joinedLines(text: string): { readonly text: string; readonly line: number }[] {
  const joined: { text: string; line: number }[] = [];
  let open: { text: string; line: number } | null = null;
  text.split('\n').forEach((raw, index) => {
    const goesOn = raw.endsWith('\\');
    const part = goesOn ? raw.slice(0, -1) : raw;
    open = open === null ? { text: part, line: index + 1 } : { ...open, text: open.text + part };
    if (goesOn) return;
    if (!/^\s*(?:#|$)/.test(open.text)) joined.push(open);
    open = null;
  });
  return joined;
}

/** Module names are written with dashes or underscores alike. */
function moduleName(name: string): string {
  return name.replaceAll('-', '_');
}
