import type { Fix } from '../../diagnose/index.js';
import type { Listener, ProcessUse, SettingsRecord } from '../../records/index.js';
import { keepCommands, kept, keptPath, loadEarly, overruledWords } from './kept-sysctls.js';
import { networkFixWords } from './network-fixes.js';
import { formatBytes, formatCount } from '../numbers.js';
import { safeText } from '../safe-text.js';
import { keepSysctlWords } from './sysctls.js';
import { addressOf, ownerOf } from './subjects.js';
import type { FixDraft, FixWords } from './fix-draft.js';

/** A remedy in words and commands; `settings`, where they are known, tell what its files make of it. */
export function fixWords(fix: Fix, settings: SettingsRecord | null = null): FixWords {
  const draft = draftOf(fix);
  const { persist, caveat } = draft;
  if (persist === null || typeof persist === 'string') return { ...draft, persist };
  const overruled = overruledWords(persist, settings);
  return {
    ...draft,
    persist: keepCommands(persist),
    caveat: overruled === null ? caveat : `${overruled}; ${caveat}`,
  };
}

function draftOf(fix: Fix): FixDraft {
  switch (fix.id) {
    case 'raise-conntrack-max':
      return raiseConntrackMax(fix);
    case 'keep-sysctl':
      return keepSysctlWords(fix);
    case 'fix-accept-loop':
      return fixAcceptLoop(fix.listener);
    case 'find-listener':
      return {
        ...looks,
        action: 'find the listener whose queue is longer than its backlog',
        command: "ss -Hltn | awk '$2 > $3'",
        effect: 'its line shows queue, backlog, address and port',
        caveat: 'as root with bpftrace, ctdiag names it by itself',
      };
    case 'raise-backlog':
      return raiseBacklog(fix);
    case 'raise-nofile':
      return raiseNofile(fix);
    case 'raise-erlang-ports':
      return raiseErlangPorts(fix.process, fix.from, fix.to);
    case 'find-process-at-nofile':
      return {
        ...looks,
        action: 'find the process that has no descriptor left',
        command:
          'for p in /proc/[0-9]*; do echo "$(ls $p/fd 2>/dev/null | wc -l) of $(awk \'/open files/ { print $4 }\' $p/limits 2>/dev/null) $p $(cat $p/comm 2>/dev/null)"; done | sort -rn | head',
        effect: 'the first lines are the processes with the most descriptors, beside their limits',
        caveat: 'it walks every process once',
      };
    case 'raise-file-max':
      return bySysctl({
        name: 'fs.file-max',
        file: 'file-max',
        from: fix.from,
        to: fix.to,
        effect:
          'open(2), accept(2) and socket(2) work again for every process; about 256 bytes for each further file',
        caveat: 'find out which process holds so many: a leak fills any limit',
      });
    case 'enable-syncookies':
      return {
        ...bySysctl({
          name: 'net.ipv4.tcp_syncookies',
          file: 'syncookies',
          from: 0,
          to: 1,
          effect: 'SYNs beyond the queue are answered by a cookie instead of dropped; it costs no memory',
          caveat: 'a cookie cannot carry every TCP option; somebody may have switched it off on purpose',
        }),
        action: 'switch SYN cookies on',
      };
    case 'raise-max-orphans':
      return bySysctl({
        name: 'net.ipv4.tcp_max_orphans',
        file: 'orphans',
        from: fix.from,
        to: fix.to,
        effect: `sockets are closed in order again; up to ${formatBytes((fix.to - fix.from) * ORPHAN_BYTES)} more memory that cannot be swapped`,
        caveat:
          'orphans pile up where clients vanish without an answer: tcp_orphan_retries decides how long each stays',
      });
    case 'raise-tcp-mem': {
      const extra = (fix.to[2] - fix.from[2]) * PAGE_BYTES;
      return bySysctl({
        name: 'net.ipv4.tcp_mem',
        file: 'tcp-mem',
        from: fix.from.join(' '),
        to: fix.to.join(' '),
        effect: `connections move on at once; up to ${formatBytes(extra)} more memory for buffers`,
        caveat:
          'a process that does not read what it is sent fills any limit: ss -tm shows whose buffers are full',
      });
    }
    case 'raise-pids-max':
      return raisePidsMax(fix);
    case 'raise-threads-max':
      return bySysctl({
        name: 'kernel.threads-max',
        file: 'threads-max',
        from: fix.from,
        to: fix.to,
        effect: 'fork(2) and clone(2) work again; 16 KiB of kernel memory for each further task',
        caveat: 'find out what runs so many: ps -eo nlwp,pid,comm --sort=-nlwp | head',
      });
    case 'raise-pid-max':
      return bySysctl({
        name: 'kernel.pid_max',
        file: 'pid-max',
        from: fix.from,
        to: fix.to,
        effect: 'fork(2) and clone(2) work again; 16 KiB of kernel memory for each further task',
        caveat: 'very old programs expect process ids of five digits; 4,194,304 is the most',
      });
    case 'raise-max-map-count':
      return bySysctl({
        name: 'vm.max_map_count',
        file: 'map-count',
        from: fix.from,
        to: fix.to,
        effect: 'mmap(2) and new threads work again at once; about 200 bytes for each further mapping',
        caveat: 'a server with a thread for each connection meets the next limit soon',
      });
    case 'look-at-application':
      return {
        ...looks,
        action: 'compare the connections of each port with what its application allows',
        command:
          'ss -Htn state established | awk \'{ sub(/.*:/, "", $3); print $3 }\' | sort | uniq -c | sort -rn | head -5',
        effect:
          'its lines are connections and local port; the log and the settings of who listens there say the rest',
        caveat:
          'it may refuse these clients for a reason of its own (an access list, a quota): no limit then',
      };
    default:
      return networkFixWords(fix);
  }
}

