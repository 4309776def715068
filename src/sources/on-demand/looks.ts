import { createToolRunner } from '../tools/run-tool.js';
import type { ToolRunner } from '../tools/run-tool.js';

/** Looks that take a tool or a while: one at a time, beside the frames. */
export interface Looks {
  readonly tools: ToolRunner;
  /** Whether one may be started: none is under way, and the source has not been told to stop. */
  readonly isFree: boolean;
  start(look: () => Promise<void>): void;
  /** As a {@link Source} ends. */
  stop(): Promise<void>;
  kill(): void;
  /** Resolves when the look under way, if any, has ended. */
  settled(): Promise<void>;
}

/** Starts with none under way. */
export function createLooks(): Looks {
  const tools = createToolRunner();
  let looking: Promise<void> | null = null;
  let isStopping = false;
  return {
    tools,
    get isFree() {
      return looking === null && !isStopping;
    },
    start(look) {
      looking = look().finally(() => {
        looking = null;
      });
    },
    async stop() {
      isStopping = true;
      await looking;
    },
    kill() {
      isStopping = true;
      tools.kill();
    },
    async settled() {
      await looking;
    },
  };
}
