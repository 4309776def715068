import { connectHost } from './host-stream.js';
import type { HostAccess, HostConnection, HostEvents } from './host-stream.js';

/** Waits between two attempts, the last one again and again. */
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000, 30_000] as const;
/** A stream that ends sooner does not count as a success: a host must not make a capture every second. */
const LASTING_MS = 60_000;

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

/** Streams what a host records; connects again when that ends, later and later while no connection lasts. */
export function followHost(host: string, access: HostAccess, events: FollowEvents): FollowedHost {
  let isStopped = false;
  let connection: HostConnection | null = null;
  let wake: () => void = () => undefined;

  // Asked through a function because it changes while we wait.
  const isLetGo = (): boolean => isStopped;

  async function follow(): Promise<void> {
    for (let failures = 0; !isStopped; failures += 1) {
      const beganMs = performance.now();
      connection = connectHost(host, access, events);
      const why = await connection.ended;
      if (isLetGo()) return;
      if (performance.now() - beganMs >= LASTING_MS) failures = 0;
      const retryMs = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? 1000;
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