/** What each orphan may hold at most, by the kernel's own reckoning (Documentation/networking/ip-sysctl). */
const ORPHAN_BYTES = 64 * 1024;
const PAGE_BYTES = 4096;

/** Commands that change nothing. */
const looks = { persist: null, undo: null } as const;

interface SysctlFix extends Pick<FixWords, 'effect' | 'caveat'> {
  readonly name: string;
  /** The topic of the file that keeps it. */
  readonly file: string;
  readonly from: number | string;
  readonly to: number | string;
}

function bySysctl({ name, file, from, to, effect, caveat }: SysctlFix): FixDraft {
  const quoted = (value: number | string): string =>
    typeof value === 'number' ? `${name}=${value}` : `'${name}=${value}'`;
  const shown = typeof to === 'number' ? formatCount(to) : to;
  return {
    action: `raise ${name} to ${shown}`,
    command: `sysctl -w ${quoted(to)}`,
    persist: kept(file, [[name, to]]),
    undo: `sysctl -w ${quoted(from)}; rm -f ${keptPath(file)}`,
    effect,
    caveat,
  };
}

/** sysctl.d is read before a module that is loaded later: systemd loads what modules-load.d names before that. */
function raiseConntrackMax(fix: Extract<Fix, { id: 'raise-conntrack-max' }>): FixDraft {
  const { from, to, buckets } = fix;
  const max = 'net.netfilter.nf_conntrack_max';
  const hash = 'net.netfilter.nf_conntrack_buckets';
  const set = (limit: number, size: number | undefined): string =>
    `sysctl -w ${max}=${limit}${size === undefined ? '' : ` ${hash}=${size}`}`;
  const sysctls = [[max, to] as const, ...(buckets === null ? [] : [[hash, buckets.to] as const])];
  return {
    action: `raise nf_conntrack_max to ${formatCount(to)}${buckets === null ? '' : `, with ${formatCount(buckets.to)} buckets`}`,
    command: set(to, buckets?.to),
    persist: kept('conntrack', sysctls, loadEarly('conntrack').command),
    undo: `${set(from, buckets?.from)}; rm -f ${keptPath('conntrack')} ${loadEarly('conntrack').path}`,
    effect: `as root on the host, for it holds for every namespace: new flows are accepted at once; up to ${formatBytes(fix.bytes)} more kernel memory when full (${fix.entryBytes} bytes an entry, ${fix.entryBytesMeasured ? 'as /proc/slabinfo says here' : 'the usual size'}${buckets === null ? '' : ', 8 a bucket'})`,
    caveat:
      'flows with NAT or accounting take 128 bytes more each; without the second line of what keeps it, the sysctl is read before the module is there, and lost',
  };
}

function fixAcceptLoop(listener: Listener): FixWords {
  const { owner } = listener;
  return {
    ...looks,
    action:
      owner === null
        ? `find out who listens at ${addressOf(listener)} and why it does not accept`
        : `find out why ${ownerOf(listener)} does not accept at ${addressOf(listener)}`,
    command:
      owner === null
        ? `ss -ltnp 'sport = :${listener.port}'`
        : `head -n 9 /proc/${owner.pid}/wchan /proc/${owner.pid}/limits`,
    effect:
      owner === null
        ? 'it names the process; the queue drains as fast as that accepts'
        : 'wchan is where it waits in the kernel (0: it runs), limits what it may have open; the queue drains as fast as it accepts',
    caveat: 'a longer queue only delays the refusals while the process does not accept',
  };
}

function raiseBacklog(fix: Extract<Fix, { id: 'raise-backlog' }>): FixDraft {
  const { listener, somaxconn, somaxconnTo } = fix;
  const { backlog } = listener;
  const words = {
    action: `for bursts, give listen(2) at ${addressOf(listener)} a larger backlog`,
    effect: `the queue holds more than ${formatCount(backlog)}${somaxconn === null ? '' : `, up to somaxconn, which is ${formatCount(somaxconn)}`}`,
    caveat: 'takes effect at the next listen(2): restart or reload the process',
  };
  if (somaxconn === null || somaxconnTo === null) return { ...words, ...looks, command: null };
  const { command, persist, undo } = bySysctl({
    ...words,
    name: 'net.core.somaxconn',
    file: 'somaxconn',
    from: somaxconn,
    to: somaxconnTo,
  });
  return { ...words, command, persist, undo };
}

