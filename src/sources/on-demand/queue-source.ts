import { NODE_WIDE } from '../../records/index.js';
import type { ElapsedMs } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import { readOnce } from '../kernel/proc-file.js';
import { parseQueues } from '../kernel/queues.js';
import type { Source } from '../source.js';
import { createLooks } from './looks.js';
import type { Looks } from './looks.js';
import { toolFailure } from '../tools/tool-failure.js';
import { isUnread, queueRuleOf } from './queue-rules.js';
import type { QueueRule } from './queue-rules.js';
import { findRules } from './ruleset.js';

/** Between two looks at the rules: while packets go to a queue that no program reads, while none is read, else. */
const LOOK_MS = { unread: 5000, suspicious: 60_000, calm: 300_000 };
/**
 * Rules of our namespace that hand packets to a queue that no program has bound: the kernel drops those packets and
 * counts them nowhere. Rules are read only where a rule uses NFQUEUE at all.
 */
export function openQueueSource(options: {
  readonly procRoot: string;
  readonly view: HostView;
}): Source & Pick<Looks, 'settled'> {
  const { view } = options;
  const looks = createLooks();
  const { tools } = looks;
  let lookedMs: ElapsedMs | null = null;
  let unread: readonly QueueRule[] | null = null;
  let polled = false;
  let failure: string | null = null;

  function everyMs(): number | null {
    if ((view.figure(NODE_WIDE, 'modules.queue_references') ?? 0) === 0) return null;
    if (unread !== null && unread.length > 0) return LOOK_MS.unread;
    return (view.figure(view.own, 'nfnetlink_queue.queues') ?? 0) === 0 ? LOOK_MS.suspicious : LOOK_MS.calm;
  }

  async function look(): Promise<void> {
    const queues = readOnce(`${options.procRoot}/net/netfilter/nfnetlink_queue`);
    // Without the module there is no file, and no program at any queue.
    if ('why' in queues && queues.why !== 'ENOENT') return;
    const bound = new Set('text' in queues ? parseQueues(queues.text).map(({ number }) => number) : []);
    const { rules, end } = await findRules(tools, queueRuleOf);
    failure = toolFailure('nft', end);
    unread = rules.filter((rule) => isUnread(rule, bound));
    publish(unread);
  }

  function publish(rules: readonly QueueRule[]): void {
    const counted = rules.flatMap(({ packets }) => packets ?? []);
    view.addFigures(view.own, {
      'rules.unread_queue': rules.length,
      'rules.unread_queue_packets':
        counted.length === 0 ? null : counted.reduce((sum, packets) => sum + packets, 0),
    });
  }

  return {
    poll(elapsedMs) {
      if (unread !== null && everyMs() === null) {
        unread = null;
        publish([]);
      }
      // Not before the first frame is out: a person waits for it.
      const dueMs = polled && looks.isFree ? everyMs() : null;
      polled = true;
      if (dueMs === null || (lookedMs !== null && elapsedMs - lookedMs < dueMs)) return [];
      lookedMs = elapsedMs;
      looks.start(look);
      return [];
    },
    stop: () => looks.stop(),
    settled: () => looks.settled(),
    kill: () => looks.kill(),
    get unreadable() {
      return failure === null ? [] : [{ what: 'rules that hand packets to NFQUEUE', why: failure }];
    },
  };
}
