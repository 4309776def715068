import { cgroupOwner, cgroupPathOf } from '../../records/index.js';
import type { FilePlace, ServiceLimit } from '../../records/index.js';
import { readOnce } from '../kernel/proc-file.js';
import type { HostFile, HostFiles } from './host-files.js';

/** Where systemd looks for units, of the highest precedence first. */
const UNIT_FOLDERS = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** Where a process's limit of open files comes from: its unit, systemd's default, or the limits of a login. */
export function serviceLimit(files: HostFiles, procRoot: string, pid: number): ServiceLimit {
  const path = cgroupPathOf(textOf(`${procRoot}/${pid}/cgroup`) ?? '') ?? '';
  const owner = cgroupOwner(path);
  const scope = path.split('/').find((part) => part.endsWith('.scope')) ?? '';
  if (owner.kind === 'session') return findLoginLimit(files, procRoot, pid, scope);
  if (owner.kind === 'container' || owner.kind === 'pod')
    return { pid, unit: scope === '' ? null : scope.slice(0, 256), nofile: null, by: 'container' };
  // What a user's own systemd starts is set by files of that user.
  if (owner.kind !== 'unit') return { pid, unit: null, nofile: null, by: null };
  const { unit } = owner;
  const none = { pid, unit, nofile: null };
  if (unit.endsWith('.scope')) return { ...none, by: null };
  const set = ofUnit(files, unit);
  if (set !== null) return { pid, unit, nofile: set, by: 'unit' };
  const byManager = lastOf(
    files,
    ['/etc/systemd/system.conf', ...dropIns(files, 'system.conf')],
    'Manager',
    'DefaultLimitNOFILE',
  );
  return byManager === null ? { ...none, by: 'manager' } : { pid, unit, nofile: byManager, by: 'manager' };
}

function ofUnit(files: HostFiles, unit: string): (FilePlace & { readonly value: string }) | null {
  // An instance has the files of its template too: `broker@1.service` those of `broker@.service`.
  const template = unit.replace(/@[^.]+\./, '@.');
  const names = [...new Set([unit, template])];
  const fragment = names
    .flatMap((name) => UNIT_FOLDERS.map((folder) => `${folder}/${name}`))
    .find((path) => files.read(path) !== null);
  const byName = new Map<string, string>();
  for (const name of [...names, 'service'])
    for (const folder of UNIT_FOLDERS)
      for (const file of files.list(`${folder}/${name === 'service' ? 'service' : name}.d`))
        if (file.endsWith('.conf') && !byName.has(file)) byName.set(file, `${folder}/${name}.d/${file}`);
  const sorted = [...byName].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return lastOf(
    files,
    [...(fragment === undefined ? [] : [fragment]), ...sorted.map(([, path]) => path)],
    'Service',
    'LimitNOFILE',
  );
}

function dropIns(files: HostFiles, name: string): string[] {
  return ['/usr/lib/systemd', '/run/systemd', '/etc/systemd'].flatMap((folder) =>
    files
      .list(`${folder}/${name}.d`)
      .filter((file) => file.endsWith('.conf'))
      .map((file) => `${folder}/${name}.d/${file}`),
  );
}

/** The last assignment of a key in a section, over files in their order; an empty one takes back those before it. */
function lastOf(
  files: HostFiles,
  paths: readonly string[],
  section: string,
  key: string,
): (FilePlace & { readonly value: string }) | null {
  let found: (FilePlace & { readonly value: string }) | null = null;
  for (const path of paths) {
    const content: HostFile | null = files.read(path);
    let inSection = false;
    content?.text.split('\n').forEach((raw, index) => {
      const line = raw.trim();
      if (line.startsWith('[')) inSection = line === `[${section}]`;
      const [, name, value = ''] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (!inSection || name !== key) return;
      found = value === '' ? null : { file: path, line: index + 1, value: value.slice(0, 100) };
    });
  }
  return found;
}

/** pam_limits: limits.conf, then limits.d in the order of names; a line for the user wins over one for all. */
function findLoginLimit(files: HostFiles, procRoot: string, pid: number, unit: string): ServiceLimit {
  const uid = /^Uid:\s+(\d+)/m.exec(textOf(`${procRoot}/${pid}/status`) ?? '')?.[1];
  const user = files
    .read('/etc/passwd')
    ?.text.split('\n')
    .find((line) => uid !== undefined && line.split(':')[2] === uid)
    ?.split(':')[0];
  const found = { user: null as ServiceLimit['nofile'], all: null as ServiceLimit['nofile'] };
  const folder = '/etc/security/limits.d';
  const paths = ['/etc/security/limits.conf', ...files.list(folder).map((name) => `${folder}/${name}`)];
  for (const path of paths) {
    if (!path.endsWith('.conf')) continue;
    files
      .read(path)
      ?.text.split('\n')
      .forEach((raw, index) => {
        const [domain, type, item, value] = raw.replace(/#.*/, '').trim().split(/\s+/);
        if (item !== 'nofile' || value === undefined || (type !== 'soft' && type !== '-')) return;
        const place = { file: path, line: index + 1, value: value.slice(0, 100) };
        // pam_limits leaves root out of the line for all.
        if (domain === '*' && user !== 'root') found.all = place;
        else if (domain !== undefined && domain === user) found.user = place;
      });
  }
  return { pid, unit, nofile: found.user ?? found.all, by: 'login' };
}

function textOf(path: string): string | null {
  const read = readOnce(path);
  return 'text' in read ? read.text : null;
}
