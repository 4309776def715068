import type { HostChanger } from './host-changer.js';
import { STATE_FILE, writeState } from './state.js';
import type { StateBefore } from './state.js';

/** Puts back the previous values and files in reverse order. Returns what could not be restored. */
export function restoreAll(host: HostChanger, before: StateBefore): string[] {
  const left: string[] = [];
  for (const { path, before: content } of [...before.files].reverse()) {
    try {
      if (content !== null) host.writeFile(path, content);
      else if (host.file(path) !== null) host.removeFile(path);
    } catch {
      left.push(`${host.root}${path}`);
    }
  }
  host.removeFolders(before.folders);
  for (const { name, from } of [...before.sysctls].reverse()) {
    try {
      if (host.sysctl(name) !== from) host.setSysctl(name, from);
      if (host.sysctl(name) !== from) left.push(name);
    } catch {
      left.push(name);
    }
  }
  return left;
}

/** The state file as it was before this plan; whether that could be done. */
export function restoreState(host: HostChanger, earlier: StateBefore | null): boolean {
  try {
    if (earlier !== null) writeState(host, earlier);
    else if (host.file(STATE_FILE) !== null) host.removeFile(STATE_FILE);
    return true;
  } catch {
    return false;
  }
}
