import type { ProcessFix } from '../../../diagnose/index.js';
import { shellQuote } from './shell.js';

/** How a limit of tasks is kept, by who made the group; `null` where nothing can. */
export interface KeptPidsMax {
  readonly persist: string | null;
  readonly undo: string | null;
  readonly caveat?: string;
}

/** A unit's limit is a property of the unit; a container's and a pod's belong to what starts them. */
export function keepPidsMax({
  cgroup,
  owner,
  to,
}: Extract<ProcessFix, { id: 'raise-pids-max' }>): KeptPidsMax {
  const last = cgroup.split('/').at(-1)?.replace(/^_/, '');
  const setAnew = 'What made the group sets its limit anew: change it there too.';
  switch (owner.kind) {
    case 'unit':
    case 'slice': {
      const unit = owner.kind === 'unit' ? owner.unit : owner.slice;
      // A group within a unit is the unit's own business.
      if (unit !== last) return { persist: null, undo: null, caveat: setAnew };
      const quoted = shellQuote(unit);
      return {
        persist: `systemctl set-property -- ${quoted} TasksMax=${to}`,
        // set-property leaves a drop-in behind, which would bring the figure back at each reload.
        undo: `rm -f ${shellQuote(`/etc/systemd/system.control/${unit}.d/50-TasksMax.conf`)}; systemctl daemon-reload`,
      };
    }
    case 'user-unit': {
      if (owner.unit !== last) return { persist: null, undo: null, caveat: setAnew };
      const manager = `systemctl --user -M ${owner.uid}@`;
      const dropIn = shellQuote(`.config/systemd/user.control/${owner.unit}.d/50-TasksMax.conf`);
      return {
        persist: `${manager} set-property -- ${shellQuote(owner.unit)} TasksMax=${to}`,
        undo: `runuser -l "$(id -nu ${owner.uid})" -c ${shellQuote(`rm -f ${dropIn}`)}; ${manager} daemon-reload`,
        caveat: `It is a unit of the systemd of user ${owner.uid}, whose own limit (user-${owner.uid}.slice) binds it too.`,
      };
    }
    case 'session':
      return {
        persist: null,
        undo: null,
        caveat: `A session ends with its limit; user-${owner.uid}.slice limits all sessions of the user.`,
      };
    case 'container':
      return { ...keepInContainer(owner.runtime, owner.id, to), caveat: setAnew };
    case 'pod':
      return {
        persist: [
          `# The kubelet sets it: podPidsLimit: ${to} in its configuration (often /var/lib/kubelet/config.yaml).`,
          '# Then: systemctl restart kubelet; pods made from then on have it.',
        ].join('\n'),
        undo: null,
        caveat: 'The command holds until the pod ends.',
      };
    case 'unknown':
      return { persist: null, undo: null, caveat: setAnew };
  }
}

function keepInContainer(
  runtime: 'docker' | 'podman' | 'containerd' | 'cri-o' | 'lxc' | 'machine',
  id: string | null,
  to: number,
): KeptPidsMax {
  if ((runtime === 'docker' || runtime === 'podman') && id !== null && /^[0-9a-f]{12,64}$/.test(id))
    return { persist: `${runtime} update --pids-limit ${to} ${id.slice(0, 12)}`, undo: null };
  const text = {
    docker: `Start the container again with: --pids-limit ${to}`,
    podman: `Start the container again with: --pids-limit ${to}`,
    containerd: `Start the container again with: --pids-limit ${to}`,
    'cri-o': `In crio.conf: pids_limit = ${to}`,
    lxc: `In the configuration of the container: lxc.cgroup2.pids.max = ${to}`,
    machine: `In the unit of the machine: TasksMax=${to}`,
  }[runtime];
  return { persist: `# ${text}`, undo: null };
}
