import type { ListenerFix, NetnsEntry } from '../../../diagnose/index.js';
import { formatCount } from '../../numbers.js';
import { addressOf, ownerOf } from '../subjects.js';
import { lastingInNetns } from './container-sysctls.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';
import { keptPath } from './kept-sysctls.js';
import { enterNetns } from './shell.js';

/** Queues of a listener. */
export function listenerFixWords(fix: ListenerFix): FixDraft {
  switch (fix.id) {
    case 'raise-backlog':
      return raiseBacklog(fix);
    case 'find-accept-wait':
      return findAcceptWait(fix);
    case 'find-unread':
      return findUnread(fix);
    case 'find-listener':
      return {
        ...CHANGES_NOTHING,
        action: 'find the listener whose accept queue is full',
        command: `${enterNetns(fix.entry)}ss -Hltn | awk '$2 > $3'`,
        brief: `${enterNetns(fix.entry)}ss -ltn`,
        effect: 'Recv-Q above Send-Q (columns 2 and 3) means that the accept queue is full.',
        caveat: 'As root with bpftrace, ctdiag names the listener itself.',
      };
    case 'enable-syncookies': {
      const name = 'net.ipv4.tcp_syncookies';
      const { command, persist, undo } = setInNetns(fix.entry, 'syncookies', name, 0, 1);
      return {
        action: 'switch SYN cookies on',
        command,
        persist,
        undo,
        effect:
          'SYNs beyond the queue are answered with a cookie instead of dropped; a cookie takes no memory',
        caveat: 'A cookie cannot carry every TCP option. They may have been switched off on purpose.',
      };
    }
  }
}

function findAcceptWait({ listener, entry }: Extract<ListenerFix, { id: 'find-accept-wait' }>): FixDraft {
  const { owner } = listener;
  const caveat = 'A longer backlog only delays drops while the process is not accepting.';
  if (owner === null)
    return {
      ...CHANGES_NOTHING,
      action: `find which process listens at ${addressOf(listener)}`,
      command: `${enterNetns(entry)}ss -ltnp 'sport = :${listener.port}'`,
      effect: 'users:(…) names the process; the queue drains as fast as it calls accept(2).',
      caveat,
    };
  const { pid } = owner;
  return {
    ...CHANGES_NOTHING,
    action: `find out why ${ownerOf(listener)} does not accept at ${addressOf(listener)}`,
    command: `for t in /proc/${pid}/task/*; do echo "$(cat $t/comm) $(cat $t/wchan)"; done | sort | uniq -c | sort -rn; grep 'open files' /proc/${pid}/limits`,
    // grep, unlike cat, ends each thread's wait with a line.
    brief: `grep . /proc/${pid}/task/*/wchan`,
    effect:
      'Each line: number of threads, their name, where they wait in the kernel (0: running). The last line is the limit of open files. The queue drains as fast as the thread that accepts.',
    caveat,
  };
}

function findUnread({ listener, entry }: Extract<ListenerFix, { id: 'find-unread' }>): FixDraft {
  const { owner, port } = listener;
  const connections = `${enterNetns(entry)}ss -Htnp state established sport = :${port} | awk '$1 > 0' | sort -rn | head`;
  const threads =
    owner === null
      ? ''
      : `; for t in /proc/${owner.pid}/task/*; do echo "$(cat $t/comm) $(cat $t/wchan)"; done | sort | uniq -c | sort -rn`;
  return {
    ...CHANGES_NOTHING,
    action: `find out why ${ownerOf(listener)} does not read its connections at port ${port}`,
    command: `${connections}${threads}`,
    brief: connections,
    effect:
      'First the connections with most unread bytes (column 1), then where the threads wait: futex is a lock or an idle pool, 0 is running.',
    caveat:
      'A stack of the program itself (jstack, gdb, py-spy) says more. Brokers stop reading on purpose while memory or disk is short: see their alarms first.',
  };
}

function raiseBacklog(fix: Extract<ListenerFix, { id: 'raise-backlog' }>): FixDraft {
  const { listener, entry, somaxconn, somaxconnTo } = fix;
  const words = {
    action: `for bursts, give listen(2) at ${addressOf(listener)} a larger backlog`,
    effect: `the queue holds more than ${formatCount(listener.backlog)}${somaxconn === null ? '' : `, up to somaxconn, which is ${formatCount(somaxconn)}`}`,
    caveat: 'It takes effect at the next listen(2): restart or reload the process.',
  };
  if (somaxconn === null || somaxconnTo === null) return { ...words, ...CHANGES_NOTHING, command: null };
  return { ...words, ...setInNetns(entry, 'somaxconn', 'net.core.somaxconn', somaxconn, somaxconnTo) };
}

/** One sysctl of a namespace. */
function setInNetns(
  entry: NetnsEntry,
  topic: string,
  name: string,
  from: number,
  to: number,
): Pick<FixDraft, 'command' | 'persist' | 'undo'> {
  const enter = enterNetns(entry);
  return {
    command: `${enter}sysctl -w ${name}=${to}`,
    persist: lastingInNetns(entry, topic, [[name, to]]),
    undo: `${enter}sysctl -w ${name}=${from}${enter === '' ? `; rm -f ${keptPath(topic)}` : ''}`,
  };
}
