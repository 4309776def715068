import { connectHost } from './host-stream.js';
import type { HostAccess, HostConnection, HostEvents } from './host-stream.js';

/** Waits between two attempts, the last one again and again. */
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000, 30_000] as const;

/** Events of a host that is connected to again and again. */
export interface FollowEvents extends HostEvents {
  /** The connection ended, or none came about; it is tried again in so many seconds. */
  lost(why: string, retryInSec: number): void;
}

/** A host that is followed until it is let go. */
export interface FollowedHost {
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** Streams what a host records; connects again when that ends, later and later while it does not begin. */
export function followHost(host: string, access: HostAccess, events: FollowEvents): FollowedHost {
  let isStopped = false;
  let connection: HostConnection | null = null;
  let wake: () => void = () => undefined;

  // Asked through a function because it changes while we wait.
  const isLetGo = (): boolean => isStopped;

  async function follow(): Promise<void> {
    for (let failures = 0; !isStopped; failures += 1) {
      connection = connectHost(host, access, {
        header(header) {
          failures = -1;
          events.header(header);
        },
        record: (record) => events.record(record),
      });
      const why = await connection.ended;
      if (isLetGo()) return;
      const retryMs = BACK_OFF_MS[Math.min(Math.max(failures, 0), BACK_OFF_MS.length - 1)] ?? 1000;
      events.lost(why, retryMs / 1000);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, retryMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const done = follow();
  return {
    async stop() {
      isStopped = true;
      connection?.kill();
      wake();
      await done;
    },
  };
}
