import type { ProcessFix } from '../../../diagnose/index.js';
import { shellQuote } from './shell.js';

/** How a limit is kept, by who sets it. */
export interface Kept {
  readonly persist: string;
  /** Takes what `persist` wrote away; `null` where it wrote nothing. */
  readonly undo: string | null;
  /** What to mind, with a blank behind it; empty for nothing. */
  readonly caveat: string;
}

/** Prints the hard limit of a process, at most a million: one without a bound is not followed. */
export function readHardLimit(pid: number): string {
  return `awk '/open files/{if($5>1048576)$5=1048576;print $5}' /proc/${pid}/limits`;
}

/**
 * Who starts a process sets its limits: a unit of systemd, a login, a container's runtime. What cannot be a command is a
 * comment, so that all of it can be pasted.
 */
export function keepNofile(fix: Extract<ProcessFix, { id: 'raise-nofile' }>): Kept {
  const { owner, process, to } = fix;
  const [soft, hard] = to === null ? ['$1', '$2'] : [String(to.soft), String(to.hard)];
  const limits = `${soft}:${hard}`;
  const readHard =
    to === null
      ? `set -- $(${readHardLimit(process.pid)}) $(awk '/open files/ { print $5 }' /proc/${process.pid}/limits); `
      : '';
  // Where the figure is not known it is the hard limit that /proc/PID/limits shows.
  const spelled = to === null ? 'HARD:HARD' : limits;
  const comment = (text: string, caveat = ''): Kept => ({ persist: `# ${text}`, undo: null, caveat });
  switch (owner.kind) {
    case 'unit': {
      if (!owner.unit.endsWith('.service'))
        return comment(`Nothing keeps it for ${owner.unit}: raise it in what starts the process.`);
      const folder = shellQuote(`/etc/systemd/system/${owner.unit}.d`);
      return {
        persist: `${readHard}mkdir -p ${folder} && printf '[Service]\\nLimitNOFILE=%s\\n' ${readHard === '' ? limits : `"${limits}"`} > ${folder}/90-ctdiag.conf && systemctl daemon-reload`,
        undo: `rm -f ${folder}/90-ctdiag.conf; systemctl daemon-reload`,
        caveat: '',
      };
    }
    case 'user-unit': {
      const folder = shellQuote(`.config/systemd/user/${owner.unit}.d`);
      const asUser = (script: string): string =>
        `runuser -l "$(id -nu ${owner.uid})" -c ${shellQuote(script)}`;
      const reload = `systemctl --user -M ${owner.uid}@ daemon-reload`;
      const text = to === null ? '%s' : `[Service]\\nLimitNOFILE=${limits}\\n`;
      return to === null
        ? comment(
            `As user ${owner.uid}: systemctl --user edit -- ${owner.unit}, with LimitNOFILE=${spelled} in [Service]`,
          )
        : {
            persist: `${asUser(`mkdir -p ${folder} && printf '${text}' > ${folder}/90-ctdiag.conf`)} && ${reload}`,
            undo: `${asUser(`rm -f ${folder}/90-ctdiag.conf`)}; ${reload}`,
            caveat: `The manager of user ${owner.uid} cannot go beyond its own hard limit: if it is lower, raise that of user@${owner.uid}.service first. `,
          };
    }
    case 'session': {
      const domain = owner.uid === 0 ? 'root' : `:${owner.uid}`;
      const file = '/etc/security/limits.d/90-ctdiag-nofile.conf';
      return {
        persist: `${readHard}printf '%s\\n' "${domain} soft nofile ${soft}" "${domain} hard nofile ${hard}" > ${file}`,
        undo: `rm -f ${file}`,
        caveat: 'The file counts from the next login on. ',
      };
    }
    case 'container':
      switch (owner.runtime) {
        case 'docker':
        case 'podman':
          return comment(`Start the container again with: --ulimit nofile=${spelled}`);
        case 'lxc':
          return comment(`In the configuration of the container: lxc.prlimit.nofile = ${spelled}`);
        case 'machine':
          return comment(`In the .nspawn file of the machine, [Exec]: LimitNOFILE=${spelled}`);
        case 'containerd':
        case 'cri-o':
          return comment(`In the limits that ${owner.runtime} gives its containers: nofile ${spelled}`);
      }
    case 'pod':
      return {
        persist: [
          '# Kubernetes has no such setting for a pod: it comes from the container runtime of the node.',
          `# containerd: systemctl edit containerd, with LimitNOFILE=${spelled} in [Service]; restart it.`,
          `# CRI-O: default_ulimits = ["nofile=${spelled}"] in crio.conf; restart it.`,
          '# Then delete the pod, so that it is made anew.',
        ].join('\n'),
        undo: null,
        caveat: 'The command holds until the container ends. ',
      };
    case 'slice':
    case 'unknown':
      return comment(
        `Find what starts it: systemctl status ${process.pid}. In a unit: LimitNOFILE=${spelled} in [Service] (systemctl edit UNIT).`,
      );
  }
}
