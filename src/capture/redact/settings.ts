import type { FilePlace, SettingsRecord, SysctlFile, SysctlLine } from '../../records/index.js';

/** Stand-ins of the redactor at work. */
interface StandIns {
  readonly name: (name: string) => string;
  readonly process: (comm: string) => string;
  readonly text: (text: string) => string;
}

/** Files that every host has. */
const STOCK_FILES: readonly string[] = ['sysctl.conf', '99-sysctl.conf', 'cmdline', 'modules.builtin'];

/** Folders that every host has. */
const STOCK_FOLDER =
  /^\/(?:(?:etc|run|lib|usr\/lib|usr\/local\/lib)\/(?:(?:sysctl|modprobe|modules-load|udev\/rules)\.d\/)?|proc\/)$/;

/** Names of files are what an administrator called them; names of sysctls are the kernel's, but for interfaces. */
export function redactSettings(record: SettingsRecord, standIns: StandIns): SettingsRecord {
  const file = (path: string): string => filePath(path, standIns);
  const fileOrNull = (path: string | null): string | null => (path === null ? null : file(path));
  const place = <T extends FilePlace>(t: T): T => ({ ...t, file: file(t.file) });
  const value = (text: string): string => (isFigure(text) ? text : standIns.name(text));
  return {
    ...record,
    sysctlFiles: record.sysctlFiles.map((sysctlFile): SysctlFile => ({
      ...sysctlFile,
      file: file(sysctlFile.file),
      linkTo: fileOrNull(sysctlFile.linkTo),
      maskedBy: fileOrNull(sysctlFile.maskedBy),
      lines: sysctlFile.lines.filter(tellsNobody),
    })),
    moduleLoads: record.moduleLoads.map(place),
    moduleOptions: record.moduleOptions.map((moduleOption) => ({
      ...place(moduleOption),
      option: standIns.text(moduleOption.option),
      value: value(moduleOption.value),
    })),
    reapplied: record.reapplied.map((sysctlReapplied) => ({
      ...place(sysctlReapplied),
      sets:
        sysctlReapplied.sets !== null && tellsNobody({ line: 0, ...sysctlReapplied.sets })
          ? sysctlReapplied.sets
          : null,
      prefix:
        sysctlReapplied.prefix === null || isSysctl(sysctlReapplied.prefix)
          ? sysctlReapplied.prefix
          : standIns.name(sysctlReapplied.prefix),
    })),
    kubeProxy:
      record.kubeProxy === null
        ? null
        : { ...record.kubeProxy, comm: standIns.process(record.kubeProxy.comm) },
    services: record.services.map((service) => ({
      ...service,
      unit: service.unit === null ? null : standIns.name(service.unit),
      nofile:
        service.nofile === null ? null : { ...place(service.nofile), value: value(service.nofile.value) },
    })),
    unreadable: record.unreadable.map(({ what, why }) => ({ what: file(what), why: standIns.text(why) })),
  };
}

/** A figure for a sysctl of the kernel; interfaces, host names and core patterns are left out. */
function tellsNobody({ key, value }: SysctlLine): boolean {
  return isSysctl(key) && (value === null || isFigure(value));
}

function isFigure(text: string): boolean {
  return /^-?\d+(?:\s+-?\d+)*$/.test(text);
}

function isSysctl(key: string): boolean {
  return (
    /^(?:net|fs|vm|kernel)(?:\/[a-z0-9_*?-]+)+$/.test(key) &&
    !/\/(?:conf|neigh)\/(?!(?:all|default|\*)\/)/.test(key)
  );
}

/** `/etc/sysctl.d/90-acme.conf` keeps its folder, its number and its ending. */
function filePath(path: string, { name, text }: StandIns): string {
  const at = path.lastIndexOf('/') + 1;
  const folder = path.slice(0, at);
  const base = path.slice(at);
  const known = STOCK_FOLDER.test(folder) ? folder : text(folder);
  if (STOCK_FILES.includes(base)) return known + base;
  const [, number = '', stem = '', ending = ''] = /^(\d*-?)(.*?)((?:\.[a-z]+)?)$/s.exec(base) ?? [];
  return `${known}${number}${stem === '' ? '' : name(stem)}${ending}`;
}
