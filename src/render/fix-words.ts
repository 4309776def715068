import type { Fix } from '../diagnose/index.js';
import { networkFixWords } from './network-fix-words.js';
import { formatBytes, formatCount } from './numbers.js';
import { safeText } from './safe-text.js';
import { addressOf, ownerOf } from './wording.js';

/** What a remedy does, in words and commands that can be pasted. */
export interface FixWords {
  /** What to do, as a person would say it. */
  readonly action: string;
  /** The command for now; `null` when no command does it. */
  readonly command: string | null;
  /** How to keep it over a reboot; `null` when it needs no keeping. */
  readonly persist: string | null;
  /** How to take it back; `null` when there is nothing to take back. */
  readonly undo: string | null;
  readonly effect: string;
  readonly caveat: string;
}

/** Bytes of one conntrack entry: the slab object of stock 64-bit kernels without extra extensions, rounded up. */
const CONNTRACK_ENTRY_BYTES = 320;

/** A remedy in words and commands. */
export function fixWords(fix: Fix): FixWords {
  switch (fix.id) {
    case 'raise-conntrack-max': {
      const bytes = (fix.to - fix.from) * CONNTRACK_ENTRY_BYTES;
      return {
        action: `raise nf_conntrack_max to ${formatCount(fix.to)}`,
        command: `sysctl -w net.netfilter.nf_conntrack_max=${fix.to}`,
        persist: `echo 'net.netfilter.nf_conntrack_max = ${fix.to}' > /etc/sysctl.d/90-conntrack.conf`,
        undo: `sysctl -w net.netfilter.nf_conntrack_max=${fix.from}`,
        effect: `new flows are accepted at once; up to ${formatBytes(bytes)} more kernel memory when full`,
        caveat:
          'the file is read before nf_conntrack loads at boot unless a rule loads it early; long chains want nf_conntrack_buckets raised too',
      };
    }
    case 'fix-accept-loop':
      return {
        action:
          fix.listener.owner === null
            ? `find out who listens at ${addressOf(fix.listener)} and why it does not accept`
            : `find out why ${ownerOf(fix.listener)} does not accept at ${addressOf(fix.listener)}`,
        command:
          fix.listener.owner === null
            ? `ss -ltnp 'sport = :${fix.listener.port}'`
            : `cat /proc/${fix.listener.owner.pid}/wchan /proc/${fix.listener.owner.pid}/limits`,
        persist: null,
        undo: null,
        effect: 'the queue drains as fast as the process accepts',
        caveat: 'a longer queue only delays the refusals while the process does not accept',
      };
    case 'find-listener':
      return {
        action: 'find the listener whose queue is longer than its backlog',
        command: "ss -Hltn | awk '$2 > $3'",
        persist: null,
        undo: null,
        effect: 'its line shows queue, backlog, address and port',
        caveat: 'as root with bpftrace, ctdiag names it by itself',
      };
    case 'raise-nofile': {
      const who = `${safeText(fix.process.comm, 16)}(${fix.process.pid})`;
      return {
        action: `raise the limit of open files of ${who} to ${formatCount(fix.to)}`,
        command: `prlimit --pid ${fix.process.pid} --nofile=${fix.to}`,
        persist: `LimitNOFILE=${fix.to} in [Service] (systemctl edit UNIT), then restart it`,
        undo: `prlimit --pid ${fix.process.pid} --nofile=${fix.from}`,
        effect: 'it accepts again at once',
        caveat: 'some programs size their tables by the limit at start and need a restart to use more',
      };
    }
    case 'raise-file-max':
      return {
        action: `raise fs.file-max to ${formatCount(fix.to)}`,
        command: `sysctl -w fs.file-max=${fix.to}`,
        persist: `echo 'fs.file-max = ${fix.to}' > /etc/sysctl.d/90-file-max.conf`,
        undo: `sysctl -w fs.file-max=${fix.from}`,
        effect: 'open(2), accept(2) and socket(2) work again for every process',
        caveat: 'find out which process holds so many: a leak fills any limit',
      };
    case 'enable-syncookies':
      return {
        action: 'switch SYN cookies on',
        command: 'sysctl -w net.ipv4.tcp_syncookies=1',
        persist: "echo 'net.ipv4.tcp_syncookies = 1' > /etc/sysctl.d/90-syncookies.conf",
        undo: 'sysctl -w net.ipv4.tcp_syncookies=0',
        effect: 'SYNs beyond the queue are answered by a cookie instead of dropped',
        caveat: 'a cookie cannot carry every TCP option; somebody may have switched it off on purpose',
      };
    case 'raise-backlog':
      return {
        action: `for bursts, give listen(2) at ${addressOf(fix.listener)} a larger backlog`,
        command:
          fix.somaxconn !== null && fix.listener.backlog !== null && fix.listener.backlog >= fix.somaxconn
            ? `sysctl -w net.core.somaxconn=${fix.somaxconn * 4}`
            : null,
        persist: null,
        undo:
          fix.somaxconn !== null && fix.listener.backlog !== null && fix.listener.backlog >= fix.somaxconn
            ? `sysctl -w net.core.somaxconn=${fix.somaxconn}`
            : null,
        effect: `the queue holds more than ${formatCount(fix.listener.backlog)}${fix.somaxconn === null ? '' : `, up to somaxconn, which is ${formatCount(fix.somaxconn)}`}`,
        caveat: 'takes effect at the next listen(2): restart or reload the process',
      };
    default:
      return networkFixWords(fix);
  }
}
