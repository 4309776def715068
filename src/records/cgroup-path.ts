/** What runs containers; `machine` is a guest of systemd-machined (nspawn, libvirt). */
export type ContainerRuntime = 'docker' | 'podman' | 'containerd' | 'cri-o' | 'lxc' | 'machine';

/** Who starts a process and sets its limits. */
export type CgroupOwner =
  /** A service or scope of the system's systemd. */
  | { readonly kind: 'unit'; readonly unit: string }
  /** A unit of a user's own systemd (`user@1000.service`). */
  | { readonly kind: 'user-unit'; readonly uid: number; readonly unit: string }
  /** A login session. */
  | { readonly kind: 'session'; readonly uid: number }
  | { readonly kind: 'container'; readonly runtime: ContainerRuntime; readonly id: string | null }
  /** A pod of Kubernetes; `runtime` is `null` where the path ends above its containers. */
  | { readonly kind: 'pod'; readonly runtime: ContainerRuntime | null }
  /** A slice without a unit in it: the limit of a group, never that of a process. */
  | { readonly kind: 'slice'; readonly slice: string }
  | { readonly kind: 'unknown' };

const UNKNOWN: CgroupOwner = { kind: 'unknown' };

/** Scopes that container runtimes ask systemd for, each with the id of its container. */
const SCOPES: readonly (readonly [ContainerRuntime, RegExp])[] = [
  ['docker', /^docker-([0-9a-f]{12,64})\.scope$/],
  ['podman', /^libpod-([0-9a-f]{12,64})\.scope$/],
  ['containerd', /^(?:cri-containerd|nerdctl)-([0-9a-f]{12,64})\.scope$/],
  ['cri-o', /^crio-([0-9a-f]{12,64})\.scope$/],
  ['machine', /^machine-(.+)\.scope$/],
];

/**
 * Reads who owns a control group from its whole path, by the rules of systemd (cg_path_get_unit in basic/cgroup-util.c):
 * slices come first, then one unit, and everything below belongs to that unit, whatever it is called. A name deeper
 * down proves nothing, for the unit may choose it. Groups of cgroup v1 may begin with the name of their hierarchy.
 */
export function cgroupOwner(path: string): CgroupOwner {
  const names = path
    .split('/')
    .filter((name) => name !== '')
    // systemd puts `_` before a name that the kernel would take for a file of its own.
    .map((name) => name.replace(/^_/, ''));
  // A process of another cgroup namespace: where its group is cannot be told from its path.
  if (names.includes('..')) return UNKNOWN;
  if (names[0] === 'pids' || names[0] === 'systemd') names.shift();
  const { slices, rest } = splitSlices(names);
  const [first] = rest;
  if (slices.some((slice) => /^(?:[\w-]*-)?kubepods(?:-|\.slice$)/.test(slice)))
    return { kind: 'pod', runtime: first === undefined ? null : (scopeContainer(first)?.runtime ?? null) };
  const slice = slices.at(-1);
  if (first === undefined) return slice === undefined ? UNKNOWN : { kind: 'slice', slice };
  if (slices.length === 0) {
    const byCgroupfs = cgroupfsOwner(rest);
    if (byCgroupfs !== null) return byCgroupfs;
  }
  return unitOwner(first, rest.slice(1), slice ?? '');
}

/** The path of a process's group out of /proc/PID/cgroup: systemd's hierarchy, else the unified one; `null` for none. */
export function cgroupPathOf(text: string): string | null {
  return (
    /^\d+:name=systemd:(\/.*)$/m.exec(text)?.[1] ??
    /^0::(\/.*)$/m.exec(text)?.[1] ??
    /^\d+:(?:[^:]*,)?pids(?:,[^:]*)?:(\/.*)$/m.exec(text)?.[1] ??
    null
  );
}

function splitSlices(names: readonly string[]): { slices: readonly string[]; rest: readonly string[] } {
  const end = names.findIndex((name) => !isUnitName(name, 'slice'));
  const at = end < 0 ? names.length : end;
  return { slices: names.slice(0, at), rest: names.slice(at) };
}

/** Groups that runtimes make without systemd, at the root of the hierarchy, where only root may. */
function cgroupfsOwner([first = '', second]: readonly string[]): CgroupOwner | null {
  const id = second ?? null;
  if (/^(?:[\w-]*-)?kubepods$/.test(first)) return { kind: 'pod', runtime: null };
  if (first === 'docker') return { kind: 'container', runtime: 'docker', id };
  if (first === 'libpod_parent') return { kind: 'container', runtime: 'podman', id };
  if (first === 'lxc') return { kind: 'container', runtime: 'lxc', id };
  const payload = /^lxc\.payload(?:\.(.+))?$/.exec(first);
  return payload === null ? null : { kind: 'container', runtime: 'lxc', id: payload[1] ?? id };
}

function unitOwner(unit: string, below: readonly string[], slice: string): CgroupOwner {
  const container = scopeContainer(unit);
  if (container !== null) return { kind: 'container', ...container };
  if (isUnitName(unit, 'scope')) {
    const uid = /^user-(\d{1,10})\.slice$/.exec(slice)?.[1];
    if (/^session-.+\.scope$/.test(unit) && uid !== undefined) return { kind: 'session', uid: Number(uid) };
    return { kind: 'unit', unit };
  }
  if (!isUnitName(unit, 'service')) return UNKNOWN;
  const machine = /^systemd-nspawn@(.+)\.service$/.exec(unit)?.[1];
  if (machine !== undefined) return { kind: 'container', runtime: 'machine', id: machine };
  const uid = /^user@(\d{1,10})\.service$/.exec(unit)?.[1];
  return uid === undefined ? { kind: 'unit', unit } : userOwner(Number(uid), unit, below);
}

/** What the manager of a user started; the manager itself is a unit of the system's. */
function userOwner(uid: number, manager: string, below: readonly string[]): CgroupOwner {
  const [inner] = splitSlices(below).rest;
  if (inner === undefined || inner === 'init.scope') return { kind: 'unit', unit: manager };
  const container = scopeContainer(inner);
  if (container !== null) return { kind: 'container', ...container };
  return isUnitName(inner, 'service') || isUnitName(inner, 'scope')
    ? { kind: 'user-unit', uid, unit: inner }
    : UNKNOWN;
}

function scopeContainer(name: string): { runtime: ContainerRuntime; id: string } | null {
  for (const [runtime, pattern] of SCOPES) {
    const id = pattern.exec(name)?.[1];
    if (id !== undefined && isUnitName(name, 'scope')) return { runtime, id };
  }
  return null;
}

/**
 * A name that systemd gives a unit (unit_name_is_valid: letters, digits, `:-_.\@`, at most 255), less those that begin
 * with `-`, which a command would take for an option.
 */
function isUnitName(name: string, type: 'service' | 'scope' | 'slice'): boolean {
  return (
    name.length <= 255 &&
    name.endsWith(`.${type}`) &&
    /^[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\@-]*$/.test(name) &&
    // A template runs nothing.
    !name.includes('@.')
  );
}
