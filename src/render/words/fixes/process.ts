import type { ProcessFix } from '../../../diagnose/index.js';
import { formatCount } from '../../numbers.js';
import { safeText } from '../../safe-text.js';
import { processName } from '../subjects.js';
import { findErlangPorts, raiseErlangPorts } from './erlang.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { keepNofile, readHardLimit } from './keep-nofile.js';
import { keepPidsMax } from './keep-pids-max.js';
import { enterNetns } from './shell.js';

/** Limits of a process or of its control group. */
export function processFixWords(fix: ProcessFix): FixDraft {
  switch (fix.id) {
    case 'raise-nofile':
      return raiseNofile(fix);
    case 'find-process-at-nofile':
      return {
        ...CHANGES_NOTHING,
        action: 'find the process that is out of file descriptors',
        // Without a fork for each process: the host may be short of those too.
        command:
          'for p in /proc/[0-9]*; do set -- $p/fd/*; while read -r a b _ l _; do [ "$a $b" = "Max open" ] && [ "$l" -gt 0 ] && echo "$((100 * $# / l)) % $# of $l, pid ${p#/proc/}"; done < $p/limits; done 2>/dev/null | sort -rn | head',
        effect:
          'Each line: share of the soft limit, open files, limit, process id. The first is nearest to its limit.',
        caveat: 'It walks every process once.',
      };
    case 'raise-pids-max':
      return raisePidsMax(fix);
    case 'raise-erlang-ports':
      return raiseErlangPorts(fix);
    case 'find-erlang-ports':
      return findErlangPorts(fix);
    case 'look-at-application':
      return {
        ...CHANGES_NOTHING,
        action: "compare the connections of each port with the application's own limit",
        brief: `${enterNetns(fix.entry)}ss -tn state established`,
        command: `${enterNetns(fix.entry)}ss -Htn state established | awk '{ sub(/.*:/, "", $3); print $3 }' | sort | uniq -c | sort -rn | head -5`,
        effect:
          'Each line: connections, local port. The log and the settings of the application say the rest.',
        caveat:
          'It may close these connections for another reason (an access list, a quota): then no limit is involved.',
      };
  }
}

function raiseNofile(fix: Extract<ProcessFix, { id: 'raise-nofile' }>): FixDraft {
  const { process, soft, hard, to, nrOpenFrom, nrOpenTo } = fix;
  const { pid } = process;
  const who = processName(process);
  const persistent = keepNofile(fix);
  // A colon at the end leaves the hard limit as it is.
  const isSoftOnly = to === null || to.hard === hard;
  const limit =
    to === null ? `$(${readHardLimit(pid)}):` : isSoftOnly ? `${to.soft}:` : `${to.soft}:${to.hard}`;
  const before = `${soft}:${isSoftOnly ? '' : (hard ?? soft)}`;
  // Where the present value is not known it is written down before it is changed.
  const file = '/run/ctdiag-nr-open.undo';
  const save = nrOpenFrom === null ? `[ -e ${file} ] || sysctl fs.nr_open > ${file}; ` : '';
  const keptFile = '/etc/sysctl.d/90-ctdiag-nr-open.conf';
  return {
    action:
      to === null
        ? `raise the open file limit of ${who} to its hard limit, at most ${formatCount(1_048_576)}`
        : `raise the open file limit of ${who} to ${formatCount(to.soft)}${nrOpenTo === null ? '' : ', after fs.nr_open'}`,
    command: `${nrOpenTo === null ? '' : `${save}sysctl -w fs.nr_open=${nrOpenTo} && `}prlimit --pid ${pid} --nofile=${limit}`,
    persist: [
      ...(nrOpenTo === null ? [] : [`echo 'fs.nr_open = ${nrOpenTo}' > ${keptFile}`]),
      persistent.persist,
    ].join('\n'),
    undo: [
      `prlimit --pid ${pid} --nofile=${before}`,
      ...(nrOpenTo === null
        ? []
        : [
            nrOpenFrom === null
              ? `sysctl -p ${file} && rm -f ${file} ${keptFile}`
              : `sysctl -w fs.nr_open=${nrOpenFrom} && rm -f ${keptFile}`,
          ]),
      ...(persistent.undo === null ? [] : [persistent.undo]),
    ].join('; '),
    effect:
      'accept(2) works again at once; an idle connection takes about 4 KiB of kernel memory. `ctdiag plan --connections N` says what N connections need.',
    caveat: `${persistent.caveat}Some programs size their tables from the limit at start: they need a restart to use more, and die of a limit without a bound, so never set infinity. A leak of descriptors fills any limit.`,
  };
}

function raisePidsMax(fix: Extract<ProcessFix, { id: 'raise-pids-max' }>): FixDraft {
  const { cgroup, from, to } = fix;
  // A name that a shell might take for more gets into no command.
  const file = /^[\w:.@\\/-]+$/.test(cgroup) ? `'/sys/fs/cgroup${cgroup}/pids.max'` : null;
  const persistent = file === null ? null : keepPidsMax(fix);
  return {
    action: `raise the task limit of ${safeText(cgroup, 60)} to ${formatCount(to)} (pids.max)`,
    command: file === null ? null : `echo ${to} > ${file}`,
    persist: persistent?.persist ?? null,
    undo:
      file === null
        ? null
        : [...(persistent?.undo == null ? [] : [persistent.undo]), `echo ${from} > ${file}`].join('; '),
    effect: 'it can fork and start threads again at once; 16 KiB of kernel memory for each further task',
    caveat:
      persistent?.caveat ?? 'A program that starts a task for each connection reaches the next limit soon.',
  };
}
