import type { SysctlFile, SysctlLine } from '../../records/index.js';
import { confFiles, confFolders } from './conf-files.js';
import type { HostFiles } from './host-files.js';

/** Lines of one file that are kept. */
const MAX_LINES = 1000;
/** The kernel takes no longer text. */
const MAX_TEXT = 1024;

/** What reads the sysctl files at boot. */
export type SysctlReader = 'systemd-sysctl' | 'procps' | null;

/**
 * The sysctl files in the order in which they are applied. systemd-sysctl does not read /etc/sysctl.conf (Debian
 * 12 and older link it into sysctl.d as 99-sysctl.conf), `sysctl --system` of procps reads it last.
 */
export function readSysctlFiles(files: HostFiles, reader: SysctlReader): SysctlFile[] {
  const found = confFiles(files, confFolders('sysctl.d'), reader === 'procps').map(
    ({ file, maskedBy, content }): SysctlFile => ({
      file,
      linkTo:
        content === null || content.realPath === `${files.resolve(parentOf(file)) ?? ''}${nameOf(file)}`
          ? null
          : content.realPath,
      maskedBy,
      readAtBoot: maskedBy === null,
      changedAtMs: content === null ? null : Math.round(content.changedAtMs),
      lines: content === null ? [] : parseSysctlLines(content.text),
    }),
  );
  const main = '/etc/sysctl.conf';
  const content = files.read(main);
  const linked = found.some((sysctlFile) => sysctlFile.maskedBy === null && sysctlFile.linkTo === main);
  if (content === null || (reader === 'systemd-sysctl' && linked)) return found;
  return [
    ...found,
    {
      file: main,
      linkTo: null,
      maskedBy: null,
      readAtBoot: reader !== 'systemd-sysctl',
      changedAtMs: Math.round(content.changedAtMs),
      lines: parseSysctlLines(content.text),
    },
  ];
}

/** `sysctl.key=value` on the kernel's command line: written by the kernel before process 1 starts. */
export function sysctlsOfCommandLine(commandLine: string): SysctlFile[] {
  const lines = commandLine.split(/\s+/).flatMap((word): SysctlLine[] => {
    const [, key, value] = /^sysctl[./]([^=]+)=(.*)$/.exec(word) ?? [];
    return key === undefined || value === undefined ? [] : [{ line: 1, key: sysctlKey(key), value }];
  });
  if (lines.length === 0) return [];
  return [
    { file: '/proc/cmdline', linkTo: null, maskedBy: null, readAtBoot: true, changedAtMs: null, lines },
  ];
}

/** The assignments in the text of a sysctl file; what is none is passed over, as its readers do. */
export function parseSysctlLines(text: string): SysctlLine[] {
  const lines: SysctlLine[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';') || lines.length >= MAX_LINES) return;
    const dashed = line.startsWith('-');
    const rest = dashed ? line.slice(1) : line;
    const at = rest.indexOf('=');
    if (at < 0 && !dashed) return;
    const key = sysctlKey((at < 0 ? rest : rest.slice(0, at)).trim());
    if (key === '' || key.length > MAX_TEXT) return;
    lines.push({
      line: index + 1,
      key,
      value:
        at < 0
          ? null
          : rest
              .slice(at + 1)
              .trim()
              .slice(0, MAX_TEXT),
    });
  });
  return lines;
}

/**
 * A sysctl's name with slashes between its parts. The separator that comes first is the one that separates: in
 * `net.ipv4.conf.eth0/100.rp_filter` a slash stands for the dot of an interface's name.
 */
export function sysctlKey(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  const slashed =
    first === '.' ? name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.')) : name;
  return slashed
    .replace(/^\/+(?:proc\/sys\/)?/, '')
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '');
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/'));
}
