import { readFileSync, readdirSync } from 'node:fs';
import { readOnce } from './proc-file.js';

/** Processes between one of a container and its monitor: more is no container. */
const MAX_ANCESTORS = 32;
const MAX_NAME = 128;

/**
 * The name that a container's engine knows it by (`docker ps`, `podman ps`), which its control group does not tell;
 * `null` where it cannot be known. podman's monitor (conmon) is the parent of a container's first process and has the
 * name among its arguments; Docker keeps it in a file of the host, which is reached through process 1.
 */
export function engineName(procRoot: string, pid: number, kind: string, id: string): string | null {
  const name =
    kind === 'podman' ? podmanName(procRoot, pid, id) : kind === 'docker' ? dockerName(procRoot, id) : null;
  return name === null || name === '' ? null : name.slice(0, MAX_NAME);
}

function podmanName(procRoot: string, pid: number, id: string): string | null {
  let at = pid;
  for (let depth = 0; depth < MAX_ANCESTORS && at > 1; depth++) {
    const stat = readOnce(`${procRoot}/${at}/stat`);
    // The name of a process may hold brackets and spaces; what follows the last one is figures.
    const [, comm, parent] = ('text' in stat ? /^\d+ \((.*)\) \S (\d+) /s.exec(stat.text) : null) ?? [];
    if (comm === 'conmon') {
      const cmdline = readOnce(`${procRoot}/${at}/cmdline`);
      const args = 'text' in cmdline ? cmdline.text.split('\0') : [];
      return valueOf(args, '-c', '--cid')?.startsWith(id) === true ? valueOf(args, '-n', '--name') : null;
    }
    at = Number(parent ?? 0);
  }
  return null;
}

function valueOf(args: readonly string[], ...options: readonly string[]): string | null {
  const at = args.findIndex((arg) => options.includes(arg));
  return at < 0 ? null : (args[at + 1] ?? null);
}

function dockerName(procRoot: string, id: string): string | null {
  const folder = `${procRoot}/1/root/var/lib/docker/containers`;
  try {
    const whole = readdirSync(folder).find((name) => name.startsWith(id));
    if (whole === undefined) return null;
    const config: unknown = JSON.parse(readFileSync(`${folder}/${whole}/config.v2.json`, 'utf8'));
    const name = typeof config === 'object' && config !== null && 'Name' in config ? config.Name : null;
    return typeof name === 'string' ? name.replace(/^\//, '') : null;
  } catch {
    // Not readable, elsewhere, or no such container any more.
    return null;
  }
}

/** CNI plug-ins (`cni-…`), podman (`netns-…` and a UUID), Docker (twelve digits), CRI-O (a UUID). */
const MADE_UP = /^(?:cni-|netns-[0-9a-f]{8}-)|^[0-9a-f]{12}$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether an engine made up the name of a network namespace, which then means nothing to a user. */
export function isMadeUp(netnsName: string): boolean {
  return MADE_UP.test(netnsName);
}