function raiseNofile({ process, from, to }: Extract<Fix, { id: 'raise-nofile' }>): FixWords {
  const who = `${safeText(process.comm, 16)}(${process.pid})`;
  const unit = unitOf(process.tasks?.cgroup ?? '');
  const folder = `/etc/systemd/system/${unit ?? ''}.d`;
  return {
    action: `raise the limit of open files of ${who} to ${formatCount(to)}`,
    command: `prlimit --pid ${process.pid} --nofile=${to}`,
    persist:
      unit === null
        ? `LimitNOFILE=${to} in [Service] (systemctl edit UNIT), then restart it`
        : `mkdir -p ${folder} && printf '[Service]\\nLimitNOFILE=${to}\\n' > ${folder}/90-ctdiag.conf && systemctl daemon-reload`,
    undo: `prlimit --pid ${process.pid} --nofile=${from}${unit === null ? '' : `; rm -f ${folder}/90-ctdiag.conf`}`,
    effect: 'it accepts again at once; each further descriptor takes about 1 KiB with its socket',
    caveat: 'some programs size their tables by the limit at start and need a restart to use more',
  };
}

function raisePidsMax({ cgroup, from, to }: Extract<Fix, { id: 'raise-pids-max' }>): FixWords {
  const unit = unitOf(cgroup);
  // A name that a shell might take for more gets into no command.
  const file = /^[\w:.@\\/-]+$/.test(cgroup) ? `'/sys/fs/cgroup${cgroup}/pids.max'` : null;
  return {
    action: `raise the limit of tasks of ${safeText(cgroup, 60)} to ${formatCount(to)} (pids.max)`,
    command: file === null ? null : `echo ${to} > ${file}`,
    persist: unit === null ? null : `systemctl set-property ${unit} TasksMax=${to}`,
    // set-property leaves a drop-in behind, which would bring the figure back at each reload.
    undo: file === null ? null : [...revertOf(unit, 'TasksMax'), `echo ${from} > ${file}`].join('; '),
    effect: 'it can fork and start threads again at once; 16 KiB of kernel memory for each further task',
    caveat:
      unit === null
        ? 'whoever made the group (a container runtime, a job) sets it anew: change it there as well'
        : 'a program that starts a task for each connection meets the next limit soon',
  };
}

/** Takes back what `systemctl set-property` kept. */
function revertOf(unit: string | null, property: string): string[] {
  return unit === null
    ? []
    : [`rm -f /etc/systemd/system.control/${unit}.d/50-${property}.conf; systemctl daemon-reload`];
}

/** The unit of systemd whose group it is; `null` for others, and for names that a shell might take for more. */
function unitOf(cgroup: string): string | null {
  return /(?:^|\/)([A-Za-z0-9:_.@-]+\.(?:service|slice))$/.exec(cgroup)?.[1] ?? null;
}

/** How each broker is told how many ports its emulator may have. */
const ERLANG_SETTINGS: readonly (readonly [unit: RegExp, setting: (ports: number) => string])[] = [
  [/emqx/, (ports) => `in emqx.conf: node.max_ports = ${ports}`],
  [/rabbitmq/, (ports) => `in /etc/rabbitmq/rabbitmq-env.conf: SERVER_ADDITIONAL_ERL_ARGS="+Q ${ports}"`],
  [/vernemq/, (ports) => `in vernemq.conf: erlang.max_ports = ${ports}`],
];

function raiseErlangPorts({ pid, cgroup }: ProcessUse, from: number, to: number): FixDraft {
  const known = ERLANG_SETTINGS.find(([unit]) => unit.test(cgroup ?? ''));
  const setting =
    known?.[1](to) ??
    `emulator flag +Q ${to} (vm.args, ERL_FLAGS="+Q ${to}"; EMQX node.max_ports, VerneMQ erlang.max_ports, RabbitMQ SERVER_ADDITIONAL_ERL_ARGS)`;
  return {
    action: `let the Erlang emulator have ${formatCount(to)} ports: ${setting}; then restart the broker`,
    command: `tr '\\0' ' ' < /proc/${pid}/cmdline | grep -oE -e ' -[QP] ?[0-9]+'`,
    persist: null,
    undo: null,
    effect: `it shows what was set; ${formatCount(to)} ports take ${formatBytes((to - from) * ERLANG_PORT_BYTES)} more memory of the emulator at once`,
    caveat:
      'a restart closes every connection; raise the limit of open files with it, and processes (+P) to at least twice the ports',
  };
}

/** A slot of the emulator's table of ports: a pointer and an index. */
const ERLANG_PORT_BYTES = 16;
