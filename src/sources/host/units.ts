import { openHostFiles } from '../settings/host-files.js';

/** Where systemd finds units: made by the administrator, by programs, by generators, by packages (systemd.unit(5)). */
const FOLDERS: readonly string[] = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/run/systemd/system',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
  '/run/systemd/generator.late',
];

/** Whether a host has a unit; an instance (`a@1.service`) is there where its template is. */
export function isUnitPresent(root: string, unit: string): boolean {
  const files = openHostFiles(root === '' ? '/' : root);
  const template = unit.replace(/@.+(?=\.service$)/, '@');
  return FOLDERS.some((folder) => [unit, template].some((name) => files.exists(`${folder}/${name}`)));
}
