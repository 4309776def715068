import type { HostFix, RaiseSysctlFix } from '../../../diagnose/index.js';
import { formatBytes, formatCount } from '../../numbers.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { keptPath, keptSysctls, loadEarly } from './kept-sysctls.js';
import { assignments, setSaved } from './shell.js';

/** What each orphan may hold at most, by the kernel's own reckoning (Documentation/networking/ip-sysctl). */
const ORPHAN_BYTES = 64 * 1024;
const HOST = { netns: 0, by: { kind: 'host' }, container: null } as const;

interface SysctlRow {
  readonly name: string;
  /** The topic of the file that keeps it. */
  readonly topic: string;
  /** The sysctl is there once conntrack is loaded. */
  readonly ofConntrack?: true;
  readonly effect: (further: number) => string;
  readonly caveat: string;
}

/** The sysctls that are raised by one figure. */
const SYSCTLS: Readonly<Record<RaiseSysctlFix['id'], SysctlRow>> = {
  'raise-file-max': {
    name: 'fs.file-max',
    topic: 'file-max',
    effect: () =>
      'open(2), accept(2) and socket(2) work again for every process; about 256 bytes for each further file',
    caveat: 'Find the process that holds so many files: a leak fills any limit.',
  },
  'raise-max-orphans': {
    name: 'net.ipv4.tcp_max_orphans',
    topic: 'orphans',
    effect: (further) =>
      `sockets are closed in order again; up to ${formatBytes(further * ORPHAN_BYTES)} more memory that cannot be swapped`,
    caveat: 'Shorten the life of orphans first: a higher limit only holds more of them.',
  },
  'raise-threads-max': {
    name: 'kernel.threads-max',
    topic: 'threads-max',
    effect: () => 'fork(2) and clone(2) work again; 16 KiB of kernel memory for each further task',
    caveat: 'Find what runs so many: ps -eo nlwp,pid,comm --sort=-nlwp | head',
  },
  'raise-pid-max': {
    name: 'kernel.pid_max',
    topic: 'pid-max',
    effect: () => 'fork(2) and clone(2) work again; 16 KiB of kernel memory for each further task',
    caveat: 'Very old programs expect process ids of five digits; 4,194,304 is the most.',
  },
  'raise-max-map-count': {
    name: 'vm.max_map_count',
    topic: 'map-count',
    effect: () => 'mmap(2) and new threads work again at once; about 200 bytes for each further mapping',
    caveat: 'A server with one thread per connection reaches the limits of tasks and memory next.',
  },
  'raise-netdev-backlog': {
    name: 'net.core.netdev_max_backlog',
    topic: 'netdev-backlog',
    effect: () => 'bursts wait in the queue of each CPU instead of being dropped',
    caveat:
      'A CPU that is always busy drops packets all the same: spread the load (rps_cpus, more queues of the card) if mpstat -P ALL shows one CPU full of %soft.',
  },
  'raise-expect-max': {
    name: 'net.netfilter.nf_conntrack_expect_max',
    topic: 'expect-max',
    ofConntrack: true,
    effect: () =>
      'FTP, SIP and other helpers can announce connections again; about 250 bytes for each further one',
    caveat: 'A client that announces connections and never opens them fills any limit: see who has most.',
  },
};

/** A limit of the host that is raised by one figure. */
export function raiseSysctlWords({ id, from, to }: RaiseSysctlFix): FixDraft {
  const { name, topic, effect, caveat, ofConntrack } = SYSCTLS[id];
  const early = ofConntrack === undefined ? null : loadEarly(topic);
  return {
    action: `raise ${name} to ${formatCount(to)}`,
    command: `sysctl -w ${name}=${to}`,
    persist: keptSysctls(topic, [[name, to]], { beside: early === null ? [] : [early.command] }),
    undo: `sysctl -w ${name}=${from}; rm -f ${[keptPath(topic), ...(early === null ? [] : [early.path])].join(' ')}`,
    effect: effect(to - from),
    caveat,
  };
}

type TcpMemoryFix = Extract<
  HostFix,
  { id: 'shorten-orphans' | 'find-orphans' | 'find-tcp-memory' | 'raise-tcp-mem' }
>;

/** TCP's memory, and the orphans that hold it. */
export function tcpMemoryFixWords(fix: TcpMemoryFix): FixDraft {
  switch (fix.id) {
    case 'shorten-orphans': {
      const sysctls = [
        ['net.ipv4.tcp_orphan_retries', 3],
        ['net.ipv4.tcp_fin_timeout', 30],
      ] as const;
      const { command, undo } = setSaved('orphan-timeouts', HOST, sysctls);
      return {
        action: 'end orphans sooner: three retries, 30 s for the other side to close',
        command,
        persist: keptSysctls('orphan-timeouts', sysctls),
        undo: `${undo}; rm -f ${keptPath('orphan-timeouts')}`,
        effect: 'orphans whose peer has vanished end within seconds instead of minutes',
        caveat: 'Clients behind slow or broken links may lose the end of what was sent to them.',
      };
    }
    case 'find-orphans':
      return {
        ...CHANGES_NOTHING,
        action: 'find the peers that do not close',
        command: `ss -Htn | awk '$1 ~ /^(FIN-WAIT|LAST-ACK|CLOSING)/ { sub(/:[^:]*$/, "", $5); print $1, $5 }' | sort | uniq -c | sort -rn | head`,
        brief: 'ss -tn state fin-wait-1 state fin-wait-2 state last-ack state closing',
        effect: 'Each line: number of sockets, state, peer.',
        caveat: 'It shows this network namespace; the limit is shared by all of them.',
      };
    case 'find-tcp-memory':
      return {
        ...CHANGES_NOTHING,
        action: 'find the processes whose sockets hold the memory',
        command: String.raw`ss -OHntmp | sed -n 's/.*pid=\([0-9]*\),.*skmem:(r\([0-9]*\),rb[0-9]*,t\([0-9]*\),tb[0-9]*,f[0-9]*,w\([0-9]*\),.*/\1 \2 \4/p' | awk '{ r[$1] += $2; w[$1] += $3 } END { for (p in r) print r[p] + w[p], "bytes, pid", p ": received and not read", r[p] ", waiting to be sent", w[p] }' | sort -rn | head`,
        brief: 'ss -Ontmp',
        effect:
          'Much received and not read: that process does not keep up. Much waiting to be sent: its clients do not.',
        caveat:
          'It shows the sockets of this network namespace; for a container: nsenter -t PID -n before ss.',
      };
    case 'raise-tcp-mem': {
      const { from, to, pageBytes } = fix;
      const name = 'net.ipv4.tcp_mem';
      return {
        action: `raise ${name} to ${to.join(' ')} (pages of ${formatBytes(pageBytes)})`,
        command: `sysctl -w ${assignments([[name, to.join(' ')]])}`,
        persist: keptSysctls('tcp-mem', [[name, to.join(' ')]]),
        undo: `sysctl -w ${assignments([[name, from.join(' ')]])}; rm -f ${keptPath('tcp-mem')}`,
        effect: `connections continue at once; up to ${formatBytes((to[2] - from[2]) * pageBytes)} more memory for buffers, ${formatBytes(to[2] * pageBytes)} in all`,
        caveat:
          'A process that does not read what it is sent fills any limit: find it first. Half of the memory is the most that is proposed.',
      };
    }
  }
}
