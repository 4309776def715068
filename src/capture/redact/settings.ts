import { isKnownSysctl, isKnownSysctlPrefix } from './known-sysctls.js';
import type { FilePlace, SettingsRecord, SysctlFile, SysctlLine } from '../../records/index.js';

/** How the redactor replaces names and texts. */
interface Aliases {
  readonly name: (name: string) => string;
  readonly process: (comm: string) => string;
  readonly text: (text: string) => string;
}

/** Files that every host has. */
const STOCK_FILES: readonly string[] = ['sysctl.conf', '99-sysctl.conf', 'cmdline', 'modules.builtin'];

/** Extensions that say nothing of their owner. */
const KNOWN_ENDINGS: ReadonlySet<string> = new Set(
  [
    'cfg',
    'conf',
    'd',
    'ko',
    'mount',
    'rules',
    'scope',
    'service',
    'sh',
    'slice',
    'socket',
    'target',
    'timer',
  ].map((ending) => `.${ending}`),
);

/** Folders that every host has. */
const STOCK_FOLDER =
  /^\/(?:(?:etc|run|lib|usr\/lib|usr\/local\/lib)\/(?:(?:sysctl|modprobe|modules-load|udev\/rules)\.d\/)?|proc\/)$/;

/** File names are chosen by administrators and replaced; sysctl names are the kernel's, except for interfaces. */
export function redactSettings(record: SettingsRecord, aliases: Aliases): SettingsRecord {
  const file = (path: string): string => redactPath(path, aliases);
  const fileOrNull = (path: string | null): string | null => (path === null ? null : file(path));
  const redactPlace = <T extends FilePlace>(place: T): T => ({ ...place, file: file(place.file) });
  const value = (text: string): string => (isFigure(text) ? text : aliases.name(text));
  return {
    ...record,
    sysctlFiles: record.sysctlFiles.map((sysctlFile): SysctlFile => ({
      ...sysctlFile,
      file: file(sysctlFile.file),
      linkTo: fileOrNull(sysctlFile.linkTo),
      maskedBy: fileOrNull(sysctlFile.maskedBy),
      lines: sysctlFile.lines.filter(isHarmlessLine),
    })),
    moduleLoads: record.moduleLoads.map(redactPlace),
    moduleOptions: record.moduleOptions.map((moduleOption) => ({
      ...redactPlace(moduleOption),
      option: aliases.text(moduleOption.option),
      value: value(moduleOption.value),
    })),
    reapplied: record.reapplied.map((sysctlReapplied) => ({
      ...redactPlace(sysctlReapplied),
      sets:
        sysctlReapplied.sets !== null && isHarmlessLine({ line: 0, ...sysctlReapplied.sets })
          ? sysctlReapplied.sets
          : null,
      prefix:
        sysctlReapplied.prefix === null || isKnownSysctlPrefix(sysctlReapplied.prefix)
          ? sysctlReapplied.prefix
          : aliases.name(sysctlReapplied.prefix),
    })),
    kubeProxy:
      record.kubeProxy === null
        ? null
        : { ...record.kubeProxy, comm: aliases.process(record.kubeProxy.comm) },
    services: record.services.map((service) => ({
      ...service,
      unit: service.unit === null ? null : aliases.name(service.unit),
      nofile:
        service.nofile === null
          ? null
          : { ...redactPlace(service.nofile), value: value(service.nofile.value) },
    })),
    unreadable: record.unreadable.map(({ what, why }) => ({ what: file(what), why: aliases.text(why) })),
  };
}

/** A number for a kernel sysctl. Interfaces, host names and core patterns are left out. */
function isHarmlessLine({ key, value }: SysctlLine): boolean {
  return isKnownSysctl(key) && (value === null || isFigure(value));
}

function isFigure(text: string): boolean {
  return /^-?\d+(?:\s+-?\d+)*$/.test(text);
}

/** `/etc/sysctl.d/90-acme.conf` keeps its folder, its number and its extension if that is a common one. */
function redactPath(path: string, { name, text }: Aliases): string {
  const at = path.lastIndexOf('/') + 1;
  const folder = path.slice(0, at);
  const base = path.slice(at);
  const known = STOCK_FOLDER.test(folder) ? folder : text(folder);
  if (STOCK_FILES.includes(base)) return known + base;
  const [, number = '', stem = '', ending = ''] = /^(\d{0,3}-?)(.*?)((?:\.[^.]*)?)$/s.exec(base) ?? [];
  const retained = ending === '' || KNOWN_ENDINGS.has(ending) ? ending : `.${name(ending)}`;
  return `${known}${number}${stem === '' ? '' : name(stem)}${retained}`;
}
