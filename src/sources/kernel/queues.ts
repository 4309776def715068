import { exactDecimal } from './parse.js';
import type { Figures } from './parse.js';

/** A line of nfnetlink_queue: a queue that a program has bound. */
export interface BoundQueue {
  readonly number: number;
  readonly queueDropped: number | null;
  readonly userDropped: number | null;
}

/**
 * /proc/net/netfilter/nfnetlink_queue: queue, port id of its reader, waiting, copy mode and range, dropped at the full
 * queue, dropped at the reader's full socket, last id, 1.
 */
export function parseQueues(text: string): BoundQueue[] {
  return text.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const number = exactDecimal(columns[0]);
    if (number === null) return [];
    return [{ number, queueDropped: exactDecimal(columns[5]), userDropped: exactDecimal(columns[6]) }];
  });
}

/** The same in sum: a queue whose reader ends takes its counts with it. */
export function sumQueues(text: string): Figures {
  const queues = parseQueues(text);
  const sum = (counts: readonly (number | null)[]): number | null =>
    counts.reduce<number | null>(
      (total, count) => (total === null || count === null ? null : total + count),
      0,
    );
  return {
    'nfnetlink_queue.queues': queues.length,
    'nfnetlink_queue.queue_dropped': sum(queues.map(({ queueDropped }) => queueDropped)),
    'nfnetlink_queue.user_dropped': sum(queues.map(({ userDropped }) => userDropped)),
  };
}
