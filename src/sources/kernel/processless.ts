import type { Netns, UnreadGroup } from '../../records/index.js';
import { unreadGroups } from '../source.js';
import type { Unread } from '../source.js';
import { createToolRunner, inNamespace } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';
import type { OtherNetns } from './namespaces.js';
import { PRINT_NETNS_FILES } from './netns-files.js';

/** A round starts this long after the one before began: each namespace costs two short processes. */
const ROUND_MS = 8_000;
/** An ordinary namespace prints some 10 KB. */
const LIMITS = { timeoutMs: 5000, maxBytes: 1024 * 1024 };

/** Reads namespaces in which no process lives (routers made by `ip netns`) by entering them, one after the other. */
export interface ProcesslessReader {
  /** Starts a round over these namespaces in the background when it is time for one. */
  start(namespaces: readonly OtherNetns[]): void;
  /** What was printed in that namespace since the last time it was asked for; `null` when nothing was. */
  take(namespace: OtherNetns): readonly string[] | null;
  readonly unreadable: readonly Unread[];
  readonly unread: readonly UnreadGroup[];
  kill(): void;
}

/** A reader that has read nothing. */
export function createProcesslessReader(): ProcesslessReader {
  const tools = createToolRunner();
  const printed = new Map<Netns, readonly string[]>();
  let isReading = false;
  let startedMs: number | null = null;
  let unreadable: readonly Unread[] = [];

  async function readAll(namespaces: readonly OtherNetns[]): Promise<void> {
    const failures: Unread[] = [];
    for (const { netns, file, label } of namespaces) {
      const lines: string[] = [];
      const end = await tools.run(inNamespace(file, PRINT_NETNS_FILES), (line) => lines.push(line), LIMITS);
      if (lines.length > 0) printed.set(netns, lines);
      // grep ends with 1 or 2 where a file is not there.
      else if (end.failed)
        failures.push({ what: label, why: toolFailure('nsenter', end) ?? 'nothing was printed' });
    }
    unreadable = failures;
  }

  return {
    start(namespaces) {
      const nowMs = performance.now();
      if (isReading || namespaces.length === 0) return;
      if (startedMs !== null && nowMs - startedMs < ROUND_MS) return;
      startedMs = nowMs;
      isReading = true;
      void readAll(namespaces).finally(() => {
        isReading = false;
      });
    },
    take({ netns }) {
      const lines = printed.get(netns) ?? null;
      printed.delete(netns);
      return lines;
    },
    get unreadable() {
      return unreadable;
    },
    get unread() {
      return unreadGroups(
        'namespaces',
        unreadable.map(({ what }) => what),
        unreadable[0]?.why ?? 'unknown',
      );
    },
    kill: () => tools.kill(),
  };
}
