import { EMQX_ENVIRONMENT_FILE } from './emqx.js';
import { sysctlForm } from './sysctl.js';
import { dropInFile, systemdForm } from './systemd.js';
import { udevForm, UDEV_FILE, UDEV_RULE } from './udev.js';
import { SYSCTL_FILE } from '../check/own-files.js';
import { SETTABLE_SYSCTLS } from '../names.js';
import type { Plan } from '../plan.js';

/** A file that makes a plan persistent. */
export interface PersistentFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The files that `plan --apply` writes: the sysctl file, the udev rule that applies conntrack's sysctls at module load,
 * and the drop-in of the unit, where there is one.
 */
export function persistentFiles(plan: Plan, unit: string | null): PersistentFile[] {
  return [
    { path: SYSCTL_FILE, text: sysctlForm(plan) },
    // A built-in module is there before any file is read; if that is uncertain, the rule does no harm.
    ...(isBuiltIn(plan) ? [] : [{ path: UDEV_FILE, text: udevForm(plan) }]),
    ...(unit === null ? [] : [{ path: dropInFile(unit), text: systemdForm(plan, unit) }]),
  ];
}

function isBuiltIn({ host, files }: Plan): boolean {
  const said = files?.settings.moduleLoads.some(
    (moduleLoad) => moduleLoad.module === 'nf_conntrack' && moduleLoad.by === 'built-in',
  );
  return host.conntrack.module === 'built-in' && said !== false;
}

/** The name of a drop-in's folder. */
const DROP_IN_FOLDER = '/etc/systemd/system/[A-Za-z0-9:_@-][A-Za-z0-9:_.@-]*\\.service\\.d';
const DROP_IN = new RegExp(`^${DROP_IN_FOLDER}/90-ctdiag\\.conf$`);
const FOLDER = new RegExp(`^/etc(/sysctl\\.d|/udev(/rules\\.d)?|/systemd(/system)?)?$|^${DROP_IN_FOLDER}$`);

/** Whether a plan may write this path: nothing else is ever touched, whatever a state file says. */
export function isPersistentPath(path: string): boolean {
  return path === SYSCTL_FILE || path === UDEV_FILE || DROP_IN.test(path);
}

/** Whether a plan may have created this folder for its files. */
export function isPersistentFolder(path: string): boolean {
  return FOLDER.test(path);
}

/**
 * Whether a text contains only lines that a plan may write to this path. Other content is neither overwritten nor
 * restored: a udev rule runs programs as root, and a sysctl like kernel.core_pattern does too.
 */
export function isPlanText(path: string, text: string): boolean {
  const isPlanLine = path === SYSCTL_FILE ? isSysctlLine : path === UDEV_FILE ? isUdevLine : isDropInLine;
  return (
    isPersistentPath(path) &&
    text
      .split('\n')
      .map((line) => line.trim())
      // A comment that ends in a backslash would go on in the next line for udev and systemd.
      .every((line) => line === '' || (/^[#;]/.test(line) && !line.endsWith('\\')) || isPlanLine(line))
  );
}

function isSysctlLine(line: string): boolean {
  const [, name = ''] = /^-?\s*([\w.-]+)\s*=\s*\d{1,20}(?:\s+\d{1,20}){0,2}$/.exec(line) ?? [];
  return SETTABLE_SYSCTLS.includes(name);
}

function isUdevLine(line: string): boolean {
  return line === UDEV_RULE;
}

function isDropInLine(line: string): boolean {
  if (line === `EnvironmentFile=-${EMQX_ENVIRONMENT_FILE}`) return true;
  return line === '[Service]' || /^LimitNOFILE=(?:\d{1,20}|infinity)(?::(?:\d{1,20}|infinity))?$/.test(line);
}
