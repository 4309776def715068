import { sysctlForm } from './sysctl.js';
import { dropInFile, systemdForm, unitOf } from './systemd.js';
import { udevForm, UDEV_FILE } from './udev.js';
import { SYSCTL_FILE } from '../check/own-files.js';
import type { Plan } from '../plan.js';

/** A file that makes a plan persistent. */
export interface PersistentFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The files that `plan --apply` writes: the sysctl file, the udev rule that applies conntrack's sysctls at module load,
 * and the drop-in of the unit.
 */
export function persistentFiles(plan: Plan, unit: string | null): PersistentFile[] {
  const named = unitOf(plan.target.profile, unit);
  return [
    { path: SYSCTL_FILE, text: sysctlForm(plan) },
    // A built-in module is there before any file is read; if that is uncertain, the rule does no harm.
    ...(isBuiltIn(plan) ? [] : [{ path: UDEV_FILE, text: udevForm(plan) }]),
    ...(named === null ? [] : [{ path: dropInFile(named), text: systemdForm(plan, named) }]),
  ];
}

function isBuiltIn({ host, files }: Plan): boolean {
  const said = files?.settings.moduleLoads.some(
    (moduleLoad) => moduleLoad.module === 'nf_conntrack' && moduleLoad.by === 'built-in',
  );
  return host.conntrack.module === 'built-in' && said !== false;
}

/** Whether a plan may write this path: nothing else is ever touched, whatever a state file says. */
export function isPersistentPath(path: string): boolean {
  return (
    path === SYSCTL_FILE ||
    path === UDEV_FILE ||
    /^\/etc\/systemd\/system\/[A-Za-z0-9:_@-][A-Za-z0-9:_.@-]*\.service\.d\/90-ctdiag\.conf$/.test(path)
  );
}
