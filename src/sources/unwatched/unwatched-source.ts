import type { ElapsedMs, UnwatchedPath } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import type { Source } from '../source.js';
import { createToolRunner } from '../tools/run-tool.js';
import { findByFiles, findIoUring } from './by-files.js';
import { findBpfPrograms } from './bpf-programs.js';

/** What a host uses rarely changes, and asking costs two short processes. */
const LOOK_MS = 60_000;

/** Ways past what ctdiag counts that this host uses: XDP, tc, IPVS and the like. */
export interface UnwatchedSource extends Source {
  readonly unwatched: readonly UnwatchedPath[];
}

/** Looks a moment after the start, and once a minute after. */
export function openUnwatchedSource(options: {
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly view: HostView;
}): UnwatchedSource {
  const tools = createToolRunner();
  let unwatched: readonly UnwatchedPath[] = [];
  let lookedMs: ElapsedMs | null = null;
  let polled = false;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    const files = findByFiles(options.procRoot, options.sysRoot);
    const uring = findIoUring(options.procRoot, options.view.listenerPids);
    // What files show is known at once; a tool may take its time.
    unwatched = [...files, ...uring];
    const found = await findBpfPrograms(tools);
    options.view.filtered = found.filtered;
    unwatched = [...found.unwatched, ...unwatched];
  }

  return {
    get unwatched() {
      return unwatched;
    },
    unreadable: [],
    poll(elapsedMs) {
      // Not before the first frame is out: a person waits for it.
      const isDue = polled && (lookedMs === null || elapsedMs - lookedMs >= LOOK_MS);
      polled = true;
      if (!isDue || looking !== null) return [];
      lookedMs = elapsedMs;
      looking = look().finally(() => {
        looking = null;
      });
      return [];
    },
    async stop() {
      await looking;
    },
    kill: () => tools.kill(),
  };
}
