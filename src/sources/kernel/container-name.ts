/** A container, pod or machine, as the cgroup of one of its processes names it. */
export interface Container {
  /** `pod`, `docker`, `podman`, `containerd`, `cri-o`, `lxc`, `machine`. */
  readonly kind: string;
  /** The uid of a pod, the first digits of a container's id, or the name of a machine. */
  readonly id: string;
}

const HEX_ID = '([0-9a-f]{12})[0-9a-f]{52}';
const POD_UID = '([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})';

// Paths as the systemd and the cgroupfs drivers of each write them, on cgroup v1 and v2. The pod comes first: its
// containers share a network namespace.
const PATTERNS: readonly (readonly [kind: string, path: RegExp])[] = [
  // kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a2b_….slice/cri-containerd-ID.scope
  ['pod', new RegExp(`/[\\w-]*kubepods[\\w.-]*(?:/[^/]+)*?[/-]pod${POD_UID}(?:\\.slice)?(?:/|$)`)],
  ['docker', new RegExp(`/docker[/-]${HEX_ID}(?:\\.scope)?(?:/|$)`)],
  ['podman', new RegExp(`/libpod[/-]${HEX_ID}(?:\\.scope)?(?:/|$)`)],
  ['cri-o', new RegExp(`/crio-${HEX_ID}(?:\\.scope)?(?:/|$)`)],
  ['containerd', new RegExp(`/(?:cri-containerd|nerdctl)-${HEX_ID}(?:\\.scope)?(?:/|$)`)],
  ['lxc', /\/lxc(?:\.payload\.|\.payload\/|\/)([^/]+)(?:\/|$)/],
  ['machine', /\/machine\.slice\/(?:machine-|systemd-nspawn@)([^/]+)\.(?:scope|service)(?:\/|$)/],
];

/** The container that a process is in, out of its `/proc/PID/cgroup`; `null` when it names none. */
export function containerOf(cgroups: string): Container | null {
  for (const [kind, pattern] of PATTERNS) {
    for (const line of cgroups.split('\n')) {
      const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1);
      const id = pattern.exec(path)?.[1];
      if (id !== undefined) return { kind, id: kind === 'pod' ? id.slice(0, 8) : unescapeUnit(id) };
    }
  }
  return null;
}

/**
 * What a container is called: `pod broker-0`, `docker 3f2a91c0b1d2`. `given` is its engine's name for it. Else its own
 * host name says more than its id.
 */
export function containerLabel(
  { kind, id }: Container,
  environment: string,
  given: string | null = null,
): string {
  if (given !== null) return `${kind} ${given}`;
  const hostName = /(?:^|\0)HOSTNAME=([^\0]{1,63})/.exec(environment)?.[1];
  return `${kind} ${hostName ?? id}`;
}

/** systemd writes what is no letter in the name of a unit as `\x2d`. */
function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_whole, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
